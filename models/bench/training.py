"""`bench train`: CPU seconds to a held-out ELBO, against other ways to train in the same run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from models import data
from models.bench.machine import ratio
from models.bench.peak import FirstStep, matmul_peak
from models.bench.plain import held_out_elbo, refusal, train_baseline
from models.data import Dataset
from models.evaluate import bound
from models.networks import parameter_count
from models.recipes import Recipe, get_recipe
from models.semi.data import labelled_split
from models.training import Callback, Trainer
from models.training.recipe import fitted, given_labels, load_data, new_model, new_trainer
from models.vae import VAE

__all__ = ["FAMILIES", "bench_train", "load_for", "shortened", "train_recipe_to"]

FAMILIES = (
    *("navigator-mnist", "odyssey-mnist", "sampler-mnist-beta1", "faces-celeba"),
    *("ssvae-mnist", "joint-mnist", "iris"),
)
"""A recipe of each family"""
Report = Callable[[str], None]


def bench_train(
    recipe: Recipe,
    dataset: Dataset,
    *,
    baseline_epochs: int,
    epochs: int,
    report: Report,
    baselines: Sequence[str] = ("same", "pythae"),
) -> dict[str, Any]:
    """Train each baseline, then the recipe until it is as good as all of them.

    Where no baseline makes sense the recipe is trained for its schedule, and its pace is measured.

    Args:
        recipe: The recipe to measure.
        dataset: Its data; the test split is the held-out one.
        baseline_epochs: Epochs of each baseline; its last ELBO is what the recipe has to reach.
        epochs: Length of the recipe's schedule in this run.
        report: Called with a line now and then.
        baselines: Names of `BASELINES`.

    Returns:
        For each baseline its ELBO, CPU seconds and their ratio to the recipe's; the recipe's curve;
        its pace, and the share that its products of matrices have of the machine's peak.
    """
    recipe = fitted(recipe, dataset)
    skipped = {name: why for name in baselines if (why := refusal(name, recipe))}
    for why in sorted(set(skipped.values())):
        report(why)
    ways = {
        name: train_baseline(name, recipe, dataset, baseline_epochs, report)
        for name in baselines
        if name not in skipped
    }
    ours = train_recipe_to(recipe, dataset, [way["elbo"] for way in ways.values()], epochs, report)
    for way, reached in zip(ways.values(), ours["reached"], strict=True):
        way["ours_cpu_seconds"] = reached
        way["ratio"] = ratio(way["cpu_seconds"], reached) if reached else None
    peak = matmul_peak()
    flops = ours.pop("flops")
    rate = flops * ours["steps"] / ours["seconds"]
    return {
        "recipe": recipe.name,
        "family": recipe.model.family,
        "threads": torch.get_num_threads(),
        "baselines": ways,
        "skipped": skipped,
        "ours": ours,
        "peak": {
            "matmul_gflops": round(peak / 1e9, 1),
            "step_gflop": round(flops / 1e9, 4),
            "training_gflops": round(rate / 1e9, 2),
            "share": round(rate / peak, 4),
        },
    }


class _Clock(Callback):
    """Measures the averaged weights now and then, off the clock, and stops once they will do."""

    def __init__(
        self, targets: Sequence[float], measure: Callable[[VAE], float], every: int, report: Report
    ) -> None:
        self.targets, self.measure, self.every, self.report = targets, measure, every, report
        self.reached: list[float | None] = [None] * len(targets)
        self.curve: list[tuple[float, float]] = []
        self.wall = self.cpu = 0.0

    def on_train_start(self, trainer: Trainer) -> None:
        """Start the clock, and count the first step."""
        self.counted = trainer.objective = FirstStep(trainer.objective)
        self._resume()

    def _resume(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def _pause(self) -> None:
        self.wall += time.perf_counter() - self._wall
        self.cpu += time.process_time() - self._cpu

    def on_train_end(self, trainer: Trainer) -> None:
        """Stop the clock."""
        self._pause()

    def on_step(self, trainer: Trainer) -> None:
        """Measure every so many steps, and at the end of the schedule."""
        self.counted.done()
        at = trainer.progress
        if at.step % self.every and at.step != at.steps:
            return
        self._pause()
        elbo = self.measure(trainer.kept_model())
        trainer.model.train()
        self.curve.append((round(self.cpu, 2), round(elbo, 3)))
        self.report(f"recipe, {self.cpu:.1f} CPU seconds: held-out ELBO {elbo:.2f}")
        for number, target in enumerate(self.targets):
            if elbo >= target and self.reached[number] is None:
                self.reached[number] = round(self.cpu, 2)
        if self.targets and None not in self.reached:
            trainer.stop()
        self._resume()


def shortened(recipe: Recipe, epochs: int) -> Recipe:
    """Return a recipe with another length of its schedule.

    One that finds its classes by several starts has a single one where they would not all fit.

    Raises:
        ValueError: It cannot be as short as that.
    """
    training, latent = recipe.training, recipe.training.latent
    if latent.starts * latent.start_epochs >= epochs:
        latent = dataclasses.replace(latent, starts=1, start_epochs=0)
    return dataclasses.replace(
        recipe, training=dataclasses.replace(training, epochs=epochs, latent=latent)
    )


def train_recipe_to(
    recipe: Recipe, dataset: Dataset, targets: Sequence[float], epochs: int, report: Report
) -> dict[str, Any]:
    """Return the CPU seconds that a recipe needs to each held-out ELBO, None where it is missed.

    Without targets it is trained to the end of its schedule.
    """
    model = new_model(recipe, dataset)
    recipe = shortened(recipe, epochs)
    shorter = recipe.training
    taught = _taught(recipe, dataset)
    every = max(1, len(taught.train) // shorter.batch_size // (8 if targets else 1))
    measure = _measure_of(recipe, dataset)
    clock = _Clock(targets, measure, every, report)
    trainer = new_trainer(recipe, model, callbacks=[clock], attribute_names=dataset.attribute_names)
    trainer.fit(taught.train)
    steps, examples = trainer.progress.step, trainer.progress.step * shorter.batch_size
    return {
        "reached": clock.reached,
        "elbo": clock.curve[-1][1] if clock.curve else round(measure(model), 3),
        "cpu_seconds": round(clock.cpu, 2),
        "seconds": round(clock.wall, 2),
        "steps": steps,
        "examples_per_second": round(examples / clock.wall, 1),
        "flops": clock.counted.flops or 0.0,
        "curve": clock.curve,
        "schedule_epochs": epochs,
        "parameters": parameter_count(model),
    }


def _measure_of(recipe: Recipe, dataset: Dataset) -> Callable[[VAE], float]:
    """Return what measures the held-out ELBO of a model of the recipe."""
    mode = recipe.data.binarise

    def measure(model: VAE) -> float:
        was = model.training
        model.eval()
        if recipe.model.family in ("vae", "table"):
            elbo = held_out_elbo(model, dataset.test, mode)
        else:
            elbo = float(bound(model, dataset.test, binarise=mode, samples=1)["elbo"])
        model.train(was)
        return elbo

    return measure


def _taught(recipe: Recipe, dataset: Dataset) -> Dataset:
    """Return the data with the labels that a recipe may learn from, drawn from the truth."""
    given = given_labels(recipe, dataset, Path("no labels of a person's"))
    return dataset if given is None else labelled_split(dataset, given)


def load_for(name: str, workspace: Path) -> tuple[Recipe, Dataset]:
    """Return a recipe and its data, every training example included where nothing is drawn."""
    recipe = get_recipe(name)
    if recipe.model.family == "vae" and recipe.data.dataset in data.DATASETS:
        return recipe, data.load_as(
            recipe.data.dataset, recipe.model.shape, workspace=workspace, validation=0
        )
    return recipe, load_data(recipe, workspace)
