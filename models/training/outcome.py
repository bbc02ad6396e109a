"""From a trained model to its checkpoint: its map, its atlas and its figures."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.checkpoint import CheckpointConfig
from models.data import Dataset, Split
from models.evaluate import encode_posterior, evaluate
from models.fidelity import fidelity
from models.joint import JointVAE
from models.joint.clusters import code_figures
from models.latent.atlas import Atlas
from models.latent.attributes import AttributeDirections
from models.latent.parts import Parts, one_hot_parts
from models.latent.sampling import fit_mixture, posterior_draws
from models.posterior import Posterior
from models.recipes import Recipe
from models.registry import Registry
from models.semi.layout import fit_chart
from models.semi.outputs import accuracy, look
from models.ssvae import SSVAE
from models.tables.measure import table_figures
from models.tables.model import TableVAE
from models.training.recipe import numbers_its_rows
from models.vae import VAE

__all__ = ["build_atlas", "lay_map", "measure", "register"]

LARGE = 10_000
"""Numbers of a picture from which on fewer importance samples are taken."""
NOBODYS = 1000
"""Drawn codes of an atlas that may hold nobody's."""
CHUNK = 250
MAPPED = 12_000
"""Examples that the map is fitted to."""


def lay_map(model: SSVAE, dataset: Dataset, recipe: Recipe) -> None:
    """Fit a model's map to what it makes of the training examples."""
    images = dataset.train.images
    step = max(1, len(images) // MAPPED)
    found = look(model, images[::step], binarise=recipe.data.binarise)
    fit_chart(model, found.features.float(), seed=recipe.training.seed)


def measure(
    model: VAE,
    dataset: Dataset,
    recipe: Recipe,
    atlas: Atlas | None = None,
    directions: AttributeDirections | None = None,
    given: Tensor | None = None,
) -> dict[str, Any]:
    """Return the figures of a model's card.

    Args:
        model: The model.
        dataset: Its data, with true labels.
        recipe: How it was trained.
        atlas: What was encoded.
        directions: What was found of attributes.
        given: The labels that it learned from, int64 [N], if it learned from any.
    """
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
        **(table_figures(model, dataset) if isinstance(model, TableVAE) else {}),
        **_told(model, dataset, recipe, given),
        **(code_figures(model, dataset) if isinstance(model, JointVAE) else {}),
    }


def _told(model: VAE, dataset: Dataset, recipe: Recipe, given: Tensor | None) -> dict[str, Any]:
    """Return how well classes are told, and from how many labels."""
    if not isinstance(model, SSVAE) or given is None:
        return {}
    test = dataset.test
    share = accuracy(model, test.images, test.labels, binarise=recipe.data.binarise)
    found = {} if share is None else {"test_accuracy": share}
    return {**found, "num_labels": int((given >= 0).sum())}


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
        metrics=metrics | ({"rows_digest": dataset.rows_digest} if dataset.rows_digest else {}),
        run=run,
        licence=recipe.licence,
        terms=dataset.terms,
    )
    # Another training may have taken the name meanwhile; nothing learned is lost for it.
    return registry.save(
        registry.free_name(name), config, model, atlas, directions=directions, half=half
    )


def build_atlas(
    model: VAE, dataset: Dataset, recipe: Recipe, seed: int = 0, *, given: Tensor | None = None
) -> Atlas:
    """Encode a data set's training examples (and validation ones) into an atlas.

    Args:
        model: The model.
        dataset: Its data.
        recipe: How much is kept.
        seed: Draws what is kept.
        given: Labels int64 [N] of the training examples that it learned from, -1 elsewhere; these
            examples come first.

    Of pictures that may not be passed on there are neither codes nor thumbnails, whatever the
    recipe says: its codes are drawn from a mixture fitted to theirs, and its thumbnails decoded.
    """
    both = Split.joined([dataset.train, dataset.validation])
    rows = torch.arange(len(both))
    first = rows[:0] if given is None else (given >= 0).nonzero().squeeze(1)
    if 0 < recipe.codes < len(both):
        order = torch.randperm(len(both), generator=torch.Generator().manual_seed(seed))
        rest = order[~torch.isin(order, first)]
        rows = torch.cat([first, rest])[: recipe.codes]
        both = both.take(rows)
    numbered = given is not None and numbers_its_rows(recipe, dataset)
    posterior, pictures = encode_posterior(model, both), both.images.dim() == 4
    if not dataset.redistributable:
        return _nobodys(model, posterior, dataset, recipe, seed)
    atlas = Atlas.build(
        posterior.mu,
        both.labels,
        both.images if pictures else torch.zeros(len(both), 1, 1, 1, dtype=torch.uint8),
        dataset.class_names,
        thumbnails=recipe.thumbnails if pictures else 0,
        seed=seed,
        logvar=posterior.logvar,
        rows=rows if numbered else None,
        given=None if given is None or not numbered else _of_rows(given, rows),
    )
    if not recipe.components:
        return atlas
    choice = [2**n for n in range(recipe.components.bit_length())]
    return dataclasses.replace(atlas, mixture=fit_mixture(atlas.draws(), choice, seed=seed))


def _of_rows(given: Tensor, rows: Tensor) -> Tensor:
    """Return the labels given to some rows; those behind the training examples have none."""
    inside = rows < len(given)
    return torch.where(inside, given[rows.clamp(max=len(given) - 1)], -1)


def _nobodys(
    model: VAE, posterior: Posterior, dataset: Dataset, recipe: Recipe, seed: int
) -> Atlas:
    """Return an atlas of draws from a mixture that stands for encoded examples."""
    # Each component has hundreds of examples, so that none of them stands for a person.
    choice = [2**n for n in range(max(1, recipe.components).bit_length())]
    mixture = fit_mixture(posterior_draws(posterior.mu, posterior.logvar, seed), choice, seed=seed)
    codes = one_hot_parts(mixture.sample(NOBODYS, seed), Parts.of(model.config))
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
