"""Hair and hats of a drawn face."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.data.faces.canvas import disc, ellipse, join, meet, rounded_box
from models.data.faces.colours import mix
from models.data.faces.head import Sitter

__all__ = ["Hair", "paint_hat"]


@dataclass(frozen=True, slots=True, eq=False)
class Hair:
    """The outlines of B heads of hair, [B, H, W] each."""

    mass: Tensor
    """Distance to all of it, as if there were no face"""
    opening: Tensor
    """Distance to what it leaves free of the face"""
    wave: Tensor
    """Strands, -1 to 1"""

    @classmethod
    def of(cls, s: Sitter) -> Hair:
        """Grow hair on heads."""
        p, head = s.p, s.head
        x, y = head.x, head.y
        flat = 1 - 0.75 * p.hat
        long = (p.length * 3).clamp(0, 1)
        full = (0.025 + 0.115 * p.volume + 0.05 * p.curl * p.volume) * flat
        wide = 0.485 + 0.025 * p.width + 0.012 * p.masculine + (0.22 + 0.4 * long) * full
        cap = ellipse(x, y + 0.17 + 0.3 * full * (1 - long), wide, 0.515 + full)
        fall = 0.12 + 0.80 * p.length
        sides = rounded_box(
            x, y + 0.17 - 0.5 * fall, wide - 0.012 + 0.05 * p.length, 0.5 * fall + 0.05, 0.17
        )
        mass = join(cap, sides + 0.4 * (1 - long), 0.10)
        angle = torch.atan2(x, -(y + 0.1))
        curl = torch.sin(13 * angle + 3 * p.parting) + 0.6 * torch.sin(23 * angle + 1.3)
        ripple = torch.sin(17 * y + 5 * x.sign() * p.parting)
        mass = mass + 0.017 * p.curl * (curl + ripple * long)
        # Short strands fan out from the crown, long ones run down beside the face.
        fan = torch.sin(19 * angle - 6 * p.parting)
        flow = torch.sin(58 * mass + 6 * p.curl * torch.sin(9 * y))
        wave = torch.lerp(fan * 0.45, flow, long * (y + 0.45).mul(3).clamp(0, 1))
        return cls(mass, cls._face(s, long), wave)

    @staticmethod
    def _face(s: Sitter, long: Tensor) -> Tensor:
        p = s.p
        x, y = s.at(s.head, 0.0, 0.0, 0.55)
        bare = ((p.baldness - 0.5) * 2).clamp(0, 1)
        rise = 0.445 + 0.15 * (p.baldness * 2).clamp(0, 1) + 0.5 * bare - 0.235 * p.bangs
        wide = (
            0.425
            + 0.02 * p.width
            + 0.02 * p.masculine
            + 0.06 * bare
            - 0.02 * long
            + 0.012 * (1 - long)
        )
        arch = ellipse(x, y - 0.12, wide, rise + 0.12)
        # Hair that falls to both sides of a parting leaves a tent; bangs a slanting line.
        steep = p.sweep * (1 - p.bangs) * (1 - bare)
        along = x - 0.26 * p.parting
        tent = -(y + rise + 0.02 + 0.01 * steep) + 0.78 * steep * (along * along + 0.002).sqrt()
        arch = meet(arch, tent * (1 - 0.3 * steep), 0.05)
        arch = meet(arch, -(y + rise) + 0.14 * p.bangs * p.parting * x, 0.10)
        arch = join(arch, y + 1.2 - 1.02 * bare, 0.08)
        throat = rounded_box(s.head.x, y - 0.75, 0.28 + 0.03 * p.masculine, 0.5, 0.2)
        return join(arch, throat, 0.12)

    def paint_behind(self, s: Sitter) -> None:
        """What falls behind the neck."""
        shown = ((s.p.length - 0.12) * 5).clamp(0, 1)
        s.head.fill(s.c.hair_shade * 0.82, self.mass + 0.02, shown * self._present(s))

    def paint_before(self, s: Sitter) -> None:
        """What frames the face, in strands, with the light on its crown."""
        p, c, head = s.p, s.c, s.head
        # Short hair ends above the ears; longer hair ends where its mass does.
        ends = -0.05 + 3.6 * (p.length - 0.06).clamp(min=0) + 0.08 * p.masculine
        cut = (head.y - ends) * 0.9
        shape = meet(meet(self.mass, -self.opening, 0.02), cut, 0.06)
        band = torch.exp(-((self.mass + 0.115 + 0.008 * self.wave) / 0.05).square())
        toward = (0.55 + 0.75 * p.light * head.x - 0.55 * (head.y + 0.35)).clamp(0, 1)
        near = torch.exp(-(self.opening / 0.07).clamp(min=0))
        tone = (0.62 + 0.42 * (toward - 0.5) + 0.075 * self.wave - 0.36 * near).clamp(0, 1)
        colour = mix(c.hair_shade, c.hair, tone)
        colour = mix(colour, c.hair_glint, band * toward * (0.45 + 0.4 * p.shine))
        shadow = meet(self.mass, -(self.opening + 0.035), 0.02)
        on_skin = head.cover(meet(shadow, cut - 0.02, 0.06), 0.05) * head.cover(s.skull)
        head.lay(c.shade, on_skin * 0.55 * self._present(s))
        head.fill(colour, shape, self._present(s))

    @staticmethod
    def _present(s: Sitter) -> Tensor:
        """A shaved head has none at all."""
        return ((1.06 - s.p.baldness) * 16).clamp(0, 1)


def paint_hat(s: Sitter) -> None:
    """A knitted cap with a bobble, or a hat with a brim."""
    p, c = s.p, s.c
    part = s.head.window(-1, -1, 1, 0.1)
    x, y = part.x - 0.03 * p.turn, part.y - 0.02 * p.nod
    wide = 0.52 + 0.025 * p.width
    edge = -0.335 + 0.10 * (x / wide).square()
    crown = meet(ellipse(x, y + 0.30, wide, 0.47 - 0.06 * p.hat_brim), y - edge, 0.02)
    rib = torch.cos(40 * torch.asin((x / (wide + 0.08)).clamp(-1, 1)))
    lit = (0.62 + 0.5 * p.light * x - 0.25 * (y + 0.5)).clamp(0, 1)
    knit = (1 - p.hat_brim).clamp(0, 1)
    cloth = mix(c.hat_shade, c.hat, (lit + 0.12 * rib * knit).clamp(0, 1))
    bobble = disc(x, y + 0.775, 0.11)
    part.fill(mix(c.hat, c.ground_far, 0.5), bobble, p.hat * (knit * 2 - 1).clamp(0, 1))
    part.fill(cloth, crown, p.hat)
    fold = (y - edge + 0.065).abs() - 0.075
    band = meet(fold, ellipse(x, y + 0.30, wide + 0.025, 0.5), 0.03)
    turned = mix(c.hat, c.ground_far, 0.25 + 0.12 * rib)
    part.fill(turned, band, p.hat * knit)
    ribbon = meet((y - edge + 0.055).abs() - 0.05, ellipse(x, y + 0.30, wide, 0.47), 0.01)
    part.fill(c.hat * 0.45, ribbon, p.hat * p.hat_brim)
    drop = y - edge - 0.03
    brim = ellipse(x, drop, 0.52 + 0.33 * p.hat_brim, 0.05 + 0.05 * p.hat_brim)
    part.fill(
        mix(c.hat_shade, c.hat, 0.3 + 0.7 * lit), brim, p.hat * (p.hat_brim * 2 - 0.5).clamp(0, 1)
    )
