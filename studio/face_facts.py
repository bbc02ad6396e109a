"""What the faces' page needs to know of a checkpoint: its attributes, its figures, its effects.

Shapes: A attributes, D latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import torch
from torch import Tensor

from models.checkpoint import Checkpoint
from models.latent.attributes import KINDS, AttributeDirections, main_attributes
from models.latent.directions import DirectionKind
from models.latent.editing import TRUNCATION
from models.numbers import finite_number
from models.portrait import Portrait
from studio.pictures import encoded_pixels
from studio.routes import identity

__all__ = [
    "attribute_order",
    "describe_effects",
    "describe_faces",
    "mean_code",
    "name_list",
    "portrait_facts",
    "require_directions",
]

FIRST = ("Smiling", "Young", "Male", "Eyeglasses")
"""How the main attributes are listed"""
FIGURES = ("mse", "ssim", "frechet")
UNITS = {
    True: "One step is one standard deviation of the training examples along the direction, those "
    "with the attribute weighing as much as those without it.",
    False: "One step is one standard deviation of all training examples along the direction, as "
    "many as there are of each: of a rare attribute it leads less far than of a frequent one.",
}
"""What a step is long, by whether both sides of an attribute weigh the same"""


def require_directions(checkpoint: Checkpoint) -> AttributeDirections:
    """Return a checkpoint's directions.

    Raises:
        ValueError: It has none.
    """
    if checkpoint.directions is None:
        raise ValueError(
            f"Checkpoint '{checkpoint.name}' has no attribute directions; train it on a data set "
            "with attributes."
        )
    return checkpoint.directions


def attribute_order(directions: AttributeDirections) -> list[int]:
    """Return the attributes' rows as they are listed: the main ones, then by the means' AUC."""
    first = [directions.names.index(name) for name in _main(directions.names)]
    areas = directions.auc[KINDS.index("means")].nan_to_num(nan=-1.0).tolist()
    rest = [row for row in range(len(areas)) if row not in first]
    return first + sorted(rest, key=lambda row: -areas[row])


def mean_code(checkpoint: Checkpoint) -> Tensor:
    """Return the mean code, float32 [D]; the prior's where nothing is known of the data's."""
    if checkpoint.directions is not None:
        return checkpoint.directions.normal.mean
    if checkpoint.atlas is not None:
        return checkpoint.atlas.codes.mean(0)
    return torch.zeros(checkpoint.config.model.latent_dim)


def describe_faces(checkpoint: Checkpoint, *, held_out: bool) -> dict[str, Any]:
    """Return what the page needs to know first.

    Args:
        checkpoint: The model.
        held_out: Whether held-out faces can be had on this machine.
    """
    config, directions = checkpoint.config, checkpoint.directions
    names = directions.names if directions else ()
    order = attribute_order(directions) if directions else []
    areas = directions.auc.T.tolist() if directions else []
    return {
        **identity(checkpoint),
        "licence": config.licence,
        "attributes": [
            {"name": names[row], "auc": dict(zip(KINDS, map(_known, areas[row]), strict=True))}
            for row in order
        ],
        "main": _main(names),
        "kinds": ["means", "normal"],
        "unit": UNITS[directions.normal.weighs_evenly] if directions else None,
        "mean": mean_code(checkpoint).tolist(),
        "held_out": held_out,
        "figures": {key: finite_number(config.metrics.get(key)) for key in FIGURES},
        "effects": directions is not None and directions.effects is not None,
        "truncation": TRUNCATION,
    }


def describe_effects(checkpoint: Checkpoint, kind: DirectionKind) -> dict[str, Any]:
    """Return what else each step changes, in the order of the description's attributes.

    One step along the row's direction changes what an independent classifier says of the column's
    attribute by so many standard deviations of its answer over held-out pictures.

    Raises:
        ValueError: It was not measured.
    """
    directions = require_directions(checkpoint)
    plain = directions.effects_of(kind)
    conditional = directions.effects_of(kind, conditional=True)
    if plain is None or conditional is None:
        raise ValueError(
            f"What else the directions of '{checkpoint.name}' change was not measured: its data "
            "set has no independent classifier."
        )
    order = attribute_order(directions)
    return {
        "names": [directions.names[row] for row in order],
        "plain": plain[order][:, order].tolist(),
        "conditional": conditional[order][:, order].tolist(),
    }


def portrait_facts(portrait: Portrait) -> dict[str, Any]:
    """Return a picture, its code and its reconstruction as the page takes them."""
    return {
        "z": portrait.z.tolist(),
        "image": encoded_pixels(portrait.image),
        "reconstruction": encoded_pixels(portrait.reconstruction),
        "mse": _known(portrait.mse),
        "ssim": None if portrait.ssim is None else _known(portrait.ssim),
        "typical": portrait.typical,
    }


def name_list(names: tuple[str, ...]) -> str:
    """Return names as a header may hold them: percent-encoded, with commas between them."""
    return ",".join(quote(name, safe=" ") for name in names)


def _main(names: Sequence[str]) -> list[str]:
    found = main_attributes(names)
    return sorted(found, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
