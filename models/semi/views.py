"""Two looks at one picture: turned, sheared, scaled, moved, bent, thicker or thinner.

What an example is does not change by any of it, which is all that learning without labels is told.
All of it is one resampling: an affine map and a smooth field of displacements are added up first.
Never mirrored, because some digits then are others.

Shapes: B pictures, C channels, H height, W width.
"""

from __future__ import annotations

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["view"]

TURN = math.radians(25)
SHEAR = 0.3
SCALE = 0.2
"""Of the logarithm of either side."""
SHIFT = 0.12
"""Of half a side."""
BEND = 0.06
"""Standard deviation of the displacements, of half a side."""
KNOTS = 5
"""Along each side, between which displacements are interpolated."""
THICKEN = 0.8
"""Most weight of the thickened or thinned picture."""


def view(x: Tensor, generator: torch.Generator, strength: float = 1.0, turn: int = 0) -> Tensor:
    """Return another view of pictures.

    Args:
        x: [B, C, H, W] in [0, 1]; what lies outside of them is 0.
        generator: Source of all chance, on their device.
        strength: How far a view may be from its picture; 0 leaves it as it is.
        turn: 0 or 1: which half of the batch is thickened or thinned, so that with two views each
            picture has one view of its own thickness.
    """
    if not strength:
        return x
    count, _, height, width = x.shape
    x = _thickened(x, generator, strength, turn)
    grid = _affine(count, generator, strength, x.device) @ _places(height, width, x.device)
    bend = torch.randn(count, 2, KNOTS, KNOTS, generator=generator, device=x.device)
    rows, columns = (_smooth(side, x.device) for side in (height, width))
    field = grid.view(count, 2, height, width) + rows @ (bend * (BEND * strength)) @ columns.T
    return F.grid_sample(x, field.permute(0, 2, 3, 1), align_corners=False)


def _affine(
    count: int, generator: torch.Generator, strength: float, device: torch.device
) -> Tensor:
    """Return maps [B, 2, 3] from places in the view to places in the picture."""
    drawn = torch.empty(6, count, device=device).uniform_(-1, 1, generator=generator) * strength
    angle, shear = drawn[0] * TURN, drawn[1] * SHEAR
    across, down = (drawn[2:4] * SCALE).exp()
    right, low = drawn[4:] * SHIFT
    cos, sin = angle.cos(), angle.sin()
    first = (cos * across, (cos * shear - sin) * down, right)
    second = (sin * across, (sin * shear + cos) * down, low)
    return torch.stack([*first, *second], dim=1).view(count, 2, 3)


def _thickened(x: Tensor, generator: torch.Generator, strength: float, turn: int) -> Tensor:
    """Thicken the strokes of a quarter of the pictures, and thin those of another."""
    quarter = len(x) // 4
    if not quarter:
        return x
    weight = torch.empty(2, quarter, 1, 1, 1, device=x.device).uniform_(generator=generator)
    weight *= min(1.0, THICKEN * strength)
    x, first = x.clone(), 2 * turn * quarter
    thick, thin = x[first : first + quarter], x[first + quarter : first + 2 * quarter]
    less = F.pad(-F.max_pool2d(-thin, 2, 1), (0, 1, 0, 1))
    thin.lerp_(less, weight[1])
    thick.lerp_(F.max_pool2d(thick, 3, 1, 1), weight[0])
    return x


@cache
def _places(height: int, width: int, device: torch.device) -> Tensor:
    """Return x, y and 1 of each pixel [3, H * W], in halves of a side from the middle."""
    down, across = (
        torch.arange(s, device=device).add(0.5).mul(2 / s).sub(1) for s in (height, width)
    )
    x, y = across.repeat(height), down.repeat_interleave(width)
    return torch.stack([x, y, torch.ones_like(x)])


@cache
def _smooth(side: int, device: torch.device) -> Tensor:
    """Return the matrix [side, KNOTS] that lays a smooth curve through values at the knots."""
    knots = torch.eye(KNOTS, device=device)[None, None]
    return F.interpolate(knots, size=(side, KNOTS), mode="bicubic", align_corners=True)[0, 0]
