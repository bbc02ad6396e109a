"""Pictures between a page and a model: an uploaded file in, pixels as text out."""

from __future__ import annotations

import asyncio
import base64
from typing import Literal

from fastapi import Request
from torch import Tensor

from models.data.pictures import Box, PictureError, as_digit, as_square, read_picture
from studio.bodies import received_bytes

__all__ = ["MAX_UPLOAD_BYTES", "Fit", "encoded_pixels", "laid_picture", "received_picture"]

MAX_UPLOAD_BYTES = 10_000_000

Fit = Literal["digit", "square"]
"""How a picture is laid: centred by its mass as a digit, or its central square"""


async def received_picture(
    request: Request,
    shape: tuple[int, ...],
    fit: Fit,
    *,
    box: Box | None = None,
    still: bool = False,
) -> Tensor:
    """Return the picture in a request's body as a model takes it; nothing of it is kept.

    Args:
        request: Its body is a picture file.
        shape: C, H and W of the model's pictures.
        fit: How it is laid; a colour picture is always a square.
        box: Which square; the central one by default.
        still: Whether one that moves is refused.

    Returns:
        uint8 [C, H, W].

    Raises:
        PictureError: It cannot be used; the message says why.
    """
    too_long = f"The picture is larger than {MAX_UPLOAD_BYTES // 10**6} MB; make it smaller first."
    data = await received_bytes(request, MAX_UPLOAD_BYTES, PictureError(too_long))
    return await laid_picture(data, shape, fit, box=box, still=still)


async def laid_picture(
    data: bytes,
    shape: tuple[int, ...],
    fit: Fit,
    *,
    box: Box | None = None,
    still: bool = False,
) -> Tensor:
    """Return a picture file's content as a model takes it; arguments as for `received_picture`."""
    # Unpacking a large photo takes long enough to be seen in every live view.
    return await asyncio.to_thread(_laid, data, shape, fit, box, still)


def encoded_pixels(image: Tensor) -> str:
    """Return a uint8 picture [C, H, W] as base64 of its bytes [H, W, C]."""
    return base64.b64encode(image.permute(1, 2, 0).contiguous().numpy().tobytes()).decode()


def _laid(data: bytes, shape: tuple[int, ...], fit: Fit, box: Box | None, still: bool) -> Tensor:
    channels, height, width = shape
    picture = read_picture(data, max_bytes=MAX_UPLOAD_BYTES, still=still)
    if height != width:
        raise PictureError(f"This model takes pictures of {width} x {height}; only squares fit.")
    if fit == "digit" and channels == 1:
        return as_digit(picture, width)
    return as_square(picture, width, channels, box)
