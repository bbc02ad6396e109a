"""From a recipe's data to an untrained model, and from a trained one to its checkpoint."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import torch

from models import data
from models.checkpoint import CheckpointConfig
from models.data import Dataset, Split
from models.evaluate import encode_posterior, evaluate
from models.latent.atlas import Atlas
from models.latent.sampling import fit_mixture
from models.preprocessing import to_unit
from models.recipes import Recipe
from models.registry import Registry
from models.vae import VAE

__all__ = ["build_atlas", "load_data", "measure", "new_model", "register"]


def load_data(recipe: Recipe, workspace: Path) -> Dataset:
    """Return a recipe's data set.

    Raises:
        DataError: It is missing or damaged.
    """
    return data.load(recipe.data.dataset, workspace=workspace, validation=recipe.data.validation)


def new_model(recipe: Recipe, dataset: Dataset) -> VAE:
    """Return an untrained model, centred on the mean of the training examples."""
    with torch.random.fork_rng():
        # The initialisers of torch.nn read only this one.
        torch.manual_seed(recipe.training.seed)
        model = VAE(recipe.model)
    some = dataset.train.images[:: max(1, len(dataset.train) // 10_000)]
    model.centre_on(to_unit(some).mean(0))
    return model


def measure(
    model: VAE, dataset: Dataset, recipe: Recipe, atlas: Atlas | None = None
) -> dict[str, Any]:
    """Return the figures of a model's card."""
    return evaluate(model, dataset, binarise=recipe.data.binarise, atlas=atlas)


def register(
    model: VAE,
    dataset: Dataset,
    recipe: Recipe,
    metrics: dict[str, Any],
    atlas: Atlas,
    registry: Registry,
    name: str,
    *,
    run: str = "",
    half: bool = False,
) -> Path:
    """Save a trained model with its atlas and card, and return the checkpoint's folder.

    Raises:
        CheckpointError: The name is none.
        OSError: The write failed; nothing is left behind.
    """
    config = CheckpointConfig(
        recipe=recipe.name,
        model=recipe.model,
        data=recipe.data,
        training=recipe.training,
        class_names=dataset.class_names,
        metrics=metrics,
        run=run,
        licence=recipe.licence,
        terms=dataset.terms,
    )
    # Another training may have taken the name meanwhile; nothing learned is lost for it.
    return registry.save(registry.free_name(name), config, model, atlas, half=half)


def build_atlas(model: VAE, dataset: Dataset, recipe: Recipe, seed: int = 0) -> Atlas:
    """Encode a data set's training examples (and validation ones) into an atlas."""
    both = Split(
        images=torch.cat([dataset.train.images, dataset.validation.images]),
        labels=torch.cat([dataset.train.labels, dataset.validation.labels]),
    )
    if 0 < recipe.codes < len(both):
        order = torch.randperm(len(both), generator=torch.Generator().manual_seed(seed))
        both = both.take(order[: recipe.codes])
    posterior = encode_posterior(model, both)
    atlas = Atlas.build(
        posterior.mu,
        both.labels,
        both.images,
        dataset.class_names,
        thumbnails=recipe.thumbnails,
        seed=seed,
        logvar=posterior.logvar,
    )
    if not recipe.components:
        return atlas
    choice = [2**n for n in range(recipe.components.bit_length())]
    return dataclasses.replace(atlas, mixture=fit_mixture(atlas.draws(), choice, seed=seed))
