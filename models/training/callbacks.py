"""Callbacks: the only way to watch or extend a training. A failing one never stops it."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from models.atomic import write_file

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["CSVHistory", "Callback", "ConsoleProgress", "notify"]

LOG = logging.getLogger(__name__)
Hook = Literal["on_train_start", "on_step", "on_epoch_end", "on_train_end"]


class Callback:
    """Base class; each hook may be overridden and reads the trainer it is given."""

    def on_train_start(self, trainer: Trainer) -> None:
        """Run before the first step."""

    def on_step(self, trainer: Trainer) -> None:
        """Run after each step."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Run after each epoch; its record is the last of `trainer.history`."""

    def on_train_end(self, trainer: Trainer) -> None:
        """Run after the last step, also after Ctrl-C or a loss that became NaN."""


def notify(callbacks: Sequence[Callback], hook: Hook, trainer: Trainer) -> None:
    """Call one hook of every callback; failures are logged."""
    for callback in callbacks:
        try:
            getattr(callback, hook)(trainer)
        except Exception:
            LOG.exception("%s.%s failed; training goes on.", type(callback).__name__, hook)


class ConsoleProgress(Callback):
    """A progress bar with losses and time left, and a line an epoch."""

    def __init__(self, console: Console | None = None) -> None:
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[losses]}"),
            console=console or Console(stderr=True),
        )

    def on_train_start(self, trainer: Trainer) -> None:
        """Show the bar."""
        self._task = self._bar.add_task("", total=trainer.progress.steps, epoch=1, losses="")
        self._bar.start()

    def on_step(self, trainer: Trainer) -> None:
        """Advance the bar."""
        self._bar.update(self._task, advance=1, epoch=trainer.progress.epoch + 1)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Print the epoch's losses."""
        record = trainer.history[-1]
        parts = record.validation or record.train
        where = "validation" if record.validation else "training"
        losses = f"{where} {parts.total:.2f} = {parts.reconstruction:.2f} + KL {parts.kl:.2f} nats"
        self._bar.update(self._task, losses=losses)
        rate = f"{record.examples_per_second:,.0f} examples/s"
        self._bar.console.print(f"epoch {record.epoch:>4}  {losses}  {rate}")

    def on_train_end(self, trainer: Trainer) -> None:
        """Take the bar down."""
        self._bar.stop()


class CSVHistory(Callback):
    """The history as a CSV file, rewritten whole after each epoch."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write every epoch so far."""
        rows = []
        for record in trainer.history:
            row = {k: v for k, v in asdict(record).items() if not isinstance(v, dict | None)}
            for split in ("train", "validation"):
                parts = getattr(record, split)
                for part in ("total", "reconstruction", "kl"):
                    row[f"{split}_{part}"] = getattr(parts, part) if parts else ""
            rows.append(row)
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        write_file(self.path, text.getvalue().encode())
