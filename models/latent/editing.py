"""Where an edit begins, and the steps it is made of.

Shapes: A attributes, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from models.latent.directions import Directions
from models.latent.sampling.mixture import Mixture
from models.latent.sampling.noise import normals

__all__ = ["TRUNCATION", "draw_code", "moved", "shares_left", "steps_along", "truncated"]

TRUNCATION = 0.7
"""The usual share of a drawn code's distance from the mean: mean + share (z - mean).

The nearer to the mean, the more usual and the more alike: the truncation trick of Large Scale GAN
Training for High Fidelity Natural Image Synthesis (Brock et al., 2018, arXiv 1809.11096), in the
form of A Style-Based Generator Architecture (Karras et al., 2018, arXiv 1812.04948).
"""


def draw_code(seed: int, dimensions: int, mixture: Mixture | None = None) -> Tensor:
    """Return the code of a seed, float32 [D], the same everywhere.

    Args:
        seed: From 0 to 2^63 - 1.
        dimensions: D.
        mixture: What it is drawn from, where the encoder puts the data; N(0, I) without one.

    Raises:
        ValueError: The seed is out of range.
    """
    if mixture is None:
        return normals(seed, 1, dimensions)[0]
    return mixture.sample(1, seed)[0]


def truncated(z_D: Tensor, mean_D: Tensor, share: float = TRUNCATION) -> Tensor:
    """Return mean + share (z - mean), [D]; see `TRUNCATION`."""
    return mean_D + share * (z_D - mean_D)


def moved(
    z_D: Tensor,
    directions: Directions,
    strengths: Mapping[str, float],
    keep: Sequence[str] = (),
    *,
    conditional: bool = False,
) -> Tensor:
    """Return z plus its steps along directions, [D].

    Args:
        z_D: Where it begins.
        directions: The directions.
        strengths: How many steps along each of some; they compose.
        keep: As for `steps_along`.
        conditional: As for `steps_along`.

    Raises:
        ValueError: There is no such direction.
    """
    if not strengths:
        return z_D
    names = list(strengths)
    steps, _ = steps_along(directions, keep, conditional=conditional, names=names)
    return z_D + torch.tensor([float(strengths[name]) for name in names]) @ steps


def steps_along(
    directions: Directions,
    keep: Sequence[str] = (),
    *,
    conditional: bool = False,
    names: Sequence[str] | None = None,
) -> tuple[Tensor, tuple[str, ...]]:
    """Return one step along directions, and the names of those that had to stay whole.

    Args:
        directions: The directions.
        keep: The attributes whose scores a conditional step leaves as they are, but for its own.
        conditional: Whether the steps are conditional. Where nothing would be left of one, it is
            the plain step.
        names: Of the directions that are wanted; all of them by default.

    Returns:
        float32, a row for each name, and the names of the attributes of which nothing would be
        left.

    Raises:
        ValueError: There is no such direction as one of `keep` or `names`.
    """
    for name in keep:
        directions.index(name)
    names = directions.names if names is None else names
    steps = directions.steps[[directions.index(name) for name in names]]
    if not conditional:
        return steps, ()
    whole, rows = [], []
    for step, name in zip(steps, names, strict=True):
        try:
            rows.append(directions.conditional(name, keep))
        except ValueError:
            rows.append(step)
            whole.append(name)
    return torch.stack(rows), tuple(whole)


def shares_left(directions: Directions, steps_AD: Tensor) -> Tensor:
    """Return how far a step along each direction moves its own score, in plain steps; [A].

    It is 1 for a plain step. A conditional one is as long as codes are wide along it, but the more
    it has to leave alone, the less of its length lies along its own direction.
    """
    return (steps_AD * directions.normals).sum(1) / directions.widths
