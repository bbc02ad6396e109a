"""Pictures in `.npy` files: one a file, or many in one, without believing a header.

Shapes: N pictures, C channels (1 or 3), H height, W width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.data.dataset import DataError
from models.data.npy_header import DAMAGE, NoArrayError, read_npy_header
from models.data.pictures import PictureError

__all__ = ["ArrayStack", "array_picture", "holds_many", "is_array"]

MOST_PIXELS = 16_000_000
MOST_BYTES = 4_000_000_000
"""Of a file of many pictures"""
CHANNELS = (1, 3)
CHUNK = 500
_WANTED = "save uint8, or floats in 0 to 1"


def is_array(path: Path) -> bool:
    """Tell by its name whether a file is meant to be an array."""
    return path.suffix.lower() == ".npy"


def array_picture(path: Path) -> Image.Image:
    """Read one picture: [H, W], [H, W, C] or [C, H, W].

    Raises:
        PictureError: It is no such array; the sentence does not name the file.
    """
    shape, _ = _header(path)
    if len(shape) == 3 and shape[2] not in CHANNELS and shape[0] not in CHANNELS:
        raise PictureError(
            f"an array of {_said(shape)} is no picture; save height x width, with 1 or 3 channels "
            f"behind or before them."
        )
    if len(shape) not in (2, 3):
        raise PictureError(
            f"an array of {_said(shape)} is no picture; save height x width, or those and 1 or 3 "
            f"channels."
        )
    if math.prod(shape) > 3 * MOST_PIXELS:
        raise PictureError(
            f"an array of {_said(shape)} has too many pixels where "
            f"{MOST_PIXELS // 10**6} million are allowed; save it smaller."
        )
    return _image(_bytes(_loaded(path)))


def holds_many(path: Path) -> bool:
    """Tell whether an array is many pictures: [N, H, W], [N, H, W, C] or [N, C, H, W].

    Three numbers of which the first or last is 1 or 3 are taken for one picture.

    Raises:
        PictureError: It is no array of numbers.
    """
    shape, _ = _header(path)
    return len(shape) == 4 or (
        len(shape) == 3 and shape[0] not in CHANNELS and shape[2] not in CHANNELS
    )


class ArrayStack:
    """Many pictures in one array.

    Args:
        path: The file.

    Raises:
        DataError: It is no such array; the sentence names the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            shape, dtype = _header(path)
        except PictureError as error:
            raise DataError(f"{path}: {error}") from None
        picture = shape[1:]
        fits = len(picture) == 2 or (
            len(picture) == 3 and (picture[2] in CHANNELS or picture[0] in CHANNELS)
        )
        if not fits or not min(shape, default=0):
            raise DataError(
                f"{path}: an array of {_said(shape)} holds no pictures; save them as count x "
                f"height x width, with 1 or 3 channels at the end if you like."
            )
        if math.prod(picture) > 3 * MOST_PIXELS or math.prod(shape) * dtype.itemsize > MOST_BYTES:
            raise DataError(
                f"{path}: an array of {_said(shape)} is too large; save the pictures smaller, as "
                f"uint8."
            )
        self.count = shape[0]

    def __len__(self) -> int:
        """Return how many pictures there are."""
        return self.count

    def __iter__(self) -> Iterator[Image.Image]:
        """Yield them one after another.

        Raises:
            DataError: A value is out of range; the sentence names file and row.
        """
        try:
            array = _loaded(self.path)
        except PictureError as error:
            raise DataError(f"{self.path}: {error}") from None
        for row, values in enumerate(array):
            try:
                yield _image(_bytes(values))
            except PictureError as error:
                raise DataError(f"{self.path}, row {row:,}, counted from 0: {error}") from None


def _header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return shape and type of an array whose file is as long as it says."""
    try:
        with path.open("rb") as file:
            shape, _, dtype = read_npy_header(file)
            start = file.tell()
        length = path.stat().st_size
    except OSError as error:
        raise PictureError(f"the file cannot be opened ({error.strerror}).") from None
    except NoArrayError:
        raise PictureError(
            "it is no .npy array that can be read; save it with numpy.save."
        ) from None
    if dtype.kind not in "uifb" or dtype.itemsize > 8:
        raise PictureError(f"it holds {dtype!s:.40} instead of numbers; {_WANTED}.")
    if min(shape, default=0) < 0 or length != start + math.prod(shape) * dtype.itemsize:
        raise PictureError("it is cut off or too long for what its header says; save it again.")
    return shape, dtype


def _loaded(path: Path) -> NDArray[Any]:
    """Map an array whose header was checked; nothing in it is ever executed."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, *DAMAGE):
        raise PictureError(
            "it is no .npy array that can be read; save it with numpy.save."
        ) from None


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Return grey values as bytes.

    Raises:
        PictureError: One is out of range.
    """
    if values.dtype == np.uint8:
        return np.asarray(values)
    if values.dtype.kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    if not values.size:
        raise PictureError("it is empty.")
    least, most = values.min(), values.max()
    if values.dtype.kind == "f":
        # A NaN anywhere makes both of these NaN, and no comparison with it holds.
        if not (least >= 0 and most <= 1):
            raise PictureError(
                f"its floats go from {least:.6g} to {most:.6g} and must lie in 0 to 1; {_WANTED}."
            )
        return np.rint(values.astype(np.float64) * 255).astype(np.uint8)
    if least < 0 or most > 255:
        raise PictureError(f"its values go from {least} to {most}; {_WANTED}.")
    return values.astype(np.uint8)


def _image(values: NDArray[np.uint8]) -> Image.Image:
    if not min(values.shape):
        raise PictureError("it is empty.")
    if values.ndim == 3 and values.shape[2] not in CHANNELS:
        values = values.transpose(1, 2, 0)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    return Image.fromarray(np.ascontiguousarray(values))


def _said(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{n:,}" for n in shape[:8]) or "a single number"
