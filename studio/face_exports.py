"""Morphs of faces as files: films, a strip, and their codes.

Shapes: T frames, H height, W width, C channels, D latent dimensions.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from math import isqrt
from threading import Event
from typing import Literal

import numpy as np
from PIL import Image
from torch import Tensor

from studio.face_requests import LEAST_SIDE, ExportRequest
from studio.film_frames import lay_out
from studio.film_writers import FORMATS
from studio.media import EXPORTS, Exported, codes_npz

__all__ = ["Abandoned", "FaceExport", "export_morph", "require_room"]

WIDEST = 8192
"""Pixels of a strip; a longer one goes on in another row"""
MOST_PIXELS = {"gif": 32_000_000, "webp": 32_000_000, "mp4": 32_000_000, "png": 16_000_000}
"""Of all frames together: a film of so many takes well under a minute"""
PEOPLE = (
    "Codes of photos and of held-out faces are about the people they show; pass them on only where "
    "those people, or the terms of the pictures, let you."
)

FaceExport = Literal["gif", "webp", "mp4", "png", "npz"]


class Abandoned(ValueError):
    """Nobody waits for this file any more."""


def require_room(kind: FaceExport, asked: ExportRequest, shape: tuple[int, ...]) -> None:
    """Check that a file will not be too large, before anything is decoded for it.

    Args:
        kind: Of file.
        asked: The morph.
        shape: C, H and W of the model's pictures.

    Raises:
        ValueError: It would be; the message says what would not.
    """
    if kind == "npz":
        return
    count, (height, width) = _count(kind, asked), shape[1:]
    share = asked.side / max(height, width)
    if count * round(height * share) * round(width * share) <= MOST_PIXELS[kind]:
        return
    longer, shorter = max(height, width), min(height, width)
    largest = isqrt(MOST_PIXELS[kind] * longer // (count * shorter))
    smaller = f" choose at most {largest} pixels, or" if largest >= LEAST_SIDE else ""
    raise ValueError(
        f"{count} frames of {asked.side} pixels are too large for one {kind.upper()};{smaller} "
        "take fewer steps."
    )


def export_morph(
    kind: FaceExport,
    asked: ExportRequest,
    codes_TD: Tensor,
    frames: np.ndarray | None = None,
    gone: Event | None = None,
    *,
    licence: str = "",
) -> Exported:
    """Make a file of a morph.

    A closed way ends where it began; a film that goes on from there shows that face only once.

    Args:
        kind: Of file.
        asked: The morph, and how large and fast it is to be.
        codes_TD: Its codes.
        frames: Their pictures, uint8 [T, H, W, C]; not needed for the codes.
        gone: Set once nobody waits for it.
        licence: Of the model, which is noted beside the codes.

    Raises:
        Abandoned: `gone` was set.
    """
    media_type, suffix = EXPORTS[kind].media_type, EXPORTS[kind].suffix
    if kind == "npz":
        ends = np.asarray(asked.codes, dtype=np.float32)
        arrays = {"codes": codes_TD.numpy(), "ends": ends, "kind": np.array(asked.kind)}
        arrays |= {"licence": np.array(licence), "note": np.array(PEOPLE)}
        return Exported(codes_npz(arrays), media_type, suffix)
    assert frames is not None
    if kind == "png":
        return Exported(_strip(_large(frames, asked.side, gone), len(frames)), media_type, suffix)
    shown = np.concatenate([frames, frames[-2:0:-1]]) if asked.bounce else frames
    buffer = io.BytesIO()
    film = FORMATS[kind].writer(buffer, asked.fps)
    try:
        for frame in _large(shown[: _count(kind, asked)], asked.side, gone):
            film.add(frame)
    finally:
        film.close()
    return Exported(buffer.getvalue(), media_type, suffix)


def _count(kind: FaceExport, asked: ExportRequest) -> int:
    """Return how many frames a file has."""
    if kind == "png":
        return asked.steps
    if asked.bounce:
        return 2 * asked.steps - 2
    return asked.steps - asked.closed


def _strip(large: Iterator[np.ndarray], count: int) -> bytes:
    """Return frames side by side as a PNG; each is pasted as it comes, so that one is held."""
    sheet = None
    for number, frame in enumerate(large):
        height, width = frame.shape[:2]
        columns = min(count, WIDEST // width)
        if sheet is None:
            rows = -(-count // columns)
            mode, white = ("L", 255) if frame.ndim == 2 else ("RGB", (255, 255, 255))
            sheet = Image.new(mode, (columns * width, rows * height), white)
        row, column = divmod(number, columns)
        sheet.paste(Image.fromarray(frame), (column * width, row * height))
    assert sheet is not None
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _large(frames: np.ndarray, side: int, gone: Event | None) -> Iterator[np.ndarray]:
    for picture_HWC in frames:
        if gone is not None and gone.is_set():
            raise Abandoned("Nobody waits for this file any more.")
        yield lay_out(picture_HWC[np.newaxis], side)
