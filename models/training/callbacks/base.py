"""The only way to watch or extend a training. A callback that fails never stops it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["Callback", "notify"]

LOG = logging.getLogger(__name__)
Hook = Literal["on_train_start", "on_step", "on_epoch_end", "on_train_end"]


class Callback:
    """Base class; each hook may be overridden and reads the trainer it is given."""

    failures = 0
    """How often in a row a hook has failed."""

    def on_train_start(self, trainer: Trainer) -> None:
        """Run before the first step."""

    def on_step(self, trainer: Trainer) -> None:
        """Run after each step."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Run after each epoch; its record is the last of `trainer.history`."""

    def on_train_end(self, trainer: Trainer) -> None:
        """Run after the last step, also after a stop or a loss that became NaN."""


def notify(callbacks: Sequence[Callback], hook: Hook, trainer: Trainer) -> None:
    """Call one hook of every callback; a failure is logged, once for each series of them."""
    for callback in callbacks:
        try:
            getattr(callback, hook)(trainer)
        except Exception as error:
            callback.failures += 1
            if callback.failures == 1:
                who = f"{type(callback).__name__}.{hook}"
                cause = f"{type(error).__name__}: {error}"
                LOG.warning("%s failed; training goes on. %s", who, cause)
                LOG.info("How it failed:", exc_info=True)
        else:
            if type(callback).__dict__.get(hook):
                callback.failures = 0
