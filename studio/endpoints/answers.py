"""What programs get: plain JSON, and pictures in it as addresses that hold a PNG.

Shapes: N pictures, H and W height and width, C channels.
"""

from __future__ import annotations

import base64
import io
from math import ceil, sqrt
from typing import Any

import numpy as np
import orjson
from PIL import Image

from studio.media import strip
from studio.run_shelf import to_bytes

__all__ = ["PNG", "as_sheet", "plain", "png_address", "shown"]

PNG = "data:image/png;base64,"
SHEET_SIDE = 512
"""Pixels to which a sheet of small pictures is enlarged"""


def plain(answer: object) -> Any:
    """Return an answer as every program can read it: no array, and no number that is none."""
    return orjson.loads(to_bytes(answer))


def png_address(data: bytes) -> str:
    """Return a PNG file as an address that holds it."""
    return PNG + base64.b64encode(data).decode()


def shown(images: np.ndarray) -> list[str]:
    """Return each of some pictures, uint8 [N, H, W, C]."""
    return [_png(image) for image in images]


def as_sheet(images: np.ndarray, columns: int | None = None) -> str:
    """Return pictures as one, row by row; uint8 [N, H, W, C].

    Args:
        images: The pictures.
        columns: Of them in a row; about as many as rows by default.
    """
    columns = columns or ceil(sqrt(len(images)))
    scale = max(1, SHEET_SIDE // (columns * images.shape[2]))
    grey = images.shape[-1] == 1
    return png_address(strip(images[..., 0] if grey else images, columns=columns, scale=scale))


def _png(image: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(buffer, "PNG")
    return png_address(buffer.getvalue())
