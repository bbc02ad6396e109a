"""Pictures that follow each other, as a film.

Shapes: T pictures, C channels, H height, W width.
"""

from __future__ import annotations

import io

from PIL import Image
from torch import Tensor

from models.figures.sheet import as_image

__all__ = ["moving"]

MOST_FRAMES = 120


def moving(pictures: Tensor, *, fps: int = 12, side: int = 280) -> bytes:
    """Return pictures uint8 [T, C, H, W] as an endless GIF that goes there and back.

    Args:
        pictures: At least two, at most 120.
        fps: Pictures a second, 1 to 50.
        side: Least length of the longer side in pixels.

    Raises:
        ValueError: They are too few or too many, or `fps` is out of range.
    """
    if not 2 <= len(pictures) <= MOST_FRAMES or not 1 <= fps <= 50:
        raise ValueError(
            f"A film has 2 to {MOST_FRAMES} pictures and 1 to 50 a second, not {len(pictures)} "
            f"and {fps}."
        )
    scale = max(1, -(-side // max(pictures.shape[2:])))
    frames = [_frame(picture, scale) for picture in pictures]
    if frames[0].mode == "RGB":
        # One palette for all: finding one a frame takes 30 times as long, and colours would jump.
        every = as_image(pictures.transpose(0, 1).flatten(1, 2))
        palette = every.quantize(256)
        frames = [frame.quantize(palette=palette) for frame in frames]
    frames += frames[-2:0:-1]
    content = io.BytesIO()
    frames[0].save(
        content,
        format="GIF",
        save_all=True,
        append_images=frames[1:],
        duration=round(1000 / fps),
        loop=0,
        disposal=1,
    )
    return content.getvalue()


def _frame(picture: Tensor, scale: int) -> Image.Image:
    image = as_image(picture)
    return image.resize((image.width * scale, image.height * scale), Image.Resampling.BICUBIC)
