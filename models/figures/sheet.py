"""A sheet of pictures with words: rows of cells, each row with a name, captions and a mark.

Everything is laid out in pixels and drawn with Pillow, so that a sheet of 500 pictures takes less
than a tenth of a second and a screen may ask for one.

Shapes: T pictures, C channels, H height, W width.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from models.semi.canvas import INK, LINE, MUTED, PANEL, PAPER

__all__ = ["ACCENT", "MOST_CELLS", "Strip", "as_image", "bytes_of", "sheet"]

ACCENT = "#5cc8ff"
"""What marks where one is."""
MOST_CELLS = 4096
MARGIN, GAP, ROW = 36, 5, 14
"""Around the sheet, between cells, between rows"""
WIDEST = 1800
LEAST_SIDE, USUAL_SIDE, LARGE_SIDE = 40, 84, 128
NAME, DETAIL, SMALL, TITLE, SENTENCE = 21, 16, 15, 30, 18


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One row of pictures, and what is written around it."""

    pictures: Tensor
    """uint8 [T, C, H, W]"""
    name: str = ""
    """On the left"""
    detail: str = ""
    """Below the name"""
    share: float | None = None
    """Length of the bar below the detail, 0 to 1"""
    above: tuple[str, ...] = ()
    """A caption above each picture"""
    below: tuple[str, ...] = ()
    """A caption below each picture"""
    here: float | None = None
    """Where a mark points to from below, in pictures from the first one's middle"""
    chosen: int | None = None
    """A picture with a frame"""
    pairs: bool = False
    """Whether every second gap is wide: pictures belong together in twos"""
    apart: int = 0
    """Room above it beyond what every row has, in pixels"""


def sheet(
    strips: Sequence[Strip], *, title: str, sentence: str = "", note: str = ""
) -> Image.Image:
    """Draw rows of pictures below a title.

    Args:
        strips: The rows; all pictures of one shape.
        title: Above them, on one line.
        sentence: Below the title; it is broken into lines.
        note: Below everything, small.

    Raises:
        ValueError: There are no pictures, too many of them, or of several shapes.
    """
    shape = _checked(strips)
    count = max(len(strip.pictures) for strip in strips)
    pairs = any(strip.pairs for strip in strips)
    label = _label_width(strips)
    cell_W, cell_H = _cell(shape, count, WIDEST - 2 * MARGIN - label)
    wide = MARGIN + label + _end(count, cell_W, pairs) + MARGIN
    # A sentence needs some width, however small the pictures are.
    width = max(wide, 560)
    head = _wrapped(sentence, _font(SENTENCE), width - 2 * MARGIN)
    foot = _wrapped(note, _font(SMALL), width - 2 * MARGIN)
    top = MARGIN + TITLE + 10 + len(head) * (SENTENCE + 8) + 14
    heights = [_height(strip, cell_H) for strip in strips]
    bottom = top + sum(heights) + sum(strip.apart for strip in strips) + ROW * (len(strips) - 1)
    height = bottom + (12 + len(foot) * (SMALL + 7) if foot else 0) + MARGIN - 8
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    big = _font(TITLE, bold=True)
    draw.text((MARGIN, MARGIN - 6), _fitted(title, big, width - 2 * MARGIN), INK, big)
    _lines(draw, head, MARGIN + TITLE + 8, _font(SENTENCE), SENTENCE + 8)
    y = top
    for strip, high in zip(strips, heights, strict=True):
        y += strip.apart
        _draw(image, draw, strip, (MARGIN, y), label, (cell_W, cell_H))
        y += high + ROW
    _lines(draw, foot, bottom + 16, _font(SMALL), SMALL + 7)
    return image


def as_image(picture: Tensor) -> Image.Image:
    """Return a picture uint8 [C, H, W] as an image, grey or in colour."""
    array = picture.cpu().numpy()
    return (
        Image.fromarray(array[0])
        if len(array) == 1
        else Image.fromarray(array.transpose(1, 2, 0).copy())
    )


def bytes_of(pictures: Tensor) -> Tensor:
    """Return pictures in [0, 1] as uint8."""
    return (pictures.clamp(0, 1) * 255).round().to(torch.uint8).cpu()


def _checked(strips: Sequence[Strip]) -> tuple[int, int, int]:
    shapes = {tuple(strip.pictures.shape[1:]) for strip in strips}
    cells = sum(len(strip.pictures) for strip in strips)
    if len(shapes) != 1 or not all(len(strip.pictures) for strip in strips):
        raise ValueError("A figure needs pictures of one shape in each of its rows.")
    if cells > MOST_CELLS:
        raise ValueError(f"A figure has at most {MOST_CELLS:,} pictures, not {cells:,}.")
    shape = shapes.pop()
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise ValueError(f"A figure shows pictures [1 or 3, H, W], not {list(shape)}.")
    return shape


def _cell(shape: tuple[int, int, int], count: int, room: int) -> tuple[int, int]:
    """Return width and height of a cell, so that a row fits."""
    _, height, width = shape
    usual = USUAL_SIDE if max(height, width) <= 40 else LARGE_SIDE
    side = min(usual, max(LEAST_SIDE, room // count - GAP))
    scale = side / max(height, width)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _label_width(strips: Sequence[Strip]) -> int:
    """Return the room for names on the left."""
    widest = 0
    for strip in strips:
        widest = max(widest, _width(strip.name, _font(NAME, bold=True)))
        widest = max(widest, *(_width(text, _font(DETAIL)) for text in strip.detail.split("\n")))
    return min(widest, 320) + 24 if widest else 0


def _end(count: int, cell: int, pairs: bool) -> int:
    return count * cell + (count - 1) * GAP + (_pair_gaps(count - 1) if pairs else 0)


def _pair_gaps(index: int) -> int:
    """Return how much farther right a picture lies because pairs stand apart."""
    return (index // 2) * 3 * GAP


def _height(strip: Strip, cell: int) -> int:
    captions = (SMALL + 8) * (bool(strip.above) + bool(strip.below))
    return cell + captions + (12 if strip.here is not None else 0)


def _draw(
    image: Image.Image,
    draw: ImageDraw.ImageDraw,
    strip: Strip,
    corner: tuple[int, int],
    label: int,
    cell: tuple[int, int],
) -> None:
    x, y = corner
    top = y + (SMALL + 8 if strip.above else 0)
    _label(draw, strip, (x, top), label, cell[1])
    small = _font(SMALL)
    for index, picture in enumerate(strip.pictures):
        left = x + label + index * (cell[0] + GAP) + (_pair_gaps(index) if strip.pairs else 0)
        image.paste(_enlarged(picture, cell), (left, top))
        framed = strip.chosen == index
        edge = (left - 1, top - 1, left + cell[0], top + cell[1])
        if framed:
            wide = (left - 3, top - 3, left + cell[0] + 2, top + cell[1] + 2)
            draw.rectangle(wide, outline=ACCENT, width=3)
        else:
            draw.rectangle(edge, outline=LINE)
        for texts, place in ((strip.above, y - 1), (strip.below, top + cell[1] + _marked(strip))):
            if texts:
                words = _fitted(texts[index], small, cell[0] + GAP - 2)
                middle = left + cell[0] / 2
                draw.text((middle, place + 2), words, ACCENT if framed else MUTED, small, "ma")
    if strip.here is not None:
        at = x + label + cell[0] / 2 + strip.here * (cell[0] + GAP)
        tip = top + cell[1] + 3
        draw.polygon([(at, tip), (at - 6, tip + 9), (at + 6, tip + 9)], fill=ACCENT)


def _marked(strip: Strip) -> int:
    return 14 if strip.here is not None else 4


def _label(
    draw: ImageDraw.ImageDraw, strip: Strip, corner: tuple[int, int], room: int, height: int
) -> None:
    """Write name, detail and bar in the middle of a row's height."""
    if not room:
        return
    details = strip.detail.split("\n") if strip.detail else []
    bar = 12 if strip.share is not None else 0
    tall = (NAME + 5 if strip.name else 0) + len(details) * (DETAIL + 5) + bar
    x, y = corner[0], corner[1] + max(0, (height - tall) // 2)
    if strip.name:
        font = _font(NAME, bold=True)
        draw.text((x, y - 3), _fitted(strip.name, font, room - 16), INK, font)
        y += NAME + 5
    for text in details:
        draw.text((x, y - 2), _fitted(text, _font(DETAIL), room - 16), MUTED, _font(DETAIL))
        y += DETAIL + 5
    if strip.share is not None:
        long = room - 24
        draw.rounded_rectangle((x, y + 3, x + long, y + 8), 2, fill=PANEL, outline=LINE)
        filled = max(0.0, min(1.0, strip.share)) * long
        if filled >= 2:
            draw.rounded_rectangle((x, y + 3, x + filled, y + 8), 2, fill=ACCENT)


def _enlarged(picture: Tensor, cell: tuple[int, int]) -> Image.Image:
    image = as_image(picture)
    larger = cell[0] >= image.width
    how = Image.Resampling.BICUBIC if larger else Image.Resampling.LANCZOS
    return image.resize(cell, how).convert("RGB")


def _lines(
    draw: ImageDraw.ImageDraw,
    lines: Sequence[str],
    y: int,
    font: ImageFont.FreeTypeFont,
    step: int,
) -> None:
    for number, line in enumerate(lines):
        draw.text((MARGIN, y + number * step), line, MUTED, font)


def _wrapped(text: str, font: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, font) <= room:
            lines[-1] = longer
        else:
            lines.append(_fitted(word, font, room))
    return lines


def _fitted(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """Return a text, cut off where it would not fit."""
    text = " ".join(text.split())
    if _width(text, font) <= room:
        return text
    while text and _width(text + "…", font) > room:
        text = text[:-1]
    return text.rstrip() + "…" if text else ""


def _width(text: str, font: ImageFont.FreeTypeFont) -> int:
    return int(font.getlength(text)) + 1 if text else 0


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return a font that has Greek and all of Latin; matplotlib brings it everywhere."""
    found = importlib.util.find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / name), size)
