"""`bench joint`: how well the discrete code agrees with classes that nobody told it, over seeds.

A seed decides the weights, the order of the examples and all noise. Labels are only counted at the
end. Every seed is reported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Any

import torch

from models.bench.kept import claim, once
from models.data import Dataset
from models.evaluate import bound
from models.joint import JointVAE
from models.joint.clusters import code_figures
from models.recipes import Recipe, with_overrides
from models.training import Callback, Trainer
from models.training.recipe import new_model, new_trainer

__all__ = ["bench_joint", "train_seed"]

Report = Callable[[str], None]


class _Told(Callback):
    """Tells of every epoch."""

    def __init__(self, title: str, report: Report) -> None:
        self.title, self.report = title, report
        self.start = time.process_time()

    def on_epoch_end(self, trainer: Trainer) -> None:
        """Tell of the epoch."""
        losses = trainer.history[-1].train
        parts = ", ".join(f"{name} {value:.2f}" for name, value in losses.named().items())
        self.report(
            f"{self.title}: epoch {trainer.progress.epoch} of {trainer.config.epochs}, "
            f"{time.process_time() - self.start:.0f} CPU seconds, {parts}."
        )


def train_seed(
    recipe: Recipe,
    dataset: Dataset,
    seed: int,
    *,
    precision: str = "fp32",
    report: Report = lambda line: None,
) -> dict[str, Any]:
    """Train with one seed, and return its accuracy, CPU seconds, bound and KLs.

    Raises:
        ValueError: The recipe has no discrete parts, or the data no labels to agree with.
    """
    one = with_overrides(recipe, seed=seed)
    start = time.process_time()
    model = new_model(one, dataset)
    if not isinstance(model, JointVAE) or not model.parts.discrete:
        raise ValueError(f"Recipe '{recipe.name}' has no discrete parts; choose joint-mnist.")
    told = _Told(f"seed {seed}", report)
    new_trainer(one, model, callbacks=[told], precision=precision).fit(dataset.train)
    seconds = time.process_time() - start
    figures = code_figures(model, dataset)
    if "cluster_accuracy" not in figures:
        raise ValueError(f"{dataset.name} has no labels that a code could agree with.")
    parts = bound(model, dataset.test, binarise=one.data.binarise)
    return {
        "seed": seed,
        "accuracy": figures["cluster_accuracy"],
        "cpu_seconds": round(seconds, 1),
        "elbo": round(parts["elbo"], 3),
        "reconstruction": round(parts["reconstruction"], 3),
        "kl_continuous": round(sum(parts["kl_per_dimension"]), 3),
        "kl_discrete": figures["kl_discrete"],
        "code_classes": figures["code_classes"],
    }


def bench_joint(
    recipe: Recipe,
    dataset: Dataset,
    *,
    seeds: Sequence[int] = range(5),
    folder: Path | None = None,
    precision: str = "fp32",
    report: Report = lambda line: None,
) -> dict[str, Any]:
    """Train with every seed, and return all accuracies and their median.

    Args:
        recipe: What is trained.
        dataset: Its data; labels are counted at the end alone.
        seeds: The seeds.
        folder: Keeps each seed that is done; a bench that was broken off goes on behind them.
            None keeps nothing.
        precision: "fp32", or "bf16" where that is faster.
        report: Told each epoch and each result.

    Raises:
        ValueError: The folder belongs to another recipe, or there is nothing to agree with.
    """
    claim(folder, recipe)
    runs = []
    for seed in seeds:
        measured = partial(train_seed, recipe, dataset, seed, precision=precision, report=report)
        run = once(folder, f"seed-{seed}", measured)
        runs.append(run)
        report(
            f"seed {seed}: {run['accuracy']:.2%} of the test split, "
            f"{run['cpu_seconds']:.0f} CPU seconds."
        )
    found = [run["accuracy"] for run in runs]
    return {
        "recipe": recipe.name,
        "threads": torch.get_num_threads(),
        "precision": precision,
        "epochs": recipe.training.epochs,
        "examples": {"train": len(dataset.train), "test": len(dataset.test)},
        "accuracy": {
            "median": round(median(found), 5),
            "mean": round(mean(found), 5),
            "worst": min(found),
            "best": max(found),
        },
        "median_cpu_seconds": round(median(run["cpu_seconds"] for run in runs), 1),
        "runs": runs,
    }
