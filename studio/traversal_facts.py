"""What the traversals tell of a checkpoint: its parts, what each tells, what its classes mean.

Shapes: D latent dimensions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.checkpoint import Checkpoint, CheckpointConfig
from models.fitting import fit_picture
from models.latent.information import Information
from models.latent.parts import Parts
from models.latent.traversals import with_class
from models.numbers import finite_number
from studio.pictures import encoded_pixels
from studio.routes import identity
from studio.traversal_requests import part_names

__all__ = ["describe_traversals", "encoded_facts", "typical"]


def describe_traversals(checkpoint: Checkpoint) -> dict[str, Any]:
    """Return what the page needs to know before it goes anywhere."""
    config, atlas = checkpoint.config, checkpoint.atlas
    parts = Parts.of(config.model)
    told = Information.of(parts, config.metrics, atlas)
    return {
        **identity(checkpoint),
        "names": list(part_names(parts)),
        "continuous": parts.continuous,
        "discrete": [
            {"classes": classes, "nats": told.discrete[p], "means": _meanings(config, p, classes)}
            for p, classes in enumerate(parts.discrete)
        ],
        "nats": list(told.continuous),
        "order": list(told.order),
        "centre": _centre(parts).tolist(),
        "start": _start(checkpoint, parts).tolist(),
        "dataset": config.data.dataset,
        "recipe": config.recipe,
        "accuracy": finite_number(config.metrics.get("cluster_accuracy")),
        "examples": len(atlas.thumbnails) if atlas else 0,
    }


def encoded_facts(checkpoint: Checkpoint, image: Tensor) -> dict[str, Any]:
    """Encode a picture, uint8 [C, H, W]: its code, and the shares of the classes it might be."""
    parts = Parts.of(checkpoint.config.model)
    found = fit_picture(checkpoint.model, image).mu
    return {
        "z": typical(found, parts).tolist(),
        "shares": [found[where].tolist() for where in parts.slices],
        "image": encoded_pixels(image),
    }


def typical(mean_D: Tensor, parts: Parts) -> Tensor:
    """Return the code that stands for a posterior: its means, and of each part the likeliest class.

    Args:
        mean_D: Continuous means, then the shares of the classes; float [D].
        parts: Those of the model.
    """
    z = mean_D
    for part, where in enumerate(parts.slices):
        z = with_class(z, parts, part, int(mean_D[where].argmax()))
    return z


def _centre(parts: Parts) -> Tensor:
    """Return the middle of the prior; of classes, which have none, the first."""
    return typical(torch.zeros(parts.dim), parts)


def _start(checkpoint: Checkpoint, parts: Parts) -> Tensor:
    """Return where a newcomer begins: on a picture, not between several."""
    atlas = checkpoint.atlas
    if parts.discrete or atlas is None:
        return _centre(parts)
    medoid = next((int(row) for row in atlas.medoids if row >= 0), 0)
    return typical(atlas.codes[medoid].float(), parts)


def _meanings(config: CheckpointConfig, part: int, classes: int) -> list[int | None]:
    """Return which class of the data each class of a part mostly is, as far as the card says."""
    said = config.metrics.get("code_classes")
    of_part = said[part] if isinstance(said, list) and part < len(said) else None
    # A card may be a stranger's.
    if not isinstance(of_part, list) or len(of_part) != classes:
        return [None] * classes
    known = range(len(config.class_names))
    return [k if type(k) is int and k in known else None for k in of_part]
