"""What a training writes down: where it stands, and losses by part, an epoch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from models.losses import Loss

__all__ = ["EpochRecord", "LossParts", "LossSum", "Progress"]


@dataclass(slots=True)
class Progress:
    """Where a training stands; callbacks read it."""

    step: int = 0
    """Steps done."""
    steps: int = 0
    """Steps of the whole training."""
    epoch: int = 0
    """Whole epochs done."""
    batch: int = 0
    """Batches done of the epoch under way."""
    beta: float = 0.0
    learning_rate: float = 0.0


@dataclass(frozen=True, slots=True)
class LossParts:
    """Losses of a pass over examples, in nats per example."""

    total: float
    reconstruction: float
    kl: float
    kl_per_dimension: tuple[float, ...]
    parts: dict[str, float] = field(default_factory=dict)
    """What else the loss is made of, by name, unweighted."""

    def named(self) -> dict[str, float]:
        """Return every loss that is one number, by name."""
        plain = {name: getattr(self, name) for name in ("total", "reconstruction", "kl")}
        return plain | self.parts


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

    def judged(self, beta: float | None) -> float:
        """Return what tells how good it is, the held-out loss where there is one, in nats.

        Args:
            beta: The full beta; while it warms up, losses in training are lower for that alone.
                None takes the loss as it is, where something else stands in the place of the KL.
        """
        parts = self.validation or self.train
        if beta is None:
            return parts.total
        return parts.reconstruction + beta * parts.kl


class LossSum:
    """Adds up losses on their device."""

    def __init__(
        self, total: Tensor | None = None, count: int = 0, names: Sequence[str] = ()
    ) -> None:
        self.total = total
        self.count = count
        self.names = tuple(names)
        """Those of the parts that only some objectives have."""

    def add(self, loss: Loss, examples: int) -> None:
        """Add one batch's mean losses, weighted by its size."""
        self.names = tuple(loss.parts)
        parts = torch.stack([loss.total, loss.reconstruction, loss.kl, *loss.parts.values()])
        weighted = torch.cat([parts, loss.kl_per_dimension]).detach() * examples
        self.total = weighted if self.total is None else self.total + weighted
        self.count += examples

    def mean(self) -> LossParts:
        """Return the mean over all examples added so far."""
        assert self.total is not None
        total, reconstruction, kl, *rest = (self.total / self.count).tolist()
        parts = dict(zip(self.names, rest, strict=False))
        return LossParts(total, reconstruction, kl, tuple(rest[len(parts) :]), parts)
