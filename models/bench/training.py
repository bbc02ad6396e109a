"""`bench train`: CPU seconds to a held-out ELBO, against the tutorial way in the same run."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import torch

from models import data
from models.bench.tutorial import TutorialVAE, tutorial_loader
from models.data import Dataset, Split
from models.losses import Loss
from models.networks import parameter_count
from models.preprocessing import prepare
from models.recipes import Recipe
from models.training import Callback, Trainer
from models.training.recipe import new_model

__all__ = ["bench_train"]

Report = Callable[[str], None]


class _HasLoss(Protocol):
    def loss(self, x: torch.Tensor, *, generator: torch.Generator | None = None) -> Loss: ...


@torch.no_grad()
def held_out_elbo(model: _HasLoss, split: Split) -> float:
    """Return the ELBO of dynamically binarised examples, on the same draws for every model."""
    generator = torch.Generator().manual_seed(0)
    total = 0.0
    for images in split.images.split(500):
        x = prepare(images, "dynamic", generator)
        total += model.loss(x, generator=generator).elbo.item() * len(images)
    return total / len(split)


def bench_train(
    recipe: Recipe, dataset: Dataset, *, baseline_epochs: int, epochs: int, report: Report
) -> dict[str, Any]:
    """Train the tutorial's model, then the recipe's until it is as good; compare CPU seconds.

    Args:
        recipe: The recipe to measure.
        dataset: Its data; the test split is the held-out one.
        baseline_epochs: Epochs of the tutorial's training; its last ELBO is the target.
        epochs: Length of the recipe's schedule in this run.
        report: Called with a line an epoch.

    Returns:
        Target, CPU seconds of both sides, their ratio, and the curves.
    """
    baseline = train_the_tutorial_way(dataset, baseline_epochs, report)
    ours = train_recipe_to(recipe, dataset, baseline["elbo"], epochs, report)
    reached = ours["cpu_seconds_to_target"]
    return {
        "recipe": recipe.name,
        "target_elbo": baseline["elbo"],
        "ratio": baseline["cpu_seconds"] / reached if reached else None,
        "baseline": baseline,
        "ours": ours,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }


def train_the_tutorial_way(dataset: Dataset, epochs: int, report: Report) -> dict[str, Any]:
    """Return CPU seconds and final ELBO of the baseline."""
    torch.manual_seed(0)
    model = TutorialVAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loader = tutorial_loader(dataset.train)
    start, curve = time.process_time(), []
    for epoch in range(epochs):
        for x in loader:
            optimizer.zero_grad()
            model.loss(x).total.backward()
            optimizer.step()
        curve.append(round(time.process_time() - start, 2))
        report(f"tutorial way, epoch {epoch + 1} of {epochs}: {curve[-1]:.0f} CPU seconds")
    return {
        "elbo": held_out_elbo(model, dataset.test),
        "cpu_seconds": curve[-1],
        "epochs": epochs,
        "parameters": parameter_count(model),
    }


class _StopAtTarget(Callback):
    """Measures the averaged weights now and then, off the clock, and stops once they will do."""

    def __init__(self, target: float, split: Split, every: int, report: Report) -> None:
        self.target, self.split, self.every, self.report = target, split, every, report
        self.reached: float | None = None
        self.curve: list[tuple[float, float]] = []
        self._paused = 0.0

    def on_train_start(self, trainer: Trainer) -> None:
        """Start the clock."""
        self._start = time.process_time()

    def on_step(self, trainer: Trainer) -> None:
        """Measure every so many steps."""
        if trainer.progress.step % self.every or self.reached is not None:
            return
        now = time.process_time()
        spent = now - self._start - self._paused
        elbo = held_out_elbo(trainer.kept_model(), self.split)
        trainer.model.train()
        self._paused += time.process_time() - now
        self.curve.append((round(spent, 2), round(elbo, 2)))
        self.report(f"recipe, {spent:.1f} CPU seconds: ELBO {elbo:.2f} (target {self.target:.2f})")
        if elbo >= self.target:
            self.reached = spent
            trainer.stop()


def train_recipe_to(
    recipe: Recipe, dataset: Dataset, target: float, epochs: int, report: Report
) -> dict[str, Any]:
    """Return the CPU seconds that a recipe needs to a held-out ELBO."""
    model = new_model(recipe, dataset)
    config = dataclasses.replace(recipe.training, epochs=epochs)
    every = max(1, len(dataset.train) // config.batch_size // 8)
    stop = _StopAtTarget(target, dataset.test, every, report)
    Trainer(model, config, binarise=recipe.data.binarise, callbacks=[stop]).fit(dataset.train)
    return {
        "cpu_seconds_to_target": stop.reached,
        "curve": stop.curve,
        "schedule_epochs": epochs,
        "parameters": parameter_count(model),
    }


def load_for(recipe: Recipe, workspace: Path) -> Dataset:
    """Return a recipe's data, every training example included."""
    return data.load_as(recipe.data.dataset, recipe.model.shape, workspace=workspace, validation=0)
