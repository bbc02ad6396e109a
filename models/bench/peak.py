"""What this machine can multiply at most, and what a step of training multiplies."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from models.losses import Loss
from models.training.objective import Batch, Objective

__all__ = ["FirstStep", "matmul_peak"]

SIDE = 2048


def matmul_peak(side: int = SIDE, *, seconds: float = 1.0) -> float:
    """Return the most floating-point operations a second of a float32 product of matrices.

    The best of many products [side, side] x [side, side], on as many threads as torch uses now.
    """
    a, b = torch.randn(2, side, side, generator=torch.Generator().manual_seed(0))
    product = a @ b
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        torch.mm(a, b, out=product)
        done = time.perf_counter()
        best = min(best, done - start)
        if done > end:
            return 2 * side**3 / best


class FirstStep:
    """An objective whose first step is counted: products and convolutions, both ways.

    What is computed once an epoch is left out.

    Args:
        objective: The real one.
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._counter: FlopCounterMode | None = None
        self.flops: float | None = None
        """Floating-point operations of the first step, once it is done"""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objective, name)

    def loss(self, batch: Batch) -> Loss:
        """Return the loss of a batch; counting goes on until `done`."""
        if self.flops is None:
            self._counter = FlopCounterMode(display=False)
            self._counter.__enter__()
        return self._objective.loss(batch)

    def done(self) -> None:
        """End the count after the first step; later calls do nothing."""
        if self._counter is not None:
            self._counter.__exit__(None, None, None)
            self.flops = float(self._counter.get_total_flops())
            self._counter = None
