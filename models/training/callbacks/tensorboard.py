"""TensorBoard's event files, for those who have it installed (the extra `[tensorboard]`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.training.callbacks.base import Callback

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["TensorBoard"]


class TensorBoard(Callback):
    """Writes losses, learning rate and beta as scalars.

    Raises:
        ValueError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise ValueError(
                "TensorBoard is not installed: pip install -e '.[tensorboard]', or leave "
                "--tensorboard out."
            ) from None
        self._writer = SummaryWriter(str(folder))

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write the epoch's record."""
        record = trainer.history[-1]
        for split in ("train", "validation"):
            parts = getattr(record, split)
            for part, value in parts.named().items() if parts else ():
                self._writer.add_scalar(f"{part}/{split}", value, record.step)
        for name in ("learning_rate", "beta", "examples_per_second"):
            self._writer.add_scalar(name, getattr(record, name), record.step)
        self._writer.flush()

    def on_train_end(self, trainer: Trainer) -> None:
        """Close the file."""
        self._writer.close()
