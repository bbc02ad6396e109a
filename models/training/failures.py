"""How a training can fail, and what there is to do about it."""

from __future__ import annotations

import torch

from models.training.config import TrainingConfig
from models.training.records import Progress

__all__ = ["OutOfMemory", "TrainingDiverged"]


class TrainingDiverged(ArithmeticError):
    """The loss or its gradient became NaN or infinite."""

    @classmethod
    def of(cls, what: str, config: TrainingConfig, at: Progress) -> TrainingDiverged:
        """Return the error that says what became of which number, and where."""
        return cls(
            f"The {what} at step {at.step} of {at.steps} (learning rate {at.learning_rate:.2g} of "
            f"{config.learning_rate:g}, beta {at.beta:.2g}, batch size {config.batch_size}, "
            f"clip_norm {config.clip_norm:g}, seed {config.seed}). "
            f"Try a lower learning rate than {config.learning_rate:g} or a smaller clip_norm."
        )


class OutOfMemory(MemoryError):
    """A batch did not fit into memory."""

    @classmethod
    def of(cls, config: TrainingConfig, device: torch.device) -> OutOfMemory:
        """Return the error that says how large the batches were."""
        return cls(
            f"Out of memory with batches of {config.batch_size} on {device}; try --batch-size "
            f"{max(1, config.batch_size // 2)}, or --auto-batch, which halves it once."
        )
