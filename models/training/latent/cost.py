"""What every cost of a latent offers a training."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from models.posterior import Coded
from models.training.state import TrainingState

__all__ = ["LatentCost"]


class LatentCost(ABC):
    """Stands in the place of the KL in a loss."""

    @abstractmethod
    def __call__(self, coded: Coded) -> tuple[Tensor, dict[str, Tensor]]:
        """Return what a batch's codes cost, in nats, and what it is made of, by name."""

    def begin(self, examples: int) -> None:  # noqa: B027 # Most need not know it.
        """Hear of how many examples a batch is a sample."""

    def learn(self, generator: torch.Generator) -> None:  # noqa: B027 # Most learn nothing.
        """Learn from the codes of the batch just charged for."""

    def tensors(self) -> dict[str, Tensor]:
        """Return what has to be kept to go on from here, by names that start with `latent.`."""
        return {}

    def restore(self, state: TrainingState) -> None:  # noqa: B027 # Most keep nothing.
        """Take back what `tensors` returned."""
