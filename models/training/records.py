"""What a training writes down: losses by part, an epoch at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.losses import Loss

__all__ = ["EpochRecord", "LossParts", "LossSum"]


@dataclass(frozen=True, slots=True)
class LossParts:
    """Losses of a pass over examples, in nats per example."""

    total: float
    reconstruction: float
    kl: float
    kl_per_dimension: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One line of a training's history."""

    epoch: int
    """Epochs done, from 1."""
    step: int
    """Steps done."""
    train: LossParts
    """Means over the epoch's steps."""
    validation: LossParts | None
    """Losses of the averaged weights on held-out examples."""
    learning_rate: float
    beta: float
    examples_per_second: float


class LossSum:
    """Adds up losses on their device."""

    def __init__(self) -> None:
        self._sum: Tensor | None = None
        self.count = 0

    def add(self, loss: Loss, examples: int) -> None:
        """Add one batch's mean losses, weighted by its size."""
        parts = torch.stack([loss.total, loss.reconstruction, loss.kl]).detach()
        weighted = torch.cat([parts, loss.kl_per_dimension.detach()]) * examples
        self._sum = weighted if self._sum is None else self._sum + weighted
        self.count += examples

    def mean(self) -> LossParts:
        """Return the mean over all examples added so far."""
        assert self._sum is not None
        total, reconstruction, kl, *dimensions = (self._sum / self.count).tolist()
        return LossParts(total, reconstruction, kl, tuple(dimensions))
