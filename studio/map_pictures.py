"""A small picture of where a model lays its examples, for models that decode no pictures."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from models.latent.atlas import Atlas
from models.palette import colour_of

__all__ = ["map_png"]

SIDE = 640
FINER = 2
"""It is drawn so much larger first, so that dots are round."""
MARGIN = 28
RADIUS = 6.0
MOST = 3000


def map_png(atlas: Atlas) -> bytes:
    """Return a PNG of the first two numbers of an atlas's codes, a dot each in its class's colour.

    Behind the dots it is clear, so that it fits a light page and a dark one.
    """
    codes = atlas.codes[:MOST].double().numpy()
    xy = np.c_[codes, np.zeros(len(codes))][:, :2]
    low, high = xy.min(0), xy.max(0)
    # One scale for both, or a line would look like a cloud.
    reach = max(float((high - low).max()), 1e-9)
    at = ((xy - (low + high) / 2) / reach * (SIDE - 2 * MARGIN) + SIDE / 2) * FINER
    picture = Image.new("RGBA", (SIDE * FINER, SIDE * FINER), (0, 0, 0, 0))
    pen, size = ImageDraw.Draw(picture), RADIUS * FINER
    for (x, y), label in zip(at.tolist(), atlas.labels[:MOST].tolist(), strict=True):
        y = SIDE * FINER - y
        pen.ellipse((x - size, y - size, x + size, y + size), fill=colour_of(label))
    buffer = io.BytesIO()
    picture.resize((SIDE, SIDE), Image.Resampling.BOX).save(buffer, "PNG")
    return buffer.getvalue()
