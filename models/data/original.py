"""Files that have to be the original ones, to the byte, before anything in them is believed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models.data.dataset import DataError

__all__ = ["Original"]


@dataclass(frozen=True, slots=True)
class Original:
    """What a file below a root has to be."""

    file: str
    """Its path below the root"""
    size: int
    """In bytes"""
    sha256: str

    def verified(self, root: Path) -> Path:
        """Return the file's path below `root`, once its length and its sha256 are right.

        Raises:
            DataError: It is missing, cannot be read, or is another file.
        """
        path = root / self.file
        try:
            size = path.stat().st_size
            if size != self.size:
                raise DataError(
                    f"{path} has {size:,} bytes where the original has {self.size:,}; replace it "
                    f"with the original file."
                )
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise DataError(f"{path} is missing; put the original file there.") from None
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}); check the file.") from error
        if digest != self.sha256:
            raise DataError(
                f"{path} has the sha256 {digest} where the original has {self.sha256}; replace it "
                f"with the original file."
            )
        return path
