"""The header of a `.npy` file, read without believing it."""

from __future__ import annotations

import tokenize
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

__all__ = ["DAMAGE", "NoArrayError", "read_npy_header"]

DAMAGE = (
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    EOFError,
    RecursionError,
    MemoryError,
    OverflowError,
    tokenize.TokenError,
)
"""What numpy's reader raises on damaged headers"""


class NoArrayError(ValueError):
    """A file is no `.npy` array that can be read."""


def read_npy_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, whether it lies in Fortran order, and dtype; nothing of it is checked.

    The file stands at the first value then.

    Raises:
        NoArrayError: It has no such header.
        OSError: It cannot be read.
    """
    try:
        version = npy.read_magic(file)
        readers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, fortran_order, dtype = readers[version](file)
    except DAMAGE:
        raise NoArrayError("It is no .npy array that can be read.") from None
    return tuple(shape), fortran_order, dtype
