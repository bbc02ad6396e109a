"""Pictures along a path as files: GIF, WebP, MP4, a PNG strip, and the codes as NPZ.

Shapes: T frames, H height, W width. Everything is made in memory and returned as bytes; films too
long for that are written by `studio.film_writers`, which these use.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from math import ceil
from typing import NamedTuple

import numpy as np
from PIL import Image

from studio.film_writers import GifWriter, Mp4Writer, WebpWriter, Writer

__all__ = [
    "EXPORTS",
    "MAX_FPS",
    "Export",
    "Exported",
    "codes_npz",
    "export",
    "gif",
    "mp4",
    "strip",
    "webp",
]

_READABLE_SIDE = 280
MAX_FPS = 50
_MAX_BYTES = 200_000_000
_ARRAY_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z")


def gif(
    frames: np.ndarray, *, fps: int = 12, forth_and_back: bool = False, scale: int | None = None
) -> bytes:
    """An endless GIF.

    Args:
        frames: uint8 [T, H, W] or [T, H, W, 3].
        fps: Frames a second, 1 to 50: browsers slow a faster GIF down to 10.
        forth_and_back: Whether to return the same way, so that the loop has no jump.
        scale: Whole-number enlargement without smoothing; by default the longer side gets at least
            280 pixels.

    Raises:
        ValueError: The frames, `fps` or `scale` cannot be used.
    """
    return _written(GifWriter, _sequence(frames, fps, forth_and_back, scale), fps)


def webp(
    frames: np.ndarray, *, fps: int = 12, forth_and_back: bool = False, scale: int | None = None
) -> bytes:
    """An endless lossless WebP; arguments as for `gif`."""
    lossless = partial(WebpWriter, lossless=True)
    return _written(lossless, _sequence(frames, fps, forth_and_back, scale), fps)


def mp4(
    frames: np.ndarray, *, fps: int = 12, forth_and_back: bool = False, scale: int | None = None
) -> bytes:
    """An H.264 film that every browser plays; arguments as for `gif`."""
    return _written(Mp4Writer, _sequence(frames, fps, forth_and_back, scale), fps)


def strip(frames: np.ndarray, *, scale: int | None = None, columns: int | None = None) -> bytes:
    """All frames side by side as one PNG.

    Args:
        frames: uint8 [T, H, W] or [T, H, W, 3].
        scale: As for `gif`.
        columns: Frames a row; by default all are in one row. What is left of the last one is white.

    Raises:
        ValueError: The frames, `scale` or `columns` cannot be used.
    """
    columns = len(frames) if columns is None else columns
    if columns < 1:
        raise ValueError(f"columns={columns} leaves no room for a frame; choose at least 1.")
    tiles = _enlarged(_checked(frames), scale)
    rows = ceil(len(tiles) / columns)
    height, width, *colour = tiles.shape[1:]
    sheet = np.full((rows * columns, height, width, *colour), 255, dtype=np.uint8)
    sheet[: len(tiles)] = tiles
    sheet = sheet.reshape(rows, columns, height, width, *colour).swapaxes(1, 2)
    buffer = io.BytesIO()
    Image.fromarray(sheet.reshape(rows * height, columns * width, *colour)).save(buffer, "PNG")
    return buffer.getvalue()


def codes_npz(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Named arrays as a compressed NPZ that loads with `allow_pickle=False`.

    Raises:
        ValueError: A name is not a plain identifier, or an array holds Python objects.
    """
    plain: dict[str, np.ndarray] = {}
    for name, array in arrays.items():
        plain[name] = np.asarray(array)
        if not _ARRAY_NAME.match(name) or name in ("file", "allow_pickle"):
            raise ValueError(f"{name!r} cannot name an array; use letters, digits and underscores.")
        if plain[name].dtype.hasobject:
            raise ValueError(f"The array {name} holds Python objects; give numbers or text.")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **plain)
    return buffer.getvalue()


class Export(NamedTuple):
    """One kind of file: what makes it and how it is served."""

    function: Callable[..., bytes]
    media_type: str
    suffix: str


class Exported(NamedTuple):
    """A finished file."""

    data: bytes
    media_type: str
    suffix: str


EXPORTS: dict[str, Export] = {
    "gif": Export(gif, "image/gif", ".gif"),
    "webp": Export(webp, "image/webp", ".webp"),
    "mp4": Export(mp4, "video/mp4", ".mp4"),
    "png": Export(strip, "image/png", ".png"),
    "npz": Export(codes_npz, "application/octet-stream", ".npz"),
}


def export(
    kind: str,
    frames: np.ndarray,
    arrays: Mapping[str, np.ndarray],
    *,
    fps: int = 12,
    forth_and_back: bool = False,
    scale: int | None = None,
) -> Exported:
    """Make one kind of file from a path; what a kind has no use for is ignored.

    Args:
        kind: A key of `EXPORTS`.
        frames: The pictures, for all kinds but npz; uint8 [T, H, W] or [T, H, W, 3].
        arrays: The codes and whatever belongs to them, for npz.
        fps: Frames a second, for the animations.
        forth_and_back: Whether the animations return the same way.
        scale: Enlargement of the pictures.

    Raises:
        ValueError: There is no such kind, or an argument cannot be used.
    """
    if kind not in EXPORTS:
        raise ValueError(f"There is no export {kind!r}; choose one of {', '.join(EXPORTS)}.")
    function, media_type, suffix = EXPORTS[kind]
    if kind == "npz":
        data = function(arrays)
    elif kind == "png":
        data = function(frames, scale=scale)
    else:
        data = function(frames, fps=fps, forth_and_back=forth_and_back, scale=scale)
    return Exported(data, media_type, suffix)


def _written(writer: Callable[..., Writer], sequence: Iterator[np.ndarray], fps: int) -> bytes:
    buffer = io.BytesIO()
    film = writer(buffer, fps)
    for frame in sequence:
        film.add(frame)
    film.close()
    return buffer.getvalue()


def _sequence(
    frames: np.ndarray, fps: int, forth_and_back: bool, scale: int | None
) -> Iterator[np.ndarray]:
    if not 1 <= fps <= MAX_FPS:
        raise ValueError(f"fps={fps} cannot be played everywhere; choose 1 to {MAX_FPS}.")
    enlarged = _enlarged(_checked(frames), scale)
    return iter([*enlarged, *enlarged[-2:0:-1]] if forth_and_back else enlarged)


def _checked(frames: np.ndarray) -> np.ndarray:
    whole = frames.ndim == 3 or (frames.ndim == 4 and frames.shape[3] == 3)
    if frames.dtype != np.uint8 or not whole or not frames.size:
        raise ValueError(
            f"Frames must be uint8 [T, H, W] or [T, H, W, 3] with at least one pixel, "
            f"not {frames.dtype} {list(frames.shape)}."
        )
    return frames


def _enlarged(frames: np.ndarray, scale: int | None) -> np.ndarray:
    scale = ceil(_READABLE_SIDE / max(frames.shape[1:3])) if scale is None else scale
    if scale < 1 or frames.size * scale**2 > _MAX_BYTES:
        raise ValueError(
            f"scale={scale} does not suit {len(frames)} frames; "
            f"choose a smaller one of at least 1, or fewer frames."
        )
    return frames.repeat(scale, axis=1).repeat(scale, axis=2)
