"""Saved states of a training: the last one to go on from, and the best one to keep."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from models.atomic import write_file
from models.training.callbacks.base import Callback

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["BestCheckpoint", "LastCheckpoint"]


class LastCheckpoint(Callback):
    """Saves the training every so many seconds and when it ends, each time over the one before.

    Args:
        path: The file; it is the old state or the new one at every moment.
        every: Seconds of work that a sudden end may cost.
    """

    def __init__(self, path: Path, every: float = 60.0) -> None:
        self.path = path
        self.every = every

    def on_train_start(self, trainer: Trainer) -> None:
        """Start the clock."""
        self._saved, self._step = time.monotonic(), trainer.progress.step

    def on_step(self, trainer: Trainer) -> None:
        """Save, if it is time."""
        if time.monotonic() - self._saved >= self.every:
            self._save(trainer)

    def on_train_end(self, trainer: Trainer) -> None:
        """Save where it stands; after a loss that became NaN that is the last good step."""
        # Unless the batch statistics took the NaN in before the loss told of it.
        if trainer.progress.step > self._step and not trainer.torn:
            self._save(trainer)

    def _save(self, trainer: Trainer) -> None:
        state = trainer.state()
        if state.is_finite():
            self.path.parent.mkdir(exist_ok=True)
            write_file(self.path, state.to_bytes())
        self._saved, self._step = time.monotonic(), trainer.progress.step


class BestCheckpoint(Callback):
    """Saves the training once whenever its held-out loss is lower than ever before."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Save, if this epoch is the best."""
        *earlier, now = trainer.judged()
        if now < min(earlier, default=math.inf):
            self.path.parent.mkdir(exist_ok=True)
            write_file(self.path, trainer.state().to_bytes())
