"""Everything of a drawn face but its features and hair: ground, shoulders, neck, ears, head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.data.faces.canvas import Canvas, capsule, disc, ellipse, glow, join, rotated
from models.data.faces.colours import Colours, mix, rgb
from models.data.faces.parameters import FaceParameters

__all__ = ["Sitter", "paint_ears", "paint_ground", "paint_head", "paint_neck"]


@dataclass(frozen=True, slots=True, eq=False)
class Sitter:
    """B faces that are being painted."""

    p: FaceParameters
    """Every field [B, 1, 1]"""
    c: Colours
    canvas: Canvas
    """In the frame of the picture"""
    head: Canvas
    """The same paint in the frame of the head, which tilts"""
    skull: Tensor
    """Distance to the head's outline, [B, H, W]"""

    @classmethod
    def seat(cls, p: FaceParameters, canvas: Canvas) -> Sitter:
        """Give faces a canvas."""
        x, y = rotated(canvas.x, canvas.y, p.tilt, 0.7)
        head = canvas.moved(x - 0.03 * p.turn, y)
        return cls(p, Colours.of(p), canvas, head, _outline(p, head))

    def at(self, canvas: Canvas, x: float, y: float, depth: float = 1.0) -> tuple[Tensor, Tensor]:
        """Coordinates around a point of the face that moves as the head turns and nods.

        Args:
            canvas: A part of `head`.
            x: The point on a face seen from the front.
            y: The same.
            depth: How far before the axis that the head turns about, 1 for the surface.
        """
        p = self.p
        return canvas.x - x - 0.105 * depth * p.turn, canvas.y - y - 0.045 * depth * p.nod


def _outline(p: FaceParameters, head: Canvas) -> Tensor:
    wide = 0.475 + 0.025 * p.width + 0.012 * p.masculine
    cranium = ellipse(head.x, head.y + 0.16, wide, 0.5)
    jaw = 0.315 + 0.045 * p.jaw + 0.065 * p.masculine + 0.02 * p.width + 0.035 * p.age
    chin = ellipse(head.x - 0.05 * p.turn, head.y - 0.20 - 0.015 * p.nod, jaw, 0.395)
    # A jaw squares a man's chin without broadening his cheeks.
    corner = 0.185 + 0.045 * p.jaw + 0.075 * p.masculine
    square = ellipse(head.x - 0.06 * p.turn, head.y - 0.40 - 0.02 * p.nod, corner, 0.2)
    return join(join(cranium, chin, 0.14), square, 0.08)


def paint_ground(s: Sitter) -> None:
    """A wall in two soft tones with light on it."""
    canvas, p = s.canvas, s.p
    bright = glow(canvas.x - 0.7 * p.light, canvas.y + 0.35, 1.15, 1.15)
    canvas.lay(s.c.ground, torch.ones_like(s.skull))
    canvas.lay(s.c.ground_far, bright * 0.85)


def paint_neck(s: Sitter) -> None:
    """Shoulders in their cloth, the neck, and the shadow of the chin on it."""
    p, c = s.p, s.c
    low = s.canvas.window(-1, 0.3, 1, 1)
    skull = low.within(s.skull)
    x, y = low.x - 0.02 * p.turn, low.y
    broad = 0.74 + 0.12 * p.masculine
    shoulders = ellipse(x, y - 1.09, broad, 0.40)
    thick = 0.172 + 0.08 * p.masculine + 0.02 * p.width
    neck = capsule(x, y - 0.35, 0.0, 0.45, thick)
    slope = ellipse(x, y - 0.86, 0.42 + 0.06 * p.masculine, 0.17)
    side = (0.5 - 0.9 * x * p.light).clamp(0, 1)
    cloth = mix(c.cloth_shade, c.cloth, 0.35 + 0.65 * side)
    skin = mix(c.shade, c.skin, 0.25 + 0.5 * side)
    low.fill(cloth, join(shoulders, slope, 0.1))
    bust = join(neck, ellipse(x, y - 0.73, 0.225 + 0.03 * p.masculine, 0.16), 0.06)
    low.fill(skin, bust)
    low.fill(c.cloth_shade, (bust - 0.004).abs() - 0.014, (y > 0.73).float() * 0.6)
    beneath = low.cover(skull, 0.13) * low.cover(bust)
    low.lay(c.line, beneath * 0.55)


def paint_ears(s: Sitter) -> None:
    """Both ears; the farther one hides as the head turns away from it."""
    p, c = s.p, s.c
    for side in (-1, 1):
        left, right = (-0.75, -0.25) if side < 0 else (0.25, 0.75)
        part = s.head.window(left, -0.35, right, 0.45)
        wide = 0.475 + 0.025 * p.width + 0.012 * p.masculine
        x = part.x - side * wide + 0.055 * p.turn
        y = part.y - 0.02 - 0.02 * p.nod - 0.02 * p.age
        rx = 0.07 * (1 - 0.35 * side * p.turn)
        ry = 0.125 + 0.015 * p.age
        part.fill(mix(c.skin, c.shade, 0.35), ellipse(x, y, rx, ry))
        part.fill(c.line, ellipse(x - 0.006 * side, y, rx * 0.5, ry * 0.6), 0.35)
        gold = disc(x - 0.012 * side, y - ry - 0.025, 0.034)
        part.fill(rgb("#e8b84a"), gold, p.earrings)
        part.fill(rgb("#fff3c8"), disc(x, y - ry - 0.015, 0.011), p.earrings)


def paint_head(s: Sitter) -> None:
    """The head as a dome under a light from one side, with rosy cheeks."""
    p, c = s.p, s.c
    x, y = s.at(s.head, 0.0, 0.0, 0.4)
    dome = 1 - (x / 0.56).square() - ((y + 0.02) / 0.74).square()
    facing = dome.clamp(min=0).sqrt()
    lit = 0.62 * facing + 0.36 * p.light * x / 0.56 - 0.16 * y / 0.74
    tone = (0.16 + lit).clamp(0, 1)
    skin = mix(c.shade, c.skin, (1.75 * tone).clamp(0, 1))
    skin = mix(skin, c.glint, ((tone - 0.6) * 1.5).clamp(0, 1) * (0.45 + 0.55 * p.shine))
    s.head.fill(skin, s.skull)
    for side in (-1, 1):
        part = s.head.window(-0.85, -0.15, 0.85, 0.5)
        u, v = s.at(part, 0.265 * side, 0.185, 0.9)
        spot = glow(u, v + 0.035 * p.smile, 0.15, 0.105)
        spot = spot * part.cover(part.within(s.skull) + 0.02, 0.04)
        part.lay(c.rose, spot * (0.05 + 0.88 * p.blush) * (1 - 0.3 * p.age))
        # A smile rounds the cheeks, and they catch the light.
        apple = glow(u - 0.01 * side, v + 0.055, 0.085, 0.055) * p.smile.clamp(min=0)
        part.lay(c.glint, apple * (0.42 + 0.2 * p.shine))
