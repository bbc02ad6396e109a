"""The IDX format of the MNIST family, read without believing its header.

An IDX file is `00 00 TYPE DIMS`, then DIMS big-endian uint32 sizes, then the values.
"""

import hashlib
import math
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from torch import Tensor

from models.data.dataset import DataError

__all__ = ["read_idx"]

_UINT8 = 0x08


def read_idx(path: Path, *, shape: tuple[int, ...] | None = None, md5: str | None = None) -> Tensor:
    """Read a uint8 IDX file.

    The sizes in the header are compared with `shape` and with the length of the file before
    anything is allocated for them.

    Args:
        path: The uncompressed file.
        shape: What the header has to say.
        md5: Hex digest of the whole file.

    Returns:
        uint8 tensor of the header's shape.

    Raises:
        DataError: The file is missing, is not IDX, has the wrong length or is not the original.
    """
    try:
        with path.open("rb") as file:
            header, found = _read_header(file, path)
            if shape is not None and found != shape:
                raise DataError(
                    f"{path} holds {_times(found)} values where {_times(shape)} belong; "
                    f"replace it with the original file."
                )
            _check_length(path, len(header) + math.prod(found))
            values = np.fromfile(file, dtype=np.uint8, count=math.prod(found))
    except FileNotFoundError:
        raise DataError(f"{path} is missing; put the uncompressed original file there.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the file.") from error
    if len(values) != math.prod(found):
        raise DataError(f"{path} changed while it was read; try again once it is complete.")
    if md5 is not None:
        _check_md5(path, header, values, md5)
    return torch.from_numpy(values.reshape(found))


def _read_header(file: BinaryIO, path: Path) -> tuple[bytes, tuple[int, ...]]:
    magic = file.read(4)
    if magic[:2] == b"\x1f\x8b":
        raise DataError(f"{path} is still compressed; unpack it with gunzip.")
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != _UINT8 or not 1 <= magic[3] <= 4:
        raise DataError(
            f"{path} is not an IDX file of bytes (it starts with {magic.hex(' ') or 'nothing'}); "
            f"replace it with the original file."
        )
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path} ends inside its header; replace it with the original file.")
    return magic + sizes, struct.unpack(f">{magic[3]}I", sizes)


def _check_length(path: Path, expected: int) -> None:
    length = path.stat().st_size
    if length != expected:
        wrong = "is truncated" if length < expected else "is too long"
        raise DataError(
            f"{path} {wrong} ({length:,} bytes where its header asks for {expected:,}); "
            f"replace it with the original file."
        )


def _check_md5(path: Path, header: bytes, values: np.ndarray, md5: str) -> None:
    digest = hashlib.md5(header, usedforsecurity=False)
    digest.update(values.data)
    if digest.hexdigest() != md5:
        raise DataError(
            f"{path} has the md5 {digest.hexdigest()} where the original has {md5}; "
            f"replace it with the original file."
        )


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)
