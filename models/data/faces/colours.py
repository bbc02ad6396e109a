"""The colours of a drawn face: palettes, and the mixtures that a face's parameters name.

Colours are sRGB in [0, 1], [B, 3, 1, 1] on the way to a canvas.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.data.faces.parameters import FaceParameters

__all__ = ["Colours", "mix", "rgb"]

SKIN = ("#fce6d8", "#f6d0b6", "#e9b896", "#d19d76", "#b37c55", "#8b5a3c", "#603c2b")
HAIR = ("#f6dc98", "#e3b864", "#a8703c", "#704526", "#452a1c", "#1d1718")
COPPER = "#c4501f"
SILVER = "#d3d3d6"
IRIS = ("#5b9bd0", "#5fa06c", "#9a7a3e", "#5d3a22")
FRAME = ("#20222b", "#7a4526", "#c79a45")


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Colours:
    """Each [B, 3, 1, 1]."""

    skin: Tensor
    shade: Tensor
    """Skin in shadow"""
    glint: Tensor
    """Skin in the light"""
    line: Tensor
    """Lines on skin"""
    rose: Tensor
    """Cheeks"""
    lip: Tensor
    hair: Tensor
    hair_shade: Tensor
    hair_glint: Tensor
    brow: Tensor
    iris: Tensor
    frame: Tensor
    cloth: Tensor
    cloth_shade: Tensor
    hat: Tensor
    hat_shade: Tensor
    ground: Tensor
    ground_far: Tensor

    @classmethod
    def of(cls, p: FaceParameters) -> Colours:
        """The colours of faces whose parameters are [B, 1, 1]."""
        skin = _along(SKIN, p.skin)
        skin = mix(skin, rgb("#dcc3ad"), 0.22 * p.age * (1 - 0.8 * p.skin))
        shade = skin * rgb("#d2998a")
        hair = mix(_along(HAIR, p.melanin), rgb(COPPER), 0.75 * p.red * (1 - 0.6 * p.melanin))
        hair = mix(hair, rgb(SILVER), 0.94 * p.grey)
        bare_lip = mix(skin * rgb("#e09088"), rgb("#c4625e"), 0.25)
        cloth = _wheel(p.cloth_hue, 0.42, 0.34 + 0.5 * p.cloth_light)
        hat = _wheel(p.hat_hue, 0.55, 0.62)
        ground = _wheel(p.ground_hue, 0.24, 0.55 + 0.38 * p.ground_light)
        return cls(
            skin=skin,
            shade=shade,
            glint=mix(skin, rgb("#fff4e2"), 0.42),
            line=shade * rgb("#b08078"),
            rose=mix(skin, rgb("#e8484a"), 0.46),
            lip=mix(bare_lip, rgb("#c2203c"), 0.8 * p.lipstick),
            hair=hair,
            hair_shade=hair * rgb("#8a7680"),
            hair_glint=mix(hair, rgb("#fff0d2"), 0.34),
            brow=mix(hair * rgb("#8f7c74"), skin, 0.10),
            iris=_along(IRIS, p.eye_tone),
            frame=_along(FRAME, p.glasses_tone),
            cloth=cloth,
            cloth_shade=cloth * rgb("#a89cb4"),
            hat=hat,
            hat_shade=hat * rgb("#a89cb4"),
            ground=ground,
            ground_far=mix(ground, rgb("#ffffff"), 0.42),
        )


def rgb(code: str) -> Tensor:
    """A colour [1, 3, 1, 1] from `#rrggbb`."""
    return torch.tensor([int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]).view(1, 3, 1, 1)


def mix(a: Tensor, b: Tensor, weight: Tensor | float) -> Tensor:
    """From `a` (0) to `b` (1); a weight is a number or [B, 1, 1]."""
    if isinstance(weight, Tensor):
        weight = weight.unsqueeze(1)
    return a + (b - a) * weight


def _along(palette: tuple[str, ...], position_B11: Tensor) -> Tensor:
    """The colours at positions from 0 to 1 along a palette."""
    stops = torch.cat([rgb(code) for code in palette])
    place = position_B11.flatten().clamp(0, 1) * (len(palette) - 1)
    first = place.floor().clamp(max=len(palette) - 2).long()
    return torch.lerp(stops[first], stops[first + 1], (place - first).view(-1, 1, 1, 1))


def _wheel(hue_B11: Tensor, saturation: float, value: Tensor | float) -> Tensor:
    """Soft colours around the wheel: a cosine for each channel."""
    phase = torch.tensor([0.0, 1 / 3, 2 / 3]).view(1, 3, 1, 1)
    wave = torch.cos(2 * torch.pi * (hue_B11.unsqueeze(1) - phase))
    level = value.unsqueeze(1) if isinstance(value, Tensor) else value
    return (level * (1 - saturation * (0.5 - 0.5 * wave))).clamp(0, 1)
