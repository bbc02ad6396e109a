"""A folder of pictures as a source; each file is a stranger's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from models.data import DataError
from models.data.pictures import PictureError, as_square, is_picture, read_picture
from models.encode.chunk import Chunk

__all__ = ["PictureFolder", "is_picture"]

MAX_BYTES = 10_000_000


class PictureFolder:
    """The pictures of a folder, each cut to its central square and scaled to the model's side.

    Args:
        folder: Where they lie.
        files: Their names, in the order of the rows.
        shape: (C, side, side) of the model.
        skip_unreadable: Whether those that cannot be read are left out.

    Raises:
        DataError: The model does not take square pictures of 1 or 3 channels.
    """

    labels: None = None

    def __init__(
        self, folder: Path, files: Sequence[str], shape: tuple[int, ...], *, skip_unreadable: bool
    ) -> None:
        if len(shape) != 3 or shape[0] not in (1, 3) or shape[1] != shape[2]:
            takes = " x ".join(map(str, shape))
            raise DataError(
                f"{folder} holds pictures, which are brought to squares of 1 or 3 channels, and "
                f"the model takes {takes}."
            )
        self.folder = folder
        self.files = files
        self.shape = shape
        self.skip_unreadable = skip_unreadable

    @property
    def names(self) -> Sequence[str]:
        """The file names."""
        return self.files

    def __len__(self) -> int:
        """Return the number of files."""
        return len(self.files)

    def read(self, start: int, stop: int) -> Chunk:
        """Return the rows from `start` up to `stop`.

        Raises:
            DataError: A picture cannot be read, and shall not be left out.
        """
        examples = torch.zeros(stop - start, *self.shape, dtype=torch.uint8)
        unreadable = []
        for row in range(start, stop):
            try:
                examples[row - start] = self._read_one(self.folder / self.files[row])
            except (PictureError, OSError) as error:
                if not self.skip_unreadable:
                    raise DataError(
                        f"{self.folder / self.files[row]}: {_reason(error)} "
                        f"(--skip-unreadable leaves such files out.)"
                    ) from None
                unreadable.append(row)
        return Chunk(examples, tuple(unreadable))

    def _read_one(self, path: Path) -> Tensor:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        picture = read_picture(data, max_bytes=MAX_BYTES)
        return as_square(picture, self.shape[1], self.shape[0])


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"the file cannot be opened ({error.strerror})."
    return str(error)
