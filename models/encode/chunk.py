"""What a source gives at a time."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

__all__ = ["Chunk"]


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Consecutive rows of a source."""

    examples: Tensor
    """uint8, or float32 in [0, 1]; [n, *shape]."""
    unreadable: tuple[int, ...] = ()
    """Rows of the source that are to be left out; what `examples` holds of them means nothing."""
