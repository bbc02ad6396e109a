"""What the sampler tells of a checkpoint: who it is, where its data lies, how its samples score.

Shapes: D latent dimensions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.checkpoint import Checkpoint
from models.fitting import Encoded
from models.latent.atlas import Atlas, balanced_first
from models.latent.sampling import Aggregate, expected_radius, radius_density
from models.networks import parameter_count
from models.numbers import finite_number
from studio.checkpoint_files import metric_rows
from studio.pictures import encoded_pixels
from studio.routes import identity

__all__ = ["describe_sampler", "example_facts", "kept_picture", "seeded_examples"]

CURVE = 65
"""Points of the radius's density."""
REACH = 4.5
"""Standard deviations beyond its mean to which it is drawn."""
FRECHET = {"prior": "frechet", "gaussian": "frechet_gaussian", "mixture": "frechet_mixture"}
"""What samples are drawn from, and the metric that judges them."""


def describe_sampler(checkpoint: Checkpoint, data: Encoded | None) -> dict[str, Any]:
    """Return what the page needs to know before it samples.

    Args:
        checkpoint: What is sampled.
        data: The posteriors of its examples, if there are any.
    """
    config, atlas = checkpoint.config, checkpoint.atlas
    metrics = config.metrics
    return {
        **identity(checkpoint),
        **_data_facts(checkpoint, data),
        **_training_facts(checkpoint),
        "recipe": config.recipe,
        "dataset": config.data.dataset,
        "licence": config.licence,
        "parameters": parameter_count(checkpoint.model),
        "metrics": metric_rows(metrics),
        "conditions": str(metrics.get("conditions", ""))[:400],
        "examples": len(atlas.thumbnails) if atlas else 0,
        "components": len(atlas.mixture) if atlas and atlas.mixture else None,
        "radius": radius_facts(config.model.latent_dim),
        "frechet": {source: finite_number(metrics.get(key)) for source, key in FRECHET.items()},
    }


def _training_facts(checkpoint: Checkpoint) -> dict[str, Any]:
    config = checkpoint.config
    # The recipe of imported weights gives their shape; how they were trained is not known.
    if isinstance(config.metrics.get("imported"), str):
        return {"beta": None, "epochs": None}
    trained = finite_number(config.metrics.get("epochs"))
    epochs = config.training.epochs if trained is None else int(trained)
    return {"beta": config.training.beta, "epochs": epochs}


def _data_facts(checkpoint: Checkpoint, data: Encoded | None) -> dict[str, Any]:
    """Return activity and moments of the dimensions, and the classes that can be fitted to."""
    classes = len(checkpoint.config.class_names)
    if data is None:
        order = list(range(checkpoint.config.model.latent_dim))
        return {"order": order, "activity": None, "aggregate": None, "classes": [False] * classes}
    found = data.aggregate()
    return {
        "order": found.order.tolist(),
        "activity": _activity(found),
        "aggregate": {"mean": found.mean.tolist(), "std": found.std.tolist()},
        "classes": [bool((data.labels == label).any()) for label in range(classes)],
    }


def _activity(found: Aggregate) -> dict[str, Any]:
    if found.kl is None:
        return {"kind": "spread", "values": found.spread.tolist()}
    return {"kind": "kl", "values": found.kl.tolist()}


def radius_facts(latent_dim: int) -> dict[str, Any]:
    """Return the distribution of the prior's radius: mean, std, and its density as a curve."""
    expected = expected_radius(latent_dim)
    ends = torch.linspace(0, expected.mean + REACH * expected.std, CURVE, dtype=torch.float64)
    curve = torch.stack([ends, radius_density(ends, latent_dim)], dim=1)
    return {"mean": expected.mean, "std": expected.std, "curve": curve.tolist()}


def seeded_examples(atlas: Atlas, seed: int, count: int) -> list[dict[str, Any]]:
    """Return some of an atlas's pictures, balanced over the classes, in the order of a draw."""
    labels = atlas.labels[: len(atlas.thumbnails)]
    if not len(labels):
        return []
    return [example_facts(atlas, row) for row in balanced_first(labels, count, seed)[:count]]


def example_facts(atlas: Atlas, row: int) -> dict[str, Any]:
    """Return row, label and pixels of one of an atlas's pictures."""
    label = int(atlas.labels[row])
    return {
        "row": int(row),
        "label": None if label < 0 else label,
        "image": encoded_pixels(atlas.thumbnails[row]),
    }


def kept_picture(checkpoint: Checkpoint, row: int) -> tuple[Atlas, Tensor]:
    """Return the atlas and one of the pictures that it keeps, uint8 [C, H, W].

    Raises:
        ValueError: There is no such picture; the message says which there are.
    """
    atlas = checkpoint.atlas
    rows = len(atlas.thumbnails) if atlas else 0
    if atlas is None or not 0 <= row < rows:
        raise ValueError(
            f"There is no example {row}; choose 0 to {rows - 1}."
            if rows
            else f"Checkpoint '{checkpoint.name}' keeps no pictures of its examples."
        )
    return atlas, atlas.thumbnails[row]
