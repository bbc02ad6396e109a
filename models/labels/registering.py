"""A project's newest model as a checkpoint of the registry, for every other tab.

Shapes: M pictures.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from models.data import Split
from models.evaluate import encode_posterior
from models.labels.desk import Desk
from models.labels.errors import LabelError
from models.labels.newest import Newest, newest
from models.labels.pictures import Pictures
from models.latent.atlas import Atlas
from models.registry import Registry

__all__ = ["register_model"]

MOST_CODES = 10_000
THUMBNAILS = 500


def register_model(desk: Desk, registry: Registry, name: str) -> Path:
    """Save a project's newest model with an encoded sample of the pictures.

    Args:
        desk: The project.
        registry: Where it goes.
        name: Its name; a number is added if it is taken.

    Returns:
        The checkpoint's folder.

    Raises:
        LabelError: There is nothing that was trained.
        CheckpointError: The name is none.
        OSError: The write failed; nothing is left behind.
    """
    # The desk may not have taken over yet what a round has left a moment ago.
    found, pictures = newest(desk.project, registry), desk.pictures
    if found.config is None:
        raise LabelError("There is no trained model yet; train a round first.")
    free = registry.free_name(name)
    given = _learned_from(found, pictures)
    some = _some(given)
    truth = torch.full((len(some),), -1)
    if pictures.truth is not None:
        truth = torch.from_numpy(pictures.truth.astype("int64"))[some]
    images = pictures.images[some]
    posterior = encode_posterior(found.model, Split(images=images, labels=truth))
    atlas = Atlas.build(
        posterior.mu,
        truth,
        images,
        desk.project.class_names,
        thumbnails=min(THUMBNAILS, len(some)),
        logvar=posterior.logvar,
        rows=torch.from_numpy(pictures.rows)[some],
        given=given[some],
    )
    config = replace(found.config, class_names=desk.project.class_names)
    return registry.save(free, config, found.model, atlas)


def _learned_from(found: Newest, pictures: Pictures) -> Tensor:
    """Return the labels that a round's model learned from, int64 [M]; -1 is none."""
    given = torch.full((len(pictures),), -1)
    try:
        kept = json.loads((found.folder / "labels.json").read_bytes())
        at = torch.from_numpy(pictures.positions[kept["rows"]])
        given[at[at >= 0]] = torch.tensor(kept["labels"])[at >= 0]
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return given  # It is a checkpoint of the registry.
    return given


def _some(given: Tensor) -> Tensor:
    """Return the pictures to keep codes of, int64 [n]: those with a label, and some others."""
    order = torch.randperm(len(given), generator=torch.Generator().manual_seed(0))
    first = given[order] < 0
    return order[first.to(torch.uint8).argsort(stable=True)][:MOST_CODES].sort().values
