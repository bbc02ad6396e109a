"""What can be said of a drawn face, read off the numbers it is drawn from.

The names are CelebA's where it has them: Deep Learning Face Attributes in the Wild (Liu et al.,
2015), arXiv 1411.7766.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.data.faces.parameters import FaceParameters

__all__ = ["ATTRIBUTES", "face_attributes"]

ATTRIBUTES = (
    "Bald",
    "Bangs",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Long_Hair",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Pale_Skin",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Smiling",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Young",
)
"""CelebA's names, and Long_Hair"""


def face_attributes(p: FaceParameters) -> Tensor:
    """Return what holds for faces: int8 [N, A], 1, 0, or -1 for what a hat or hair hides."""
    hatted, bald = p.hat > 0.5, p.baldness > 0.75
    natural = ~bald & (p.grey < 0.5) & (p.red < 0.5)
    beardless = (p.beard < 0.2) & (p.goatee < 0.5)
    told = {
        "Bald": _unless(hatted, bald),
        "Bangs": _unless(hatted, (p.bangs > 0.45) & ~bald),
        "Big_Nose": p.nose > 0.42,
        "Black_Hair": natural & (p.melanin > 0.75),
        "Blond_Hair": natural & (p.melanin < 0.3),
        "Brown_Hair": natural & (p.melanin >= 0.3) & (p.melanin <= 0.75),
        "Bushy_Eyebrows": p.brow > 0.57,
        "Eyeglasses": p.glasses > 0.5,
        "Goatee": p.goatee > 0.5,
        "Gray_Hair": ~bald & (p.grey >= 0.5),
        "Long_Hair": p.length > 0.27,
        "Male": p.masculine > 0.5,
        "Mouth_Slightly_Open": p.mouth_open > 0.2,
        "Mustache": p.mustache > 0.5,
        "Narrow_Eyes": p.eye_open < 0.45,
        "No_Beard": beardless & (p.mustache < 0.5),
        "Pale_Skin": p.skin < 0.13,
        "Receding_Hairline": _unless(hatted, p.baldness > 0.25),
        "Rosy_Cheeks": p.blush > 0.5,
        "Smiling": p.smile > 0.3,
        "Wavy_Hair": (p.curl > 0.4) & ~bald,
        "Wearing_Earrings": _unless(p.length > 0.27, p.earrings > 0.5),
        "Wearing_Hat": hatted,
        "Wearing_Lipstick": p.lipstick > 0.3,
        "Young": p.age < 0.47,
    }
    return torch.stack([told[name].to(torch.int8) for name in ATTRIBUTES], dim=1)


def _unless(hidden: Tensor, holds: Tensor) -> Tensor:
    return torch.where(hidden, -1, holds.to(torch.int8))
