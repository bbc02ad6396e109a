"""Who is drawn: parameters with the correlations that people have, none of them total."""

from __future__ import annotations

import torch
from torch import Tensor

from models.data.faces.parameters import FaceParameters

__all__ = ["draw_people"]


class _Dice:
    """Draws of N people from one seed."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self._generator = torch.Generator().manual_seed(seed)

    def between(self, low: float | Tensor = 0.0, high: float | Tensor = 1.0) -> Tensor:
        """Uniform draws."""
        return low + (high - low) * torch.rand(self.count, generator=self._generator)

    def around(self, mean: float | Tensor, spread: float, low: float, high: float) -> Tensor:
        """Gaussian draws, clipped."""
        noise = torch.randn(self.count, generator=self._generator)
        return (mean + spread * noise).clamp(low, high)

    def chance(self, probability: float | Tensor) -> Tensor:
        """True with a probability."""
        return torch.rand(self.count, generator=self._generator) < probability


def draw_people(count: int, seed: int = 0) -> FaceParameters:
    """Draw people.

    Near the borders of an attribute there are few: nobody has half a smile or half a pair of
    glasses, so that each attribute can be told from the picture.

    Args:
        count: How many.
        seed: The same seed draws the same people.
    """
    dice = _Dice(count, seed)
    where, zero = torch.where, torch.zeros(count)
    man = dice.chance(0.48)
    old = dice.chance(where(man, 0.44, 0.36))
    masculine = where(man, dice.between(0.72, 1.0), dice.between(0.0, 0.24))
    age = where(old, dice.between(0.58, 1.0), dice.between(0.0, 0.36))
    skin = where(dice.chance(0.22), dice.between(0.0, 0.09), dice.between(0.17, 1.0) ** 1.3)
    hair = _hair(dice, man, old, age, skin)
    smiling = dice.chance(where(man, 0.44, 0.56))
    smile = where(smiling, dice.between(0.5, 1.0), dice.between(-0.3, 0.05))
    talking = dice.chance(where(smiling, 0.66, 0.24))
    mouth_open = where(talking, dice.between(0.4, 1.0), dice.between(0.0, 0.04))
    glasses = dice.chance(where(old, 0.42, 0.24)).float()
    lipstick = ~man & dice.chance(where(old, 0.5, 0.42))
    bearded = man & dice.chance(0.36)
    goateed = man & ~bearded & dice.chance(0.14)
    mustached = (bearded & dice.chance(0.6)) | (goateed & dice.chance(0.6))
    mustached |= man & ~bearded & ~goateed & dice.chance(where(old, 0.22, 0.08))
    hat = dice.chance(0.09)
    rosy = dice.chance(where(man, 0.12, 0.30))
    bushy = dice.chance(where(man, 0.36, 0.12))
    wide_eyed = dice.chance(where(old, 0.7, 0.88))
    return FaceParameters(
        masculine=masculine,
        age=age,
        width=dice.around(0.0, 0.5, -1, 1),
        jaw=dice.around(where(man, 0.2, -0.2), 0.5, -1, 1),
        skin=skin,
        blush=where(rosy, dice.between(0.7, 1.0), dice.between(0.0, 0.2)),
        **hair,
        brow=where(bushy, dice.between(0.7, 1.0), dice.between(0.0, 0.45)),
        brow_lift=dice.around(0.1 + 0.15 * smiling, 0.35, -0.8, 1),
        eye_size=dice.around(where(man, -0.15, 0.25), 0.5, -1, 1),
        eye_open=where(wide_eyed, dice.between(0.6, 1.0), dice.between(0.1, 0.32)),
        eye_tone=(dice.between() ** (0.35 + 0.65 * (1 - skin)) + 0.3 * (skin > 0.5)).clamp(0, 1),
        gaze=dice.around(0.0, 0.35, -1, 1),
        nose=where(dice.chance(0.2 + 0.15 * man), dice.between(0.6, 1.0), dice.between(-1.0, 0.25)),
        smile=smile,
        mouth_open=mouth_open,
        lips=dice.around(where(man, -0.1, 0.1) + 0.4 * (skin - 0.4), 0.45, -1, 1),
        lipstick=where(lipstick, dice.between(0.6, 1.0), zero),
        beard=where(bearded, dice.between(0.45, 1.0), zero),
        goatee=where(goateed, dice.between(0.8, 1.0), zero),
        mustache=where(mustached, dice.between(0.8, 1.0), zero),
        glasses=glasses,
        glasses_round=dice.between(),
        glasses_tone=where(dice.chance(0.6), dice.between(0.0, 0.15), dice.between(0.4, 1.0)),
        earrings=(dice.chance(where(man, 0.05, 0.5))).float(),
        hat=hat.float(),
        hat_brim=where(dice.chance(0.65), zero, dice.between(0.8, 1.0)),
        hat_hue=dice.between(),
        cloth_hue=dice.between(),
        cloth_light=dice.between(),
        ground_hue=dice.between(),
        ground_light=dice.between(0.35, 1.0),
        turn=dice.around(0.0, 0.36, -1, 1),
        nod=dice.around(0.0, 0.22, -0.7, 0.7),
        tilt=dice.around(0.0, 0.04, -0.1, 0.1),
        light=where(dice.chance(0.5), -1.0, 1.0) * dice.between(0.25, 1.0),
        shine=dice.between(),
    )


def _hair(dice: _Dice, man: Tensor, old: Tensor, age: Tensor, skin: Tensor) -> dict[str, Tensor]:
    where, zero = torch.where, torch.zeros(dice.count)
    blond = dice.chance((0.42 - 0.55 * skin).clamp(min=0.02))
    brown = ~blond & dice.chance((0.68 - 0.5 * skin).clamp(min=0.15))
    melanin = where(brown, dice.between(0.40, 0.62), dice.between(0.86, 1.0))
    melanin = where(blond, dice.between(0.0, 0.2), melanin)
    red = where(dice.chance(0.12 * (skin < 0.35)), dice.between(0.7, 1.0), dice.between(0.0, 0.2))
    greyed = old & dice.chance(0.30 + 0.95 * (age - 0.58))
    grey = where(greyed, dice.between(0.75, 1.0), dice.between(0.08, 0.38) * old)
    bald = man & dice.chance(where(old, 0.26, 0.06))
    receding = ~bald & dice.chance(where(man, 0.10 + 0.28 * old, 0.02))
    baldness = where(receding, dice.between(0.36, 0.5), dice.between(0.0, 0.14))
    crowned = where(dice.chance(0.45), dice.between(0.95, 1.0), dice.between(1.06, 1.2))
    baldness = where(bald, crowned, baldness)
    long = dice.chance(where(man, 0.10, 0.72)) & ~bald
    length = where(long, dice.between(0.42, 1.0), dice.between(0.0, 0.12))
    fringed = dice.chance(where(man, 0.16, 0.34)) & ~bald & ~receding
    wavy = dice.chance(where(man, 0.22, 0.38))
    return {
        "melanin": melanin,
        "red": red,
        "grey": grey,
        "length": length,
        "volume": dice.between(0.1, 1.0) * where(bald, 0.1, 1.0),
        "curl": where(wavy, dice.between(0.6, 1.0), dice.between(0.0, 0.15)),
        "parting": dice.between(-1.0, 1.0),
        "sweep": where(dice.chance(where(man, 0.3, 0.7)), dice.between(0.5, 1.0), zero),
        "bangs": where(fringed, dice.between(0.72, 1.0), dice.between(0.0, 0.15)),
        "baldness": baldness,
    }
