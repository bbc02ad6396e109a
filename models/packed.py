"""Tensors made smaller for a file, bit for bit the same when they come back.

A map's labels are nearly one number and a thumbnail is mostly ground, so an atlas takes half the
room deflated. The bytes of equal weight lie together first: the exponents of codes are alike, their
mantissas are not.

In a file the tensor `codes` becomes `deflated.float32.codes`, uint8 [n], with `shape.codes`. What a
stranger's file claims is counted before and while it is inflated.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

__all__ = ["MOST_BYTES", "pack", "unpack"]

MOST_BYTES = 1 << 28
"""Of one tensor; a larger one is kept as it is."""
MOST_IN_ALL = 1 << 30
"""Bytes that one file may become"""
LEAST_BYTES = 1 << 14
GAIN = 0.95
"""What is hardly smaller stays readable for every tool."""

_DEFLATED, _SHAPE = "deflated.", "shape."
_MOST_DIMENSIONS = 8
_DENSEST = 1040
"""No deflated byte holds more (RFC 1951: 258 bytes in 2 bits)."""
_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (torch.uint8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32)
}


def pack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors for a file, those deflated that get smaller by it."""
    packed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        dtype = str(tensor.dtype).removeprefix("torch.")
        size = tensor.numel() * tensor.element_size()
        if dtype in _DTYPES and LEAST_BYTES <= size <= MOST_BYTES:
            deflated = zlib.compress(_apart(tensor), 9)
            if len(deflated) < GAIN * size:
                packed[f"{_DEFLATED}{dtype}.{name}"] = _bytes(deflated)
                packed[_SHAPE + name] = torch.tensor(tensor.shape)
                continue
        packed[name] = tensor
    return packed


def unpack(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what `pack` was given; tensors that nobody packed come back as they are.

    Raises:
        ValueError: Something deflated is damaged or too large; the message names it.
    """
    deflated = {name: tensor for name, tensor in tensors.items() if name.startswith(_DEFLATED)}
    names = {key: key.removeprefix(_DEFLATED).partition(".") for key in deflated}
    shapes = {_SHAPE + name for _, _, name in names.values()}
    unpacked = {n: t for n, t in tensors.items() if n not in deflated and n not in shapes}
    left = MOST_IN_ALL
    for key, (dtype, _, name) in names.items():
        if name in unpacked or dtype not in _DTYPES:
            raise ValueError(f"The tensor {name!r:.80} is there twice or of an unknown type.")
        shape = _shape(tensors.get(_SHAPE + name), name)
        left -= math.prod(shape) * _DTYPES[dtype].itemsize
        if left < 0:
            raise ValueError(f"Its tensors are larger together than {MOST_IN_ALL:,} bytes.")
        unpacked[name] = _inflated(deflated[key], shape, _DTYPES[dtype], name)
    return unpacked


def _apart(tensor: Tensor) -> bytes:
    """Return the bytes of a tensor, all of the lowest weight first."""
    values = tensor.detach().cpu().contiguous().numpy()
    return values.reshape(-1).view(np.uint8).reshape(-1, values.itemsize).T.tobytes()


def _bytes(data: bytes | bytearray) -> Tensor:
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def _shape(said: Tensor | None, name: str) -> tuple[int, ...]:
    if said is None or said.dtype != torch.int64 or said.dim() != 1:
        raise ValueError(f"The tensor {name!r:.80} lacks its shape.")
    shape = tuple(said[: _MOST_DIMENSIONS + 1].tolist())
    if len(shape) > _MOST_DIMENSIONS or min(shape, default=0) < 0:
        raise ValueError(f"The tensor {name!r:.80} has no shape: {shape!s:.80}.")
    return shape


def _inflated(data: Tensor, shape: tuple[int, ...], dtype: torch.dtype, name: str) -> Tensor:
    size = math.prod(shape) * dtype.itemsize
    if (
        data.dtype != torch.uint8
        or data.dim() != 1
        or size > min(MOST_BYTES, _DENSEST * (len(data) + 1))
    ):
        raise ValueError(f"The tensor {name!r:.80} is larger than its bytes can be: {size:,}.")
    stream = zlib.decompressobj()
    try:
        # One byte more than there may be shows that there are too many; 0 would mean all.
        content = stream.decompress(data.numpy().tobytes(), size + 1)
    except zlib.error as error:
        raise ValueError(f"The tensor {name!r:.80} cannot be inflated ({error}).") from None
    if len(content) != size or not stream.eof or stream.unused_data:
        raise ValueError(f"The tensor {name!r:.80} is not {size:,} bytes, as its shape says.")
    if not size:
        return torch.empty(shape, dtype=dtype)
    apart = np.frombuffer(content, np.uint8).reshape(dtype.itemsize, -1)
    return _bytes(bytearray(apart.T.tobytes())).view(dtype).reshape(shape)
