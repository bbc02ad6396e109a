"""What a model of pictures does, as figures: functions of pictures that return images.

Nothing is decoded here: whoever has the pictures draws them.

Shapes: N examples, T steps, S places along a side, K classes, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from PIL import Image
from torch import Tensor

from models.figures.sheet import Strip, sheet
from models.latent.traversals import Row

__all__ = [
    "all_traversals",
    "class_names_of",
    "classes_by_continuous",
    "number_text",
    "plane",
    "reconstructions",
    "samples",
    "samples_by_class",
    "traversal",
]


def reconstructions(
    originals: Tensor,
    rebuilt: Tensor,
    *,
    title: str,
    sentence: str = "",
    captions: Sequence[str] = (),
    pairs: int = 5,
) -> Image.Image:
    """Draw pictures, each with its reconstruction to the right.

    Args:
        originals: uint8 [N, C, H, W].
        rebuilt: uint8 [N, C, H, W].
        title: Above the figure.
        sentence: Below the title.
        captions: What is written above each pair, such as its class.
        pairs: How many pairs stand in a row.

    Raises:
        ValueError: There are no pictures, or not as many of both.
    """
    if originals.shape != rebuilt.shape or not len(originals):
        raise ValueError("Reconstructions need a picture for each picture, and at least one.")
    strips = []
    for start in range(0, len(originals), pairs):
        end = min(start + pairs, len(originals))
        both = torch.stack([originals[start:end], rebuilt[start:end]], dim=1).flatten(0, 1)
        words: list[str] = []
        for row in range(start, end):
            words += [captions[row] if captions else "picture", "rebuilt"]
        strips.append(Strip(pictures=both, above=tuple(words), pairs=True))
    return sheet(strips, title=title, sentence=sentence)


def samples(pictures: Tensor, *, title: str, sentence: str = "", columns: int = 10) -> Image.Image:
    """Draw pictures uint8 [N, C, H, W] as a grid."""
    strips = [Strip(pictures=part) for part in pictures.split(columns)]
    return sheet(_close(strips), title=title, sentence=sentence)


def samples_by_class(
    pictures_KN: Sequence[Tensor],
    class_names: Sequence[str],
    *,
    title: str,
    sentence: str = "",
    details: Sequence[str] = (),
) -> Image.Image:
    """Draw a row of samples, uint8 [N, C, H, W], for each class of a discrete part.

    Args:
        pictures_KN: The samples of each class.
        class_names: What each class is called.
        title: Above the figure.
        sentence: Below the title.
        details: What is written below each name.
    """
    strips = [
        Strip(pictures=pictures, name=name, detail=details[number] if details else "")
        for number, (pictures, name) in enumerate(zip(pictures_KN, class_names, strict=True))
    ]
    return sheet(_close(strips), title=title, sentence=sentence)


def all_traversals(
    rows: Sequence[Row],
    pictures: Sequence[Tensor],
    *,
    title: str,
    sentence: str = "",
    class_names: Sequence[Sequence[str]] = (),
) -> Image.Image:
    """Draw rows of traversals with what each part tells, in the order of the rows.

    Args:
        rows: As `every_row` returns them.
        pictures: What the codes of each row decode to, uint8 [T, C, H, W].
        title: Above the figure.
        sentence: Below the title.
        class_names: What the classes of each discrete part mean; numbers where there are none.

    Raises:
        ValueError: There are no rows, or the pictures do not fit them.
    """
    most = max((row.nats or 0.0 for row in rows), default=0.0)
    strips = []
    for number, (row, shown) in enumerate(zip(rows, pictures, strict=True)):
        last = number == len(rows) - 1
        first_line = not row.discrete and (not number or rows[number - 1].discrete)
        told = row.nats is not None
        axis = tuple(map(number_text, row.values))
        strips.append(
            Strip(
                pictures=shown,
                name=row.title,
                detail=_nats(row),
                share=(row.nats or 0.0) / most if told and most else None,
                above=class_names_of(row, class_names) if row.discrete else (),
                below=axis if last and not row.discrete else (),
                here=None if row.discrete else row.here,
                chosen=None if not row.discrete or row.here is None else int(row.here),
                apart=10 if first_line and number else 0,
            )
        )
    continuous = any(not row.discrete for row in rows)
    mark = "The mark is where the code lies that all rows go through" if continuous else ""
    units = "; below are values in standard deviations of the prior." if continuous else ""
    return sheet(strips, title=title, sentence=sentence, note=mark + units)


def traversal(
    row: Row,
    pictures: Tensor,
    *,
    title: str,
    sentence: str = "",
    class_names: Sequence[Sequence[str]] = (),
) -> Image.Image:
    """Draw one row; arguments as for `all_traversals`."""
    return all_traversals(
        [row], [pictures], title=title, sentence=sentence, class_names=class_names
    )


def plane(
    pictures: Tensor,
    places: Tensor,
    names: tuple[str, str],
    *,
    title: str,
    sentence: str = "",
) -> Image.Image:
    """Draw a grid over two dimensions.

    Args:
        pictures: uint8 [S * S, C, H, W], row-major, the largest value of the second one on top.
        places: The values of both, float [S].
        names: The dimension that grows to the right, and the one that grows upwards.
        title: Above the figure.
        sentence: Below the title.

    Raises:
        ValueError: The pictures do not make such a grid.
    """
    side = len(places)
    if len(pictures) != side * side:
        raise ValueError(f"A plane of {side} x {side} needs as many pictures, not {len(pictures)}.")
    values = [number_text(value) for value in places.tolist()]
    strips = [
        Strip(
            pictures=part,
            name=names[1] if not number else "",
            detail=values[side - 1 - number],
            below=tuple(values) if number == side - 1 else (),
        )
        for number, part in enumerate(pictures.split(side))
    ]
    note = (
        f"To the right {names[0]}, upwards {names[1]}, in standard deviations of the prior; the "
        f"other parts of the code stand still."
    )
    return sheet(_close(strips), title=title, sentence=sentence, note=note)


def classes_by_continuous(
    pictures: Tensor,
    places: Tensor,
    class_names: Sequence[str],
    name: str,
    *,
    title: str,
    sentence: str = "",
    details: Sequence[str] = (),
) -> Image.Image:
    """Draw a row of one continuous dimension for each class of a discrete part.

    Args:
        pictures: uint8 [K * S, C, H, W], a row a class.
        places: The values of the dimension, float [S].
        class_names: What each class is called.
        name: What the dimension is called.
        title: Above the figure.
        sentence: Below the title.
        details: What is written below each class's name.

    Raises:
        ValueError: The pictures do not make such a grid.
    """
    steps = len(places)
    if len(pictures) != steps * len(class_names):
        raise ValueError(
            f"{len(class_names)} classes of {steps} steps need as many pictures, not "
            f"{len(pictures)}."
        )
    values = tuple(map(number_text, places.tolist()))
    last = len(class_names) - 1
    strips = [
        Strip(
            pictures=part,
            name=words,
            detail=details[number] if details else "",
            below=values if number == last else (),
        )
        for number, (part, words) in enumerate(zip(pictures.split(steps), class_names, strict=True))
    ]
    note = f"To the right {name}, in standard deviations of the prior; all else stands still."
    return sheet(_close(strips), title=title, sentence=sentence, note=note)


def class_names_of(row: Row, class_names: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return what the classes of a discrete row are called, or their numbers."""
    if row.index < len(class_names) and len(class_names[row.index]) == len(row.values):
        return tuple(class_names[row.index])
    return tuple(f"{row.title} = {int(value)}" for value in row.values)


def number_text(value: float) -> str:
    """Return a number with one decimal, a true minus sign, and no sign before zero."""
    text = f"{abs(value):.1f}"
    return f"−{text}" if value < 0 and float(text) else text


def _nats(row: Row) -> str:
    return "" if row.nats is None else f"{row.nats:.2f} nats"


def _close(strips: list[Strip]) -> list[Strip]:
    """Return rows of a grid, which lie as close as its columns."""
    return [strips[0], *(replace(strip, apart=-9) for strip in strips[1:])]
