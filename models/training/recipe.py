"""From a recipe's data to an untrained model, and from a trained one to its checkpoint."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models import data
from models.checkpoint import CheckpointConfig
from models.data import Dataset, Split
from models.evaluate import encode_posterior, evaluate
from models.fidelity import fidelity
from models.latent.atlas import Atlas
from models.latent.attributes import AttributeDirections
from models.latent.sampling import fit_mixture, posterior_draws
from models.recipes import Recipe
from models.registry import Registry
from models.vae import VAE, Posterior

__all__ = ["build_atlas", "load_data", "measure", "new_model", "register"]

LARGE = 10_000
"""Numbers of a picture from which on fewer importance samples are taken."""
NOBODYS = 1000
"""Drawn codes of an atlas that may hold nobody's."""
CHUNK = 250


def load_data(recipe: Recipe, workspace: Path) -> Dataset:
    """Return a recipe's data set.

    Raises:
        DataError: It is missing or damaged, or does not fit the model.
    """
    return data.load_as(
        recipe.data.dataset,
        recipe.model.shape,
        workspace=workspace,
        validation=recipe.data.validation,
    )


def new_model(recipe: Recipe, dataset: Dataset) -> VAE:
    """Return an untrained model that starts from the training examples."""
    with torch.random.fork_rng():
        # The initialisers of torch.nn read only this one.
        torch.manual_seed(recipe.training.seed)
        model = VAE(recipe.model)
    model.start_from(dataset.train.images[:: max(1, len(dataset.train) // 10_000)])
    return model


def measure(
    model: VAE,
    dataset: Dataset,
    recipe: Recipe,
    atlas: Atlas | None = None,
    directions: AttributeDirections | None = None,
) -> dict[str, Any]:
    """Return the figures of a model's card."""
    # With hundreds of nats to tell, more samples would cost minutes and tighten nothing.
    samples = 200 if math.prod(dataset.shape) < LARGE else 20
    return {
        **evaluate(
            model,
            dataset,
            binarise=recipe.data.binarise,
            atlas=atlas,
            importance_samples=samples,
        ),
        **(fidelity(model, dataset) if recipe.model.likelihood != "bernoulli" else {}),
        **(directions.figures() if directions else {}),
    }


def register(
    model: VAE,
    dataset: Dataset,
    recipe: Recipe,
    metrics: dict[str, Any],
    atlas: Atlas,
    registry: Registry,
    name: str,
    *,
    directions: AttributeDirections | None = None,
    run: str = "",
    half: bool = False,
) -> Path:
    """Save a trained model with all that belongs to it, and return the checkpoint's folder.

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
        attribute_names=directions.names if directions else (),
        metrics=metrics,
        run=run,
        licence=recipe.licence,
        terms=dataset.terms,
    )
    # Another training may have taken the name meanwhile; nothing learned is lost for it.
    return registry.save(
        registry.free_name(name), config, model, atlas, directions=directions, half=half
    )


def build_atlas(model: VAE, dataset: Dataset, recipe: Recipe, seed: int = 0) -> Atlas:
    """Encode a data set's training examples (and validation ones) into an atlas.

    Of pictures that may not be passed on there are neither codes nor thumbnails, whatever the
    recipe says: its codes are drawn from a mixture fitted to theirs, and its thumbnails decoded.
    """
    both = Split.joined([dataset.train, dataset.validation])
    if 0 < recipe.codes < len(both):
        order = torch.randperm(len(both), generator=torch.Generator().manual_seed(seed))
        both = both.take(order[: recipe.codes])
    posterior = encode_posterior(model, both)
    if not dataset.redistributable:
        return _nobodys(model, posterior, dataset, recipe, seed)
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


def _nobodys(
    model: VAE, posterior: Posterior, dataset: Dataset, recipe: Recipe, seed: int
) -> Atlas:
    """Return an atlas of draws from a mixture that stands for encoded examples."""
    # Each component has hundreds of examples, so that none of them stands for a person.
    choice = [2**n for n in range(max(1, recipe.components).bit_length())]
    mixture = fit_mixture(posterior_draws(posterior.mu, posterior.logvar, seed), choice, seed=seed)
    codes = mixture.sample(NOBODYS, seed)
    return dataclasses.replace(
        Atlas.build(
            codes,
            torch.full((len(codes),), -1),
            _pictures(model, codes),
            dataset.class_names,
            thumbnails=recipe.thumbnails,
            seed=seed,
            # As sure of itself as an encoder can be: draws from it are the codes themselves.
            logvar=torch.full_like(codes, -16.0),
        ),
        mixture=mixture,
    )


@torch.inference_mode()
def _pictures(model: VAE, codes: Tensor) -> Tensor:
    device = next(model.parameters()).device
    decoded = [model.decode(z.to(device)).mul(255).round().byte() for z in codes.split(CHUNK)]
    return torch.cat(decoded).cpu()
