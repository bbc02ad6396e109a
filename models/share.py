"""One process's share of a batch: its rows, its part of the noise, and means over all rows.

Several processes that train one model see what one process would: the noise of the whole batch is
drawn by each from the same generator and cut to its rows, and means are taken over the whole batch.

Shape legend: B rows of this process, N rows of the whole batch, ... the rest of a shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

__all__ = ["WHOLE", "Share"]


@dataclass(frozen=True, slots=True)
class Share:
    """Rows `start` to `stop` of a batch of `total`; by default all of it."""

    start: int = 0
    stop: int = 0
    total: int = 0
    add_up: Callable[[Tensor], Tensor] | None = None
    """Returns the sum of a tensor over all processes; None if this one is alone."""

    def draw(self, sample: Callable[[int], Tensor], rows: int) -> Tensor:
        """Return this process's rows [B, ...] of `sample(N)` [N, ...]; alone, N is `rows`."""
        if self.add_up is None:
            return sample(rows)
        return sample(self.total)[self.start : self.stop]

    def mean(self, x: Tensor) -> Tensor:
        """Return the mean over the whole batch [...] of each process's x [B, ...].

        The gradient flows through this process's rows; summed over processes it is that of the
        whole mean.
        """
        if self.add_up is None:
            return x.mean(0)
        part = x.sum(0) / self.total
        return part + (self.add_up(part.detach()) - part.detach())


WHOLE = Share()
