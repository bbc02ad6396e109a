"""One frame of a film: a picture, or a grid of pictures as the odyssey's view shows it.

Shapes: K pictures, H height, W width, C channels.
"""

from __future__ import annotations

from math import isqrt

import numpy as np
from PIL import Image

__all__ = ["COUNTS", "lay_out"]

COUNTS = (1, 9, 25, 49)
"""How many pictures a frame may show."""
SPACE = (2, 4, 10)
MARK = (125, 249, 255)
GAP = 0.012


def lay_out(pictures_KHWC: np.ndarray, side: int) -> np.ndarray:
    """Return a frame, uint8 [h, w] of one grey picture, [h, w, 3] of any other.

    Args:
        pictures_KHWC: uint8; a grid's pictures row by row from the top.
        side: Pixels of the frame's longer side; a grid may be a few less, for equal pictures.
    """
    across = isqrt(len(pictures_KHWC))
    if across == 1:
        return _enlarged(pictures_KHWC[0], side)
    gap = max(2, round(GAP * side))
    cells = [_enlarged(p, (side - gap * (across - 1)) // across) for p in pictures_KHWC]
    height, width = cells[0].shape[:2]
    sheet = np.empty(
        (across * (height + gap) - gap, across * (width + gap) - gap, 3), dtype=np.uint8
    )
    sheet[:] = SPACE
    places = [
        (row * (height + gap), column * (width + gap))
        for row in range(across)
        for column in range(across)
    ]
    top, left = places[len(places) // 2]
    line = min(gap, max(2, side // 200))
    sheet[top - line : top + height + line, left - line : left + width + line] = MARK
    for (top, left), cell in zip(places, cells, strict=True):
        coloured = cell if cell.ndim == 3 else cell[:, :, np.newaxis]
        sheet[top : top + height, left : left + width] = coloured
    return sheet


def _enlarged(picture_HWC: np.ndarray, side: int) -> np.ndarray:
    grey = picture_HWC.shape[2] == 1
    picture = Image.fromarray(picture_HWC[:, :, 0] if grey else picture_HWC)
    share = side / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC))
