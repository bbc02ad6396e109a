"""What a drawn face is made of: named numbers, a column of them for many faces."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["FaceParameters"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FaceParameters:
    """N faces; every field is float32 [N]. Between two faces lie faces: all may be interpolated."""

    masculine: Tensor
    """0 to 1: jaw, brows, lips and lashes follow"""
    age: Tensor
    """0 (18 years) to 1 (80): lines, lids and skin follow"""
    width: Tensor
    """-1 (narrow) to 1 (round) head"""
    jaw: Tensor
    """-1 (pointed) to 1 (broad)"""
    skin: Tensor
    """0 (pale) to 1 (deep)"""
    blush: Tensor
    """0 to 1, on the cheeks"""
    melanin: Tensor
    """Of the hair: 0 blond, 0.5 brown, 1 black"""
    red: Tensor
    """Of the hair: 0 none, 1 copper"""
    grey: Tensor
    """Share of grey in the hair, 0 to 1"""
    length: Tensor
    """Of the hair: 0 above the ears, 0.5 the chin, 1 the shoulders"""
    volume: Tensor
    """Of the hair, 0 to 1"""
    curl: Tensor
    """Of the hair: 0 straight, 1 curly"""
    parting: Tensor
    """Where the hair parts: -1 left to 1 right"""
    sweep: Tensor
    """0: one round hairline; 1: hair falls to both sides of the parting"""
    bangs: Tensor
    """0: forehead free; 1: hair to the brows"""
    baldness: Tensor
    """0 none; 0.5 a receding hairline; 1 no hair on top"""
    brow: Tensor
    """Thickness of the brows, 0 to 1"""
    brow_lift: Tensor
    """-1 (frown) to 1 (raised)"""
    eye_size: Tensor
    """-1 to 1"""
    eye_open: Tensor
    """0 (narrow) to 1 (wide)"""
    eye_tone: Tensor
    """Colour of the iris: 0 blue, 1/3 green, 2/3 hazel, 1 dark brown"""
    gaze: Tensor
    """-1 (to the left of the picture) to 1"""
    nose: Tensor
    """Size, -1 to 1"""
    smile: Tensor
    """-1 (corners down) to 1 (broad smile)"""
    mouth_open: Tensor
    """0 (closed) to 1"""
    lips: Tensor
    """Fullness, -1 to 1"""
    lipstick: Tensor
    """0 to 1"""
    beard: Tensor
    """0 none, 0.4 stubble, 1 full"""
    goatee: Tensor
    """0 to 1, on the chin alone"""
    mustache: Tensor
    """0 to 1"""
    glasses: Tensor
    """0 none, 1 there"""
    glasses_round: Tensor
    """0 square, 1 round"""
    glasses_tone: Tensor
    """Of the frame: 0 black, 0.5 tortoise, 1 gold"""
    earrings: Tensor
    """0 none, 1 there; seen where hair leaves the ears free"""
    hat: Tensor
    """0 none, 1 there"""
    hat_brim: Tensor
    """0 a knitted cap, 1 a broad brim"""
    hat_hue: Tensor
    """Colour wheel, 0 to 1"""
    cloth_hue: Tensor
    """Colour wheel, 0 to 1"""
    cloth_light: Tensor
    """0 dark to 1 bright"""
    ground_hue: Tensor
    """Colour wheel, 0 to 1, behind the face"""
    ground_light: Tensor
    """0 dark to 1 bright"""
    turn: Tensor
    """Head turned to the left (-1) or right (1) of the picture, about 25 degrees"""
    nod: Tensor
    """-1 (up) to 1 (down)"""
    tilt: Tensor
    """Radians, clockwise"""
    light: Tensor
    """Where light comes from: -1 left to 1 right"""
    shine: Tensor
    """0 (dim, soft) to 1 (bright)"""

    def __len__(self) -> int:
        return len(self.age)

    def map(self, change: Callable[[Tensor], Tensor]) -> FaceParameters:
        """The same with `change` applied to every field."""
        fields = (field.name for field in dataclasses.fields(self))
        return FaceParameters(**{name: change(getattr(self, name)) for name in fields})

    def take(self, rows: Tensor | slice) -> FaceParameters:
        """The faces at `rows`."""
        return self.map(lambda column: column[rows])

    def lerp(self, other: FaceParameters, weight: float) -> FaceParameters:
        """Faces on the way from these (0) to others (1)."""
        fields = (field.name for field in dataclasses.fields(self))
        return FaceParameters(
            **{
                name: torch.lerp(getattr(self, name), getattr(other, name), weight)
                for name in fields
            }
        )
