"""What a drawn face says: eyes, brows, nose, mouth, the lines of age, a beard and glasses."""

from __future__ import annotations

import torch
from torch import Tensor

from models.data.faces.canvas import arc, capsule, disc, ellipse, glow, join, meet, rounded_box
from models.data.faces.colours import mix, rgb
from models.data.faces.head import Sitter

__all__ = [
    "paint_beard",
    "paint_brows",
    "paint_eyes",
    "paint_glasses",
    "paint_lines",
    "paint_mouth",
    "paint_nose",
]

EYE_X, EYE_Y = 0.198, -0.02
MOUTH_Y = 0.365


def paint_eyes(s: Sitter) -> None:
    """Almonds with iris, pupil, a spark of light, lids and lashes."""
    p, c = s.p, s.c
    for side in (-1, 1):
        part = s.head.window(-0.6 if side < 0 else -0.2, -0.3, 0.2 if side < 0 else 0.6, 0.25)
        x, y = s.at(part, EYE_X * side, EYE_Y, 0.9)
        part.lay(c.shade, glow(x, y + 0.02, 0.155, 0.10) * (0.30 + 0.2 * p.age))
        rx = (0.108 + 0.013 * p.eye_size) * (1 - 0.13 * side * p.turn)
        aperture = (0.42 + 0.58 * p.eye_open) * (1 - 0.16 * p.age)
        above = (0.082 + 0.012 * p.eye_size) * aperture
        # A smile that is meant lifts the lower lid.
        below = (0.056 + 0.008 * p.eye_size) * aperture * (1 - 0.55 * p.smile.clamp(min=0))
        slant = 0.012 * side * (1 - p.masculine) - 0.012 * side * p.age
        u = x / rx
        bend = (1 - u * u).clamp(min=-1)
        centre = y + slant * u
        almond = meet(-above * bend - centre, centre - below * bend, 0.012)
        inside = part.cover(almond)
        white = mix(rgb("#fbf9f6"), rgb("#c9c3c6"), part.cover(centre + 0.55 * above, 0.06) * 0.7)
        part.lay(white, inside)
        ix, iy = x - 0.026 * p.gaze - 0.010 * p.turn, y + 0.010
        radius = 0.072 + 0.006 * p.eye_size
        iris = mix(c.iris * 0.62, c.iris, (0.5 + 7 * iy).clamp(0, 1))
        part.lay(c.iris * 0.38, inside * part.cover(disc(ix, iy, radius)))
        part.lay(iris, inside * part.cover(disc(ix, iy, radius - 0.014), 0.01))
        part.lay(rgb("#15110f"), inside * part.cover(disc(ix, iy, 0.034)))
        spark = disc(ix - 0.024 * p.light, iy + 0.026, 0.0185)
        part.lay(rgb("#ffffff"), inside * part.cover(spark))
        lash = arc(x, y + above, rx * 1.06, -above * 1.06, 0.021 - 0.006 * p.masculine, slant)
        part.fill(rgb("#2b1d1a"), lash, 0.92)
        flick = capsule(x - side * rx * 0.92, y + 0.1 * above, side * 0.038, -0.034, 0.008)
        part.fill(rgb("#2b1d1a"), flick, (1 - 1.6 * p.masculine).clamp(0, 1))
        crease = arc(x, y + above + 0.034, rx * 0.92, -above * 0.72, 0.010, slant)
        part.fill(c.line, crease, 0.55)
        rim = arc(x, y - below, rx * 0.8, below * 0.8, 0.008, slant)
        part.fill(c.line, rim, 0.45)


def paint_brows(s: Sitter) -> None:
    """Brush strokes that arch, lift and frown."""
    p, c = s.p, s.c
    thickness = 0.012 + 0.034 * p.brow + 0.012 * p.masculine
    for side in (-1, 1):
        part = s.head.window(-0.6 if side < 0 else -0.2, -0.5, 0.2 if side < 0 else 0.6, 0.1)
        lift = 0.045 * p.brow_lift + 0.012 * p.smile - 0.012 * p.masculine
        x, y = s.at(part, (EYE_X + 0.008) * side, EYE_Y - 0.168, 0.95)
        arch = -0.034 + 0.012 * p.masculine
        slant = side * (-0.004 - 0.028 * p.brow_lift * (p.brow_lift < 0))
        stroke = arc(x, y + lift, 0.142 * (1 - 0.12 * side * p.turn), arch, thickness, slant)
        part.fill(c.brow, stroke, 0.94 - 0.25 * p.grey)


def paint_nose(s: Sitter) -> None:
    """A ridge with one side in shadow, a bright tip and two nostrils."""
    p, c = s.p, s.c
    part = s.head.window(-0.45, -0.25, 0.45, 0.4)
    large = 1 + 0.28 * p.nose + 0.1 * p.masculine + 0.08 * p.age
    x, y = s.at(part, 0.0, 0.175, 1.2)
    away = torch.where(p.light > 0, -1.0, 1.0) * (0.3 + 0.7 * p.light.abs())
    ridge = glow(x - 0.055 * large * away, y + 0.07, 0.04, 0.15)
    part.lay(c.shade, ridge * 0.55 * away.abs())
    part.lay(c.glint, glow(x + 0.01 * away, y + 0.12, 0.026, 0.13) * 0.45)
    wings = join(
        disc(x.abs() - 0.052 * large, y - 0.012, 0.03 * large), disc(x, y, 0.05 * large), 0.05
    )
    part.lay(c.shade, part.cover(wings, 0.05) * 0.34)
    part.lay(c.rose, glow(x, y, 0.07, 0.06) * (0.14 + 0.25 * p.blush))
    base = arc(x, y - 0.052 * large, 0.082 * large, 0.020 * large, 0.017)
    part.fill(c.line, base, 0.72)
    holes = ellipse(x.abs() - 0.036 * large, y - 0.046 * large, 0.020 * large, 0.010)
    part.fill(c.line * 0.55, holes, 0.6)
    part.lay(c.glint, glow(x - 0.018 * p.light, y + 0.012, 0.028, 0.024) * (0.45 + 0.4 * p.shine))


def paint_mouth(s: Sitter) -> None:
    """Lips that curve, and teeth between them where they part."""
    p, c = s.p, s.c
    part = s.head.window(-0.5, 0.1, 0.5, 0.7)
    x, y = s.at(part, 0.0, MOUTH_Y, 1.05)
    curve = p.smile + 0.07
    half = (0.165 + 0.050 * p.smile) * (1 - 0.06 * p.turn.abs())
    u = (x / half).clamp(-1.6, 1.6)
    bend = 1 - u * u
    line = y + 0.030 * p.smile + 0.106 * curve * (u * u - 0.42)
    gap = 0.098 * p.mouth_open
    full = (1 + 0.32 * p.lips) * (1 - 0.28 * p.age) * (1 - 0.22 * p.masculine)
    bow = 1 - 0.30 * torch.exp(-(u / 0.24).square())
    top = 0.038 * full * bend * bow
    bottom = 0.052 * full * bend
    upper = -0.25 * gap * bend
    lower = 0.75 * gap * bend
    outline = meet(upper - top - line, line - lower - bottom, 0.01)
    part.lay(c.shade, glow(x, y - 0.115 - gap, 0.10, 0.036) * 0.5)
    lips = part.cover(outline + 0.004)
    lit = mix(c.lip, c.lip * 0.80, (0.5 - 14 * line).clamp(0, 1) * 0.8)
    part.lay(lit, lips)
    sheen = glow(x + 0.02 * p.light, line - lower - 0.5 * bottom, 0.06, 0.016)
    part.lay(rgb("#fff2ee"), lips * sheen * (0.22 + 0.4 * p.lipstick))
    inner = meet(upper - line, line - lower, 0.004)
    opened = part.cover(inner) * (p.mouth_open * 6).clamp(0, 1)
    part.lay(rgb("#5a1820"), opened)
    tongue = ellipse(x, line - 0.75 * gap, 0.085, 0.03)
    part.lay(rgb("#c2545c"), opened * part.cover(tongue, 0.02) * 0.8)
    teeth = line - (-0.25 + 0.62 * p.smile.clamp(min=0)) * gap * bend
    part.lay(rgb("#fdfaf5"), opened * part.cover(teeth) * (2.5 * p.smile).clamp(0, 1))
    closed = arc(x, y + 0.030 * p.smile - 0.42 * 0.106 * curve, half * 1.02, 0.106 * curve, 0.011)
    part.fill(c.lip * 0.45, closed, (1 - p.mouth_open * 5).clamp(0, 1) * 0.9)
    for side in (-1, 1):
        corner = disc(x - side * half, line, 0.020)
        part.lay(c.line, part.cover(corner, 0.03) * (0.25 + 0.4 * p.smile.clamp(min=0)))


def paint_lines(s: Sitter) -> None:
    """What years leave: folds beside the mouth, bags and crow's feet, lines across the forehead."""
    p, c = s.p, s.c
    old = 0.65 * ((p.age - 0.36) * 4).clamp(0, 1) + 0.45 * ((p.age - 0.36) * 1.6).clamp(0, 1)
    smile = p.smile.clamp(min=0)
    for side in (-1, 1):
        cheek = s.head.window(-0.6 if side < 0 else -0.15, 0.05, 0.15 if side < 0 else 0.6, 0.55)
        x, y = s.at(cheek, 0.145 * side, 0.20, 1.05)
        fold = capsule(x, y, side * (0.062 + 0.035 * smile), 0.155 - 0.02 * smile, 0.009)
        hollow = glow(x - 0.115 * side, y - 0.10, 0.075, 0.12)
        cheek.lay(c.shade, hollow * cheek.cover(cheek.within(s.skull), 0.04) * (0.62 * old))
        cheek.lay(c.line, cheek.cover(fold, 0.012) * (0.6 * old + 0.16 * smile))
        eye = s.head.window(-0.7 if side < 0 else -0.15, -0.2, 0.15 if side < 0 else 0.7, 0.25)
        x, y = s.at(eye, EYE_X * side, EYE_Y + 0.098, 0.95)
        eye.lay(c.shade, glow(x, y - 0.005, 0.10, 0.04) * (0.5 * old))
        ink = eye.cover(arc(x, y, 0.10, 0.030, 0.012), 0.008) * (0.64 * old)
        x, y = s.at(eye, (EYE_X + 0.135) * side, EYE_Y, 0.85)
        for up in (-0.035, 0.012, 0.055):
            foot = capsule(x, y - 0.3 * up, side * 0.055, up, 0.005)
            ink = torch.maximum(ink, eye.cover(foot, 0.006) * (0.5 * old))
        eye.lay(c.line, ink)
    forehead = s.head.window(-0.5, -0.65, 0.5, -0.15)
    for height, reach in ((-0.31, 0.23), (-0.375, 0.25), (-0.44, 0.20)):
        x, y = s.at(forehead, 0.0, height, 0.9)
        crease = forehead.cover(arc(x, y, reach, -0.018, 0.009), 0.006)
        forehead.lay(c.line, crease * (0.55 * old))


def paint_beard(s: Sitter) -> None:
    """Full beard, goatee and moustache, in the colour of the hair."""
    p, c = s.p, s.c
    part = s.head.window(-0.75, -0.15, 0.75, 0.85)
    skull = part.within(s.skull)
    x, y = s.at(part, 0.0, 0.0, 1.0)
    open_face = join(ellipse(x, y - 0.05, 0.37, 0.265), ellipse(x, y + 0.1, 0.44, 0.22), 0.05)
    around = ellipse(x, y - MOUTH_Y, 0.135 + 0.045 * p.smile, 0.05 + 0.06 * p.mouth_open)
    tuft = 0.03 + 0.045 * p.beard * ((y - 0.1) * 2.2).clamp(0, 1)
    inner = part.cover(meet(-open_face, -around, 0.03), 0.035) * part.cover(-0.02 - y, 0.09)
    shading = (0.55 + 0.5 * x * p.light - 0.35 * (y - 0.45)).clamp(0, 1)
    hair = mix(c.hair_shade, c.hair, shading)
    # Stubble lets the skin shine through; a full beard does not.
    opacity = (p.beard * 1.25).clamp(0, 1) ** 1.5 * 0.97
    bristle = 0.005 * torch.sin(60 * torch.atan2(x, y - 0.1))
    part.lay(hair, inner * part.cover(skull - tuft - bristle * p.beard, 0.008) * opacity)
    # Cheeks that were shaved this morning.
    part.lay(c.brow, inner * part.cover(skull, 0.02) * 0.13 * p.masculine * (1 - p.beard))
    chin = meet(ellipse(x, y - 0.545, 0.135, 0.115), skull - 0.05, 0.03)
    chin = meet(chin, -around, 0.03)
    part.lay(hair, part.cover(chin, 0.02) * p.goatee * 0.96)
    wing = torch.zeros_like(skull) + 1
    for side in (-1, 1):
        stroke = capsule(
            x - side * 0.018,
            y - MOUTH_Y + 0.072 + 0.02 * p.smile,
            side * (0.125 + 0.03 * p.smile),
            0.035 - 0.05 * p.smile,
            0.027,
        )
        wing = torch.minimum(wing, stroke)
    part.lay(mix(c.hair_shade, c.hair, 0.75), part.cover(wing, 0.014) * p.mustache * 0.97)


def paint_glasses(s: Sitter) -> None:
    """Two lenses with a glint, a bridge, and temples to the ears."""
    p, c = s.p, s.c
    part = s.head.window(-0.8, -0.35, 0.8, 0.3)
    rx, ry = 0.168 - 0.012 * p.glasses_round, 0.106 + 0.034 * p.glasses_round
    corner = 0.05 + 0.095 * p.glasses_round
    frame: Tensor | None = None
    for side in (-1, 1):
        x, y = s.at(part, (EYE_X + 0.004) * side, EYE_Y + 0.012, 1.1)
        lens = rounded_box(x, y, rx * (1 - 0.06 * side * p.turn), ry, corner)
        part.fill(rgb("#eaf3f7"), lens, 0.13 * p.glasses)
        streak = (x + 0.8 * y + 0.05).abs() - 0.022
        part.fill(rgb("#ffffff"), torch.maximum(lens + 0.02, streak), 0.30 * p.glasses)
        ring = lens.abs() - 0.0165
        temple = capsule(x - side * rx, y + 0.03, side * 0.075 - 0.06 * p.turn, -0.01, 0.014)
        ring = torch.minimum(ring, temple)
        frame = ring if frame is None else torch.minimum(frame, ring)
    x, y = s.at(part, 0.0, EYE_Y - 0.01, 1.15)
    bridge = arc(x, y, 0.05, -0.012, 0.022)
    assert frame is not None
    part.fill(c.frame, torch.minimum(frame, bridge), p.glasses)
