"""The history as files: a CSV of the epochs, JSON lines for those who watch, a picture."""

from __future__ import annotations

import csv
import io
import json
import logging
import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.atomic import write_file
from models.training.callbacks.base import Callback
from models.training.records import EpochRecord, LossSum

if TYPE_CHECKING:
    from models.training.records import Progress
    from models.training.trainer import Trainer

__all__ = ["EPOCHS", "CSVHistory", "JSONLines", "LoggedEpochs", "LossCurves"]

PARTS = ("total", "reconstruction", "kl")
EPOCHS = logging.getLogger("models.training.epochs")


class LoggedEpochs(Callback):
    """A line in the log an epoch."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Log the epoch's losses."""
        record = trainer.history[-1]
        held = f", held out {record.validation.total:.2f}" if record.validation else ""
        parts = record.train
        # With other parts each has a weight of its own.
        others = "".join(f", {name} {value:.3f}" for name, value in parts.parts.items())
        EPOCHS.info(
            f"epoch {record.epoch} of {trainer.config.epochs}: {parts.total:.2f} "
            f"{'of' if others else '='} {parts.reconstruction:.2f} {'and' if others else '+'} "
            f"KL {parts.kl:.2f}{others} nats{held}"
        )


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
                named = parts.named() if parts else dict.fromkeys(PARTS, "")
                row |= {f"{split}_{part}": value for part, value in named.items()}
            rows.append(row)
        text = io.StringIO()
        names = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(text, fieldnames=list(names))
        writer.writeheader()
        writer.writerows(rows)
        write_file(self.path, text.getvalue().encode())


class JSONLines(Callback):
    """A line of JSON an epoch, and one every few seconds with the means since the one before.

    Args:
        path: The file, which is appended to; a training that goes on from an earlier step first
            takes away the lines beyond it.
        every: Seconds between the lines within an epoch.
    """

    def __init__(self, path: Path, every: float = 2.0) -> None:
        self.path = path
        self.every = every
        self._sums = LossSum()

    def on_train_start(self, trainer: Trainer) -> None:
        """Forget what came after the step at which the training goes on."""
        self._written = time.monotonic()
        if self.path.exists():
            kept = [
                line
                for line in self.path.read_bytes().splitlines(keepends=True)
                if line.endswith(b"\n") and _is_past(line, trainer.progress)
            ]
            write_file(self.path, b"".join(kept))

    def on_step(self, trainer: Trainer) -> None:
        """Write the means of the last seconds, now and then."""
        assert trainer.batch is not None
        self._sums.add(*trainer.batch)
        now = time.monotonic()
        if now - self._written < self.every:
            return
        at = trainer.progress
        means = self._sums.mean().named()
        self._append(
            kind="step",
            step=at.step,
            epoch=round(at.step * trainer.config.epochs / at.steps, 4),
            **means,
            learning_rate=at.learning_rate,
            beta=at.beta,
            examples_per_second=round(self._sums.count / (now - self._written), 1),
        )
        self._sums, self._written = LossSum(), now

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Write the epoch's record."""
        line = asdict(trainer.history[-1])
        for split in ("train", "validation"):
            if line[split]:
                line[split] |= line[split].pop("parts")
        self._append(kind="epoch", **line)

    def _append(self, **line: Any) -> None:
        text = json.dumps({"kind": line.pop("kind"), "time": round(time.time(), 3), **line})
        with self.path.open("ab") as file:
            file.write(text.encode() + b"\n")


def _is_past(line: bytes, progress: Progress) -> bool:
    try:
        data = json.loads(line)
        # After an epoch's last step its record is still to come.
        whole = data["kind"] != "epoch" or data["epoch"] <= progress.epoch
        return bool(whole and data["step"] <= progress.step)
    except (ValueError, KeyError, TypeError):
        return False


class LossCurves(Callback):
    """The losses over the epochs as a PNG, drawn at the end and at most once a minute before."""

    def __init__(self, path: Path, every: float = 60.0) -> None:
        self.path = path
        self.every = every
        self._drawn = time.monotonic()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Draw what there is."""
        if time.monotonic() - self._drawn >= self.every:
            self._draw(trainer.history)

    def on_train_end(self, trainer: Trainer) -> None:
        """Draw the whole."""
        if trainer.history:
            self._draw(trainer.history)

    def _draw(self, history: list[EpochRecord]) -> None:
        # Takes half a second to import; most users of this package never draw.
        from matplotlib.figure import Figure

        others = list(history[-1].train.parts)
        figure = Figure(figsize=(8, 9 if others else 5), layout="constrained")
        panels = figure.subplots(2 if others else 1, squeeze=False)[:, 0]
        epochs = [record.epoch for record in history]
        for axes, parts in zip(panels, (PARTS, others), strict=False):
            for part in parts:
                losses = [record.train.named().get(part, math.nan) for record in history]
                (line,) = axes.plot(epochs, losses, label=f"{part}, train")
                held_out = [record.validation for record in history if record.validation]
                if len(held_out) == len(history) and part in PARTS:
                    values = [found.named()[part] for found in held_out]
                    label = f"{part}, held out"
                    axes.plot(epochs, values, "--", color=line.get_color(), label=label)
            axes.set(xlabel="epoch", ylabel="nats per example")
            axes.grid(alpha=0.3)
            axes.legend()
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=110)
        write_file(self.path, picture.getvalue())
        self._drawn = time.monotonic()
