"""Morphs: ways through a list of codes, open or back to the first.

Shapes: W codes, T steps, D latent dimensions.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from models.latent.flight.shapes import catmull_rom
from models.latent.interpolation import slerp

__all__ = ["MorphKind", "morph"]

MorphKind = Literal["linear", "spherical", "curve"]


def morph(
    codes_WD: Tensor, steps: int, kind: MorphKind = "linear", *, closed: bool = False
) -> Tensor:
    """Return codes along the way through all of a list, each stretch in the same share of steps.

    Args:
        codes_WD: Finite codes, at least two; float [W, D].
        steps: How many are returned, both ends included.
        kind: Straight or spherical from each to the next, or the Catmull-Rom curve through all,
            which turns no corner; it skips a code that repeats the one before.
        closed: Whether the way returns to the first.

    Returns:
        float32 [steps, D].

    Raises:
        ValueError: There are too few codes or steps, codes are not finite, or there is no such
            kind.
    """
    if codes_WD.dim() != 2 or len(codes_WD) < 2 or not bool(codes_WD.isfinite().all()):
        raise ValueError(f"A morph needs at least two finite codes, not {list(codes_WD.shape)}.")
    if closed and len(codes_WD) < 3:
        raise ValueError("A morph that returns to its first face needs at least three faces.")
    if steps < 2:
        raise ValueError(f"A morph of {steps} steps has no two ends; ask for at least 2.")
    codes = codes_WD.float()
    if kind == "curve":
        if bool((codes == codes[0]).all()):
            return codes[:1].repeat(steps, 1)
        return _pieces(catmull_rom(codes, closed=closed), steps, spherical=False)
    if kind not in ("linear", "spherical"):
        raise ValueError(f"There is no morph {kind!r:.40}; choose linear, spherical or curve.")
    stops = torch.cat([codes, codes[:1]]) if closed else codes
    return _pieces(stops, steps, spherical=kind == "spherical")


def _pieces(stops_PD: Tensor, steps: int, *, spherical: bool) -> Tensor:
    last = len(stops_PD) - 1
    at = torch.linspace(0, last, steps, dtype=torch.float64)
    piece = at.floor().long().clamp(max=last - 1)
    share = (at - piece).float()
    if not spherical:
        return torch.lerp(stops_PD[piece], stops_PD[piece + 1], share.unsqueeze(1))
    found = torch.empty(steps, stops_PD.shape[1])
    for one in piece.unique().tolist():
        rows = piece == one
        found[rows] = slerp(stops_PD[one], stops_PD[one + 1], share[rows])
    return found
