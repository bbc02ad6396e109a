"""The output: rows written in place by every rank, and one file that appears whole.

Beside the output lies a hidden folder while it is made. Every rank writes its rows into the arrays
in it; in the end the first rank puts the result under its name in one step. What a killed process
leaves behind is that folder, whose name begins with a dot and ends in `.tmp`.

Shapes: N rows, D latent dimensions.
"""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from models.atomic import publish_file
from models.encode.sources import Source

__all__ = ["OutputError", "Staging", "require_output"]

ROWS_AT_ONCE = 1 << 16
FLOAT = np.dtype("<f4")


class OutputError(ValueError):
    """The output cannot be written; the message says why."""


def require_output(output: Path, source: str, *, overwrite: bool = False) -> None:
    """Check that an output can be put under its name, before any work is done.

    Raises:
        OutputError: It is no name for an array, is taken, or would change its own source.
    """
    if output.suffix not in (".npy", ".npz"):
        raise OutputError(f"{output} must end in .npy (means) or .npz (means and more).")
    if output.is_dir():
        raise OutputError(f"{output} is a folder; name a file in it.")
    if output.exists() and not overwrite:
        raise OutputError(f"{output} exists already; choose another name, or add --overwrite.")
    inside = Path(source).expanduser().resolve()
    if output.resolve() == inside or (inside.is_dir() and output.parent.resolve() == inside):
        raise OutputError(f"{output} lies in what is to be encoded; write it elsewhere.")


@contextmanager
def written_to(output: Path) -> Iterator[None]:
    """Say in one sentence where writing failed."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{output} cannot be written ({error.strerror or error}); choose another place, or "
            f"make room."
        ) from error


class Staging:
    """The hidden folder in which an output is made.

    Args:
        output: The file to be, `.npy` (mu) or `.npz` (mu, logvar, labels, names).
        rows: N, those that may be left out in the end included.
        latent_dim: D.
        token: Makes the folder's name its own; the same on every rank.
    """

    def __init__(self, output: Path, rows: int, latent_dim: int, token: str) -> None:
        self.output = output
        self.rows = rows
        self.latent_dim = latent_dim
        self.folder = output.with_name(f".{output.name}.{token}.tmp")
        self.parts = ("mu", "logvar") if output.suffix == ".npz" else ("mu",)
        self._files: dict[str, BinaryIO] = {}
        self._stack = ExitStack()
        self._header = array_header((rows, latent_dim), FLOAT)

    def create(self) -> None:
        """Make the folder and its arrays, with all the room that they will need; once."""
        size = len(self._header) + self.rows * self.latent_dim * FLOAT.itemsize
        with written_to(self.output):
            self.folder.mkdir()
            for part in self.parts:
                with self._path(part).open("xb") as file:
                    _reserve(file, size)
                    file.write(self._header)

    def remove(self) -> None:
        """Remove the folder and whatever is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        """Open the arrays for this rank's rows."""
        with written_to(self.output):
            for part in self.parts:
                self._files[part] = self._stack.enter_context(self._path(part).open("r+b"))
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the arrays."""
        self._stack.close()

    def write(self, start: int, arrays: dict[str, NDArray[np.float32]]) -> None:
        """Write rows [n, D] of each array at their place."""
        with written_to(self.output):
            for part in self.parts:
                values = np.ascontiguousarray(arrays[part], FLOAT)
                self._files[part].seek(len(self._header) + start * values[:1].nbytes)
                self._files[part].write(values.data)

    def flush(self, rank: int, unreadable: Sequence[int]) -> None:
        """Let this rank's rows reach the disk, and leave a note of those without a meaning."""
        with written_to(self.output):
            for file in self._files.values():
                file.flush()
                os.fsync(file.fileno())
            if unreadable:
                np.save(self.folder / f"unreadable-{rank}.npy", np.array(unreadable, np.int64))

    def fail(self) -> None:
        """Tell the other ranks that going on is in vain."""
        with written_to(self.output):
            (self.folder / "failed").touch()

    @property
    def failed(self) -> bool:
        """Whether a rank failed."""
        return (self.folder / "failed").exists()

    def finish(self, source: Source) -> tuple[int, ...]:
        """Put the output under its name; on one rank, after every rank has flushed.

        Returns:
            The rows that were left out.

        Raises:
            OutputError: Writing failed, or no row is left.
        """
        notes = sorted(self.folder.glob("unreadable-*.npy"))
        left_out = np.sort(np.concatenate([np.zeros(0, np.int64), *map(np.load, notes)]))
        if len(left_out) == self.rows:
            raise OutputError("Not one of the pictures can be read; nothing is written.")
        keep = np.ones(self.rows, bool)
        keep[left_out] = False
        with written_to(self.output):
            for part in self.parts:
                _compact(self._path(part), len(self._header), keep, self.latent_dim)
            result = self._path("mu")
            if self.output.suffix == ".npz":
                result = self.folder / "result.npz"
                self._zip(result, source, keep)
            publish_file(result, self.output)
        return tuple(left_out.tolist())

    def _path(self, part: str) -> Path:
        return self.folder / f"{part}.npy"

    def _zip(self, path: Path, source: Source, keep: NDArray[np.bool_]) -> None:
        with path.open("xb") as raw:
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as archive:
                for part in self.parts:
                    with self._path(part).open("rb") as file, _member(archive, part) as member:
                        shutil.copyfileobj(file, member, 1 << 20)
                    self._path(part).unlink()
                if source.labels is not None:
                    _zip_array(archive, "labels", source.labels.numpy()[keep])
                if source.names is not None:
                    _zip_names(archive, [n for n, k in zip(source.names, keep, strict=True) if k])
            raw.flush()
            os.fsync(raw.fileno())


def array_header(shape: tuple[int, ...], dtype: np.dtype) -> bytes:
    """Return the header of a `.npy` file; it is as long for fewer rows."""
    file = io.BytesIO()
    descr = npy.dtype_to_descr(dtype)
    npy.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()


def _reserve(file: BinaryIO, size: int) -> None:
    """Take all the room at once: a disk that is too small shall say so before the work."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:
        file.truncate(size)


def _compact(path: Path, start: int, keep: NDArray[np.bool_], latent_dim: int) -> None:
    """Move the kept rows together, in place."""
    if keep.all():
        return
    row = latent_dim * FLOAT.itemsize
    with path.open("r+b") as file:
        end = start
        for first in range(0, len(keep), ROWS_AT_ONCE):
            chosen = keep[first : first + ROWS_AT_ONCE]
            file.seek(start + first * row)
            values = np.frombuffer(file.read(len(chosen) * row), FLOAT).reshape(-1, latent_dim)
            file.seek(end)
            end += file.write(values[chosen].tobytes())
        file.truncate(end)
        header = array_header((int(keep.sum()), latent_dim), FLOAT)
        assert len(header) == start, "numpy leaves room in headers for other numbers of rows"
        file.seek(0)
        file.write(header)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _member(archive: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    # A fixed date, so that the same codes make the same bytes.
    info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
    with archive.open(info, "w", force_zip64=True) as member:
        yield member  # type: ignore[misc]


def _zip_array(archive: zipfile.ZipFile, name: str, values: NDArray[np.generic]) -> None:
    with _member(archive, name) as member:
        member.write(array_header(values.shape, values.dtype))
        for first in range(0, len(values), ROWS_AT_ONCE):
            member.write(np.ascontiguousarray(values[first : first + ROWS_AT_ONCE]).tobytes())


def _zip_names(archive: zipfile.ZipFile, names: Sequence[str]) -> None:
    plain = [os.fsencode(name).decode(errors="replace") for name in names]
    dtype = np.dtype(f"<U{max(map(len, plain))}")
    with _member(archive, "names") as member:
        member.write(array_header((len(plain),), dtype))
        for first in range(0, len(plain), ROWS_AT_ONCE):
            member.write(np.array(plain[first : first + ROWS_AT_ONCE], dtype).tobytes())
