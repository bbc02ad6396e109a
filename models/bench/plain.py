"""Other ways to train, as baselines: the tutorial's loop, the tutorial's network, and pythae.

Shapes: N examples, B batch, ... the shape of one example.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from models.bench.machine import installed
from models.bench.tutorial import TutorialVAE, tutorial_loader
from models.data import Dataset, Split
from models.losses import Bernoulli, Loss
from models.networks import parameter_count
from models.posterior import Posterior
from models.preprocessing import Binarise, prepare, to_unit
from models.recipes import Recipe
from models.training.recipe import new_model
from models.vae import VAEConfig

__all__ = ["BASELINES", "held_out_elbo", "refusal", "train_baseline"]

BASELINES = {
    "same": "the same network, from the same start, trained the tutorial way",
    "tutorial": "the tutorial's convolutional network, trained the tutorial way",
    "pythae": "pythae's VAE with its own trainer and network",
}
"""Names of the baselines, and what each is"""
LEARNING_RATE = 1e-3
Report = Callable[[str], None]


class _HasLoss(Protocol):
    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Loss: ...


@torch.no_grad()
def held_out_elbo(model: _HasLoss, split: Split, binarise: Binarise = "dynamic") -> float:
    """Return the mean ELBO of a split, on the same draws for every model."""
    generator = torch.Generator().manual_seed(0)
    total = 0.0
    for images in split.images.split(500):
        x = prepare(images, binarise, generator)
        total += model.loss(x, generator=generator).elbo.item() * len(images)
    return total / len(split)


def refusal(name: str, recipe: Recipe) -> str | None:
    """Return why a baseline makes no sense for a recipe, in a sentence, or None if it does.

    Raises:
        ValueError: There is no such baseline.
    """
    if name not in BASELINES:
        raise ValueError(f"There is no baseline {name!r:.40}; choose {', '.join(BASELINES)}.")
    model = recipe.model
    if model.family not in ("vae", "table"):
        return (
            f"The tutorial's loop minimises the bound of a plain VAE; {recipe.name} minimises "
            "something else, so its own pace is measured."
        )
    if name == "tutorial" and (model.shape, model.latent_dim) != ((1, 28, 28), 2):
        return "The tutorial's network is for grey pictures of 28 x 28 in two dimensions."
    if name == "pythae":
        if model.likelihood != "bernoulli" or len(model.shape) != 3:
            return "pythae's bound is comparable for a Bernoulli likelihood of pictures alone."
        if installed("pythae") is None:
            return "pythae is not installed, so it is left out; `pip install pythae` adds it."
    return None


@dataclass(frozen=True, slots=True)
class _Spent:
    wall: float
    cpu: float

    @classmethod
    def since(cls, start: _Spent | None = None) -> _Spent:
        wall, cpu = time.perf_counter(), time.process_time()
        return cls(wall, cpu) if start is None else cls(wall - start.wall, cpu - start.cpu)


def train_baseline(
    name: str, recipe: Recipe, dataset: Dataset, epochs: int, report: Report
) -> dict[str, Any]:
    """Return the CPU seconds and the held-out ELBO of a baseline after some epochs."""
    start = _Spent.since()
    if name == "pythae":
        model: Any = _pythae(recipe.model, dataset.train, epochs)
        spent = _Spent.since(start)
    else:
        model = TutorialVAE() if name == "tutorial" else new_model(recipe, dataset)
        spent = _train_plainly(model, recipe, dataset.train, epochs, report)
    model.eval()
    return {
        "is": BASELINES[name],
        "elbo": held_out_elbo(model, dataset.test, recipe.data.binarise),
        "cpu_seconds": round(spent.cpu, 2),
        "seconds": round(spent.wall, 2),
        "epochs": epochs,
        "parameters": parameter_count(model),
    }


def _train_plainly(model: Any, recipe: Recipe, split: Split, epochs: int, report: Report) -> _Spent:
    """Train with a loader of single items and Adam at a constant rate."""
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    loader = tutorial_loader(split, recipe.data.binarise)
    model.train()
    start = _Spent.since()
    for epoch in range(epochs):
        for x in loader:
            optimizer.zero_grad()
            model.loss(x).total.backward()
            optimizer.step()
        spent = _Spent.since(start)
        report(f"tutorial way, epoch {epoch + 1} of {epochs}: {spent.cpu:.1f} CPU seconds")
    return spent


class _Pythae(nn.Module):
    """pythae's encoder and decoder, asked for the same bound as everything else."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def loss(self, x: Tensor, *, generator: torch.Generator | None = None) -> Loss:
        encoded = self.model.encoder(x)
        posterior = Posterior(encoded.embedding, encoded.log_covariance)
        shown = self.model.decoder(posterior.sample(generator)).reconstruction
        logits = shown.clamp(1e-6, 1 - 1e-6).logit()
        reconstruction = -Bernoulli().log_prob(logits, x).mean()
        kl_D = posterior.kl().mean(0)
        return Loss(reconstruction + kl_D.sum(), reconstruction, kl_D.sum(), kl_D)


def _pythae(config: VAEConfig, split: Split, epochs: int) -> _Pythae:
    """Train pythae's VAE as its documentation does, with all its defaults, on grey values."""
    from pythae.data.datasets import BaseDataset
    from pythae.models import VAE
    from pythae.models import VAEConfig as Config
    from pythae.trainers import BaseTrainer, BaseTrainerConfig

    images = to_unit(split.images)
    with tempfile.TemporaryDirectory() as folder:
        told, dim = StringIO(), config.latent_dim
        with redirect_stdout(told), redirect_stderr(told):
            model = VAE(Config(input_dim=config.shape, latent_dim=dim, reconstruction_loss="bce"))
            asked = BaseTrainerConfig(
                output_dir=folder,
                num_epochs=epochs,
                learning_rate=LEARNING_RATE,
                per_device_train_batch_size=128,
                no_cuda=True,
            )
            data = BaseDataset(images, torch.zeros(len(images)))
            BaseTrainer(model, data, training_config=asked).train()
    return _Pythae(model.cpu())
