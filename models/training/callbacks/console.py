"""A training on the terminal: a progress bar, and a table that grows by a line an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from models.training.callbacks.base import Callback

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["ConsoleProgress"]

HEADER = ("epoch", "loss", "reconstruction", "KL", "held out", "examples/s", "learning rate")
WIDTHS = (6, 9, 15, 8, 9, 11, 14)


def _row(cells: tuple[str, ...]) -> str:
    return " ".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


class ConsoleProgress(Callback):
    """A progress bar with time left below a table of the epochs' losses in nats."""

    def __init__(self, console: Console | None = None) -> None:
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("steps"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
        )

    def on_train_start(self, trainer: Trainer) -> None:
        """Show the bar."""
        at = trainer.progress
        self._task = self._bar.add_task(
            "", total=at.steps, completed=at.step, epoch=f"{at.epoch + 1}/{trainer.config.epochs}"
        )
        self._bar.console.print(f"[bold]{_row(HEADER)}[/]", highlight=False)
        self._bar.start()

    def on_step(self, trainer: Trainer) -> None:
        """Advance the bar."""
        at = trainer.progress
        self._bar.update(
            self._task, completed=at.step, epoch=f"{at.epoch + 1}/{trainer.config.epochs}"
        )

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Print the epoch's losses."""
        record = trainer.history[-1]
        train, held = record.train, record.validation
        cells = (
            f"{record.epoch}",
            f"{train.total:.2f}",
            f"{train.reconstruction:.2f}",
            f"{train.kl:.2f}",
            f"{held.total:.2f}" if held else "-",
            f"{record.examples_per_second:,.0f}",
            f"{record.learning_rate:.2e}",
        )
        self._bar.console.print(_row(cells), highlight=False)

    def on_train_end(self, trainer: Trainer) -> None:
        """Take the bar down."""
        self._bar.stop()
