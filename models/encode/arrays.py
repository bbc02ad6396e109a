"""A `.npy` file read in ranges of rows, without believing its header.

It is read with plain reads, not mapped: pages of a mapped file count as memory of the process, and
a file of any size shall take no more than a chunk.

Shapes: n rows, C channels, H height, W width.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray

from models.data import DataError
from models.data.npy_header import NoArrayError, read_npy_header
from models.encode.chunk import Chunk

__all__ = ["ArrayFile"]


class ArrayFile:
    """Examples in a `.npy` array: uint8, or float in [0, 1].

    Args:
        path: The file.
        shape: The shape of one example that the model takes: (C, H, W) or (columns,). The array
            may hold its rows as such, as (H, W, C), or as (H, W) where C is 1.

    Raises:
        DataError: It is no such array, or shorter or longer than its header says.
    """

    labels: None = None
    names: None = None

    def __init__(self, path: Path, shape: tuple[int, ...]) -> None:
        self.path = path
        self.shape = shape
        try:
            with path.open("rb") as file:
                (self.count, *stored), self.dtype = _read_header(file, path)
                self._offset = file.tell()
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}); check the file.") from error
        self.stored = tuple(stored)
        self._channels_last = _is_channels_last(self.stored, shape, path)
        expected = self._offset + self.count * self._row_bytes
        length = path.stat().st_size
        if length != expected:
            wrong = "is truncated" if length < expected else "is too long"
            raise DataError(
                f"{path} {wrong} ({length:,} bytes where its header asks for {expected:,}); "
                f"save the array again."
            )

    @property
    def _row_bytes(self) -> int:
        return math.prod(self.stored) * self.dtype.itemsize

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.count

    def read(self, start: int, stop: int) -> Chunk:
        """Return the rows from `start` up to `stop`.

        Raises:
            DataError: A value is NaN or outside [0, 1]; the message names the row.
        """
        size = (stop - start) * math.prod(self.stored)
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset + start * self._row_bytes)
                values = np.fromfile(file, self.dtype, size)
        except OSError as error:
            raise DataError(f"{self.path} cannot be read ({error.strerror}).") from error
        if len(values) != size:
            raise DataError(f"{self.path} changed while it was read; try again once it is whole.")
        rows = values.reshape(stop - start, *self.stored)
        if self.dtype.kind == "f":
            rows = self._unit(rows, start)
        if self._channels_last:
            rows = rows.transpose(0, 3, 1, 2)
        return Chunk(torch.from_numpy(np.ascontiguousarray(rows)).view(len(rows), *self.shape))

    def _unit(self, rows: NDArray[np.floating], start: int) -> NDArray[np.float32]:
        flat = rows.reshape(len(rows), -1)
        # A NaN anywhere makes both of these NaN, and no comparison with it holds.
        if not (flat.min() >= 0 and flat.max() <= 1):
            wrong = ~((flat >= 0) & (flat <= 1))
            row = int(wrong.any(1).argmax())
            raise DataError(
                f"{self.path}: row {start + row:,}, counted from 0, holds "
                f"{flat[row][wrong[row]][0]:.6g}; floats must lie in 0 to 1 (divide bytes by 255, "
                f"or save them as uint8)."
            )
        return rows.astype(np.float32)


def _read_header(file: BinaryIO, path: Path) -> tuple[tuple[int, ...], np.dtype]:
    """Return shape and dtype; the file stands at the first value then."""
    try:
        shape, fortran_order, dtype = read_npy_header(file)
    except NoArrayError:
        raise DataError(
            f"{path} is no .npy array that can be read; save it with numpy.save."
        ) from None
    if dtype != np.uint8 and (dtype.kind != "f" or dtype.itemsize > 8):
        raise DataError(f"{path} holds {dtype.str!s:.40}; save it as uint8, or float in 0 to 1.")
    if not shape or min(shape) < 0:
        raise DataError(f"{path} has the shape {shape}, which holds no rows.")
    if fortran_order and len(shape) > 1:
        raise DataError(
            f"{path} lies in Fortran order, in which rows are scattered; save it with "
            f"numpy.save(file, numpy.ascontiguousarray(array))."
        )
    return shape, dtype


def _is_channels_last(stored: tuple[int, ...], shape: tuple[int, ...], path: Path) -> bool:
    """Tell how rows lie, if they fit the model at all."""
    if stored == shape or (len(shape) == 3 and shape[0] == 1 and stored == shape[1:]):
        return False
    if len(shape) == 3 and stored == (*shape[1:], shape[0]):
        return True
    takes = " x ".join(map(str, shape))
    has = " x ".join(map(str, stored)) or "single number"
    raise DataError(f"{path} has rows of {has}, and the model takes {takes}.")
