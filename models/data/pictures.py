"""Pictures from strangers: bytes in, a small uint8 tensor or one clear sentence out.

Shapes: C channels, H height, W width.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

__all__ = ["Box", "PictureError", "as_digit", "as_square", "is_picture", "read_picture"]

_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_MOVING = ("GIF", "PNG", "WEBP")
_FIELD, _BOX = 28, 20
_INK = 0.2
_FAINTEST = 0.08
_WORKING_SIDE = 512

# What Pillow's readers raise on damaged files, beyond their own errors.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)


class Box(NamedTuple):
    """A square of a picture, in its pixels; parts of one count."""

    left: float
    top: float
    side: float


class PictureError(ValueError):
    """A picture cannot be used; the message is one sentence for the person who gave it."""


def is_picture(path: Path) -> bool:
    """Tell by its name whether a file is meant to be a picture."""
    return path.suffix.lower() in _SUFFIXES


def read_picture(
    data: bytes,
    *,
    max_pixels: int = 16_000_000,
    max_bytes: int = 10_000_000,
    still: bool = False,
) -> Image.Image:
    """Decode an untrusted picture.

    Only PNG, JPEG, WebP, GIF (its first frame) and BMP are tried. The size in the header is checked
    before any pixel is decoded. The camera's orientation is applied, and what is transparent is
    laid over white.

    Args:
        data: The file.
        max_pixels: Most pixels, width times height.
        max_bytes: Longest file.
        still: Whether one that moves is refused; otherwise its first frame is taken.

    Returns:
        A picture of mode L (grey) or RGB.

    Raises:
        PictureError: The file is empty, too large, damaged, animated where that is refused, or not
            a picture of these formats.
    """
    if not data:
        raise PictureError("The file is empty; choose a PNG, JPEG, WebP, GIF or BMP picture.")
    if len(data) > max_bytes:
        raise PictureError(
            f"The file has {len(data) / 1e6:.1f} MB where {max_bytes / 1e6:.0f} MB are allowed; "
            f"save the picture smaller."
        )
    picture = _open(data)
    width, height = picture.size
    if width * height > max_pixels:
        raise PictureError(
            f"The picture has {width} x {height} pixels where {max_pixels / 1e6:.0f} million are "
            f"allowed; save it smaller."
        )
    if still and _moves(picture):
        raise PictureError("The picture is animated; choose one that keeps still.")
    try:
        picture.load()
        return _plain(ImageOps.exif_transpose(picture))
    except _DAMAGE as error:
        raise PictureError("The picture is damaged or cut off; save or send it again.") from error


def as_square(picture: Image.Image, size: int, channels: int, box: Box | None = None) -> Tensor:
    """A square of a picture, antialiased to `size` x `size`.

    Args:
        picture: Any size and mode.
        size: Side in pixels.
        channels: 1 for grey, 3 for RGB.
        box: Which square; the central one by default.

    Returns:
        uint8 [channels, size, size].

    Raises:
        PictureError: The box has no size, or does not lie in the picture.
        ValueError: `channels` is neither 1 nor 3.
    """
    if channels not in (1, 3):
        raise ValueError(f"A picture has 1 or 3 channels, not {channels}.")
    plain = picture.convert("L" if channels == 1 else "RGB")
    if box is None:
        square = ImageOps.fit(plain, (size, size), Image.Resampling.LANCZOS)
    else:
        within = _within(box, plain)
        square = plain.resize((size, size), Image.Resampling.LANCZOS, box=within)
    pixels = np.array(square, dtype=np.uint8).reshape(size, size, channels)
    return torch.from_numpy(pixels).permute(2, 0, 1).contiguous()


def as_digit(picture: Image.Image, size: int = 28) -> Tensor:
    """Bring a drawn or photographed figure into MNIST's form.

    As the authors of MNIST did it: light on black, the bounding box scaled into 20x20 of 28x28
    pixels keeping its aspect, the centre of mass in the middle
    (Gradient-based learning applied to document recognition, LeCun et al., 1998).

    Args:
        picture: Dark on light or light on dark; the more common shade of its border is the ground.
        size: Side in pixels; the box stays 20/28 of it.

    Returns:
        uint8 [1, size, size].

    Raises:
        PictureError: Nothing stands out from the ground.
    """
    ink_HW = _ink(picture)
    rows, columns = (np.flatnonzero((ink_HW > _INK).any(axis)) for axis in (1, 0))
    figure_HW = ink_HW[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    box = size * _BOX / _FIELD
    height, width = (max(1, round(box * side / max(figure_HW.shape))) for side in figure_HW.shape)
    scaled = Image.fromarray(figure_HW).resize((width, height), Image.Resampling.BICUBIC)
    shrunk_HW = np.asarray(scaled).clip(0, None)
    # A thin line fades as it shrinks; MNIST's strokes reach full white.
    return _centred(shrunk_HW / shrunk_HW.max(), size)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError("The picture has far too many pixels; save it smaller.") from error
    except UnidentifiedImageError as error:
        raise PictureError(
            "The file is not a picture that can be read; choose a PNG, JPEG, WebP, GIF or BMP."
        ) from error
    except _DAMAGE as error:
        raise PictureError("The picture is damaged or cut off; save or send it again.") from error


def _moves(picture: Image.Image) -> bool:
    if picture.format not in _MOVING:  # A phone's JPEG may hold several pictures and still.
        return False
    try:
        return bool(getattr(picture, "is_animated", False))
    except _DAMAGE as error:
        raise PictureError("The picture is damaged or cut off; save or send it again.") from error


def _within(box: Box, picture: Image.Image) -> tuple[float, float, float, float]:
    """The edges of a box, none of them outside by what was rounded off."""
    left, top, side = box
    right, bottom = left + side, top + side
    if not side >= 1:  # NaN, too.
        raise PictureError("The square to cut out must be at least a pixel wide.")
    width, height = picture.size
    if not (left > -1 and top > -1 and right < width + 1 and bottom < height + 1):
        raise PictureError(
            f"The square to cut out leaves the picture, which has {width} x {height} pixels."
        )
    return max(0.0, left), max(0.0, top), min(float(width), right), min(float(height), bottom)


def _plain(picture: Image.Image) -> Image.Image:
    """Grey or RGB of 8 bits, laid over white where it is transparent."""
    if picture.mode.startswith(("I", "F")):
        return _from_deep_grey(picture)
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return picture.convert("L" if picture.mode in ("1", "L") else "RGB")


def _from_deep_grey(picture: Image.Image) -> Image.Image:
    """16 bits of grey to 8; Pillow's own conversion would clip them."""
    values = np.asarray(picture, dtype=np.float32)
    return Image.fromarray((values / 257).clip(0, 255).round().astype(np.uint8))


def _ink(picture: Image.Image) -> np.ndarray:
    """How much each pixel stands out from the ground; float32 [H, W] in [0, 1]."""
    grey = picture.convert("L")
    # A photograph's grain would otherwise count as ink, and no figure needs more pixels than this.
    grey.thumbnail((_WORKING_SIDE, _WORKING_SIDE), Image.Resampling.BOX)
    shade_HW = np.asarray(grey, dtype=np.float32) / 255
    border = np.concatenate([shade_HW[0], shade_HW[-1], shade_HW[:, 0], shade_HW[:, -1]])
    difference_HW = shade_HW - np.median(border)
    if -difference_HW.min() > difference_HW.max():
        difference_HW = -difference_HW
    strongest = difference_HW.max()
    if strongest < _FAINTEST:
        raise PictureError("The picture is blank; draw or photograph a figure with more contrast.")
    ink_HW: np.ndarray = (difference_HW / strongest).clip(0, 1)
    return ink_HW


def _centred(figure_HW: np.ndarray, size: int) -> Tensor:
    """Place a figure with its centre of mass on pixel (size / 2, size / 2), as MNIST's are.

    What then does not fit is cut off.
    """
    field = np.zeros((3 * size, 3 * size), dtype=np.float32)
    top, left = (
        round(1.5 * size - float(figure_HW.sum(1 - axis) @ np.arange(length) / figure_HW.sum()))
        for axis, length in enumerate(figure_HW.shape)
    )
    field[top : top + figure_HW.shape[0], left : left + figure_HW.shape[1]] = figure_HW
    crop = field[size : 2 * size, size : 2 * size]
    return torch.from_numpy((crop * 255).round().astype(np.uint8)).unsqueeze(0)
