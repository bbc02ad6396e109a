"""`bench ssvae`: how well classes are told from a few labels, over several seeds.

A seed decides the weights, the order of the examples, all noise, and which examples are labelled.
The epochs without labels are trained once a seed, and what follows once for each number of labels:
to the same weights as two whole trainings, since no label is looked at before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import torch
from torch import Tensor

from models.atomic import write_file
from models.bench.kept import claim, once
from models.data import Dataset
from models.recipes import Recipe, with_overrides
from models.semi.data import UNLABELLED, drawn_labels, labelled_split
from models.semi.outputs import accuracy
from models.ssvae import SSVAE
from models.training import Callback, Trainer
from models.training.recipe import new_model, new_trainer
from models.training.state import TrainingState

__all__ = ["Seed", "bench_ssvae", "summary"]

EVERY = 120.0
"""Seconds of a training that a sudden end may cost."""
Report = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Seed:
    """One seed's training.

    Args:
        recipe: What is trained; its `semi` says for how long without labels.
        dataset: Its data, with all true labels: a few are drawn, the test split's measure.
        seed: The seed.
        folder: Where a stage that is done is kept, and what is done of one that is not: a bench
            that was broken off goes on from there. None keeps nothing.
        precision: "fp32", or "bf16" where that is faster.
        report: Told each epoch.
    """

    recipe: Recipe
    dataset: Dataset
    seed: int
    folder: Path | None = None
    precision: str = "fp32"
    report: Report = lambda line: None

    def unlabelled(self) -> tuple[TrainingState, float]:
        """Return the training when the labels are about to be looked at, and its CPU seconds."""
        labels = torch.full_like(self.dataset.train.labels, UNLABELLED)
        semi = self.recipe.training.semi
        assert semi is not None
        _, state, seconds = self._trained("unlabelled", labels, semi.label_free_epochs, None)
        return state, seconds

    def model(self) -> SSVAE:
        """Return the model that has seen no label, with its averaged weights."""
        trainer = self._trainer([])
        trainer.restore(self.unlabelled()[0])
        model = trainer.kept_model()
        assert isinstance(model, SSVAE)
        return model

    def with_labels(self, count: int) -> dict[str, Any]:
        """Return what came of a whole training with so many labels, as many of each class.

        Raises:
            ValueError: So many labels cannot be shared out evenly.
        """
        return once(self.folder, f"seed-{self.seed}-{count}", partial(self._measured, count))

    def _measured(self, count: int) -> dict[str, Any]:
        classes = len(self.dataset.class_names)
        if count < classes or count % classes:
            raise ValueError(f"{count} labels cannot be as many of each of {classes} classes.")
        labels = drawn_labels(self.dataset.train.labels, count // classes, self.seed)
        start, before = self.unlabelled()
        epochs = self.recipe.training.epochs
        model, _, after = self._trained(f"labelled-{count}", labels, epochs, start)
        test = self.dataset.test
        share = accuracy(model, test.images, test.labels, binarise=self.recipe.data.binarise)
        assert share is not None
        return {
            "seed": self.seed,
            "labels": int((labels >= 0).sum()),
            "test_accuracy": round(share, 5),
            "cpu_seconds": round(before + after, 1),
            "cpu_seconds_without_labels": round(before, 1),
        }

    def _trained(
        self, stage: str, labels: Tensor, epochs: int, start: TrainingState | None
    ) -> tuple[SSVAE, TrainingState, float]:
        """Train up to an epoch's end: the model, the training's state, and its CPU seconds."""
        folder = self.folder
        path = None if folder is None else folder / f"seed-{self.seed}-{stage}.safetensors"
        kept = TrainingState.from_bytes(path.read_bytes()) if path and path.exists() else start
        taught = labelled_split(self.dataset, labels)
        watch = _Stage(path, epochs, f"seed {self.seed}, {stage}", self.report)
        trainer = self._trainer([watch])
        if kept is not None:
            trainer.restore(kept)
            watch.before = kept.facts.get("cpu_seconds", 0.0) if kept is not start else 0.0
        if trainer.progress.epoch >= epochs:
            assert kept is not None
            model = trainer.kept_model()
            assert isinstance(model, SSVAE)
            return model, kept, watch.before
        trainer.fit(taught.train)
        assert watch.state is not None
        assert isinstance(trainer.model, SSVAE)
        return trainer.model, watch.state, watch.seconds()

    def _trainer(self, callbacks: Sequence[Callback]) -> Trainer:
        recipe = with_overrides(self.recipe, seed=self.seed)
        model = new_model(recipe, self.dataset)
        return new_trainer(recipe, model, callbacks=callbacks, precision=self.precision)


class _Stage(Callback):
    """Ends a training at an epoch's end, and keeps its state and the CPU seconds it took."""

    def __init__(self, path: Path | None, epochs: int, title: str, report: Report) -> None:
        self.path, self.epochs, self.title, self.report = path, epochs, title, report
        self.state: TrainingState | None = None
        self.before = 0.0
        self._start = time.process_time()
        self._saved = time.monotonic()

    def seconds(self) -> float:
        """CPU seconds of all threads, those before a break included."""
        return self.before + time.process_time() - self._start

    def on_step(self, trainer: Trainer) -> None:
        """Save, if it is time."""
        if self.path is not None and time.monotonic() - self._saved > EVERY:
            self._save(trainer)

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Tell of the epoch; keep all and stop, if it was the last."""
        at = trainer.progress.epoch
        self.report(f"{self.title}: epoch {at} of {self.epochs}, {self.seconds():.0f} CPU seconds.")
        if at >= self.epochs:
            # Before the averaged weights are put in place of those that are trained.
            self._save(trainer)
            trainer.stop()

    def _save(self, trainer: Trainer) -> None:
        state = trainer.state().copied()
        self.state = TrainingState(state.tensors, {**state.facts, "cpu_seconds": self.seconds()})
        if self.path is not None:
            write_file(self.path, self.state.to_bytes())
        self._saved = time.monotonic()


def bench_ssvae(
    recipe: Recipe,
    dataset: Dataset,
    *,
    seeds: Sequence[int] = range(5),
    labels: Sequence[int] = (50, 100),
    folder: Path | None = None,
    precision: str = "fp32",
    report: Report = lambda line: None,
) -> dict[str, Any]:
    """Train with every seed and number of labels, and return accuracies and CPU seconds.

    Args:
        recipe: What is trained.
        dataset: Its data.
        seeds: The seeds.
        labels: Numbers of labels.
        folder: Keeps what is done, to go on from after a break; None keeps nothing.
        precision: "fp32", or "bf16" where that is faster.
        report: Told each epoch and each result.

    Raises:
        ValueError: The folder belongs to another recipe, or labels cannot be shared out evenly.
    """
    claim(folder, recipe)
    runs = []
    for seed in seeds:
        one = Seed(
            recipe=recipe,
            dataset=dataset,
            seed=seed,
            folder=folder,
            precision=precision,
            report=report,
        )
        for count in labels:
            runs.append(one.with_labels(count))
            report(
                f"seed {seed}, {count} labels: {runs[-1]['test_accuracy']:.2%} on the test split."
            )
    return {
        "recipe": recipe.name,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "epochs": recipe.training.epochs,
        "labels": {
            str(count): summary([run for run in runs if run["labels"] == count]) for count in labels
        },
        "runs": runs,
    }


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return mean, worst and spread of some seeds' accuracies, and the most CPU seconds."""
    found = [run["test_accuracy"] for run in runs]
    return {
        "seeds": len(runs),
        "mean": round(mean(found), 5),
        "worst": min(found),
        "best": max(found),
        "standard_deviation": round(stdev(found), 5) if len(found) > 1 else None,
        "most_cpu_seconds": max(run["cpu_seconds"] for run in runs),
    }
