"""Ending a training that gets no better."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from models.training.callbacks.base import Callback

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["EarlyStopping"]


class EarlyStopping(Callback):
    """Ends the training after `patience` epochs without a lower held-out loss.

    Early Stopping - But When? (Prechelt, 1998).
    """

    def __init__(self, patience: int) -> None:
        self.patience = patience

    def on_train_start(self, trainer: Trainer) -> None:
        """Do not begin again with a training that had ended before it could be registered."""
        self._look(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Look how long ago the best epoch was."""
        self._look(trainer)

    def _look(self, trainer: Trainer) -> None:
        losses = trainer.judged()
        best = min(losses, default=math.inf)
        if best < math.inf and len(losses) - 1 - losses.index(best) >= self.patience:
            trainer.end()
