"""Faces from their parameters: painted back to front, many at a time."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from models.data.faces.canvas import Canvas
from models.data.faces.features import (
    paint_beard,
    paint_brows,
    paint_eyes,
    paint_glasses,
    paint_lines,
    paint_mouth,
    paint_nose,
)
from models.data.faces.hair import Hair, paint_hat
from models.data.faces.head import Sitter, paint_ears, paint_ground, paint_head, paint_neck
from models.data.faces.parameters import FaceParameters

__all__ = ["render_faces"]

CHUNK = 16


@torch.inference_mode()
def render_faces(
    parameters: FaceParameters, size: int = 64, advance: Callable[[int], None] = lambda _: None
) -> Tensor:
    """Draw faces.

    Args:
        parameters: Of N faces.
        size: Side of the pictures in pixels.
        advance: Told the number of faces of each chunk that is done.

    Returns:
        uint8 [N, 3, size, size].
    """
    drawn = [torch.empty(0, 3, size, size, dtype=torch.uint8)]
    for first in range(0, len(parameters), CHUNK):
        some = parameters.take(slice(first, first + CHUNK))
        drawn.append(_paint(some.map(lambda column: column.view(-1, 1, 1)), size))
        advance(len(some))
    return torch.cat(drawn)


def _paint(p: FaceParameters, size: int) -> Tensor:
    canvas = Canvas.blank(len(p), size)
    sitter = Sitter.seat(p, canvas)
    hair = Hair.of(sitter)
    paint_ground(sitter)
    hair.paint_behind(sitter)
    paint_neck(sitter)
    paint_ears(sitter)
    paint_head(sitter)
    paint_eyes(sitter)
    paint_nose(sitter)
    paint_lines(sitter)
    paint_beard(sitter)
    paint_mouth(sitter)
    paint_brows(sitter)
    hair.paint_before(sitter)
    paint_glasses(sitter)
    paint_hat(sitter)
    return canvas.pictures()
