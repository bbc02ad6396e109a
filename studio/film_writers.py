"""Films written frame by frame: MP4, GIF, WebP, and PNG frames in a ZIP.

A writer never holds more than one frame of its own, every frame added is a frame of the file, and
the same frames give the same bytes. Shapes: H height, W width.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import BinaryIO, NamedTuple, Protocol

import numpy as np
from PIL import Image

__all__ = [
    "FORMATS",
    "Format",
    "GifWriter",
    "Mp4Writer",
    "PngWriter",
    "WebpWriter",
    "Writer",
]

GREYS = bytes(level for grey in range(256) for level in (grey, grey, grey))
LOOP_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
RIFF_HEADER = 12
QUALITY = 90
PALETTE_SIDE = 128
NO_DATE = (1980, 1, 1, 0, 0, 0)
"""Date of every file in a ZIP, so that the same frames give the same bytes."""


class Writer(Protocol):
    """A film in the making."""

    def add(self, frame: np.ndarray) -> None:
        """Append a frame, uint8 [H, W] or [H, W, 3]; all frames are of one shape."""

    def close(self) -> None:
        """End the film; its file stays open."""


class GifWriter:
    """An endless GIF; grey frames keep every level, coloured ones get 256 colours each."""

    def __init__(self, file: BinaryIO, fps: int) -> None:
        self._file = file
        self._delays = _Clock(100, fps)

    def add(self, frame: np.ndarray) -> None:
        """Append a frame."""
        height, width = frame.shape[:2]
        if self._delays.frames == 0:
            self._file.write(b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0))
            self._file.write(GREYS + LOOP_FOREVER)
        picture, colours = Image.fromarray(frame), b""
        if frame.ndim == 3:
            picture = _with_palette(picture)
            colours = bytes(picture.getpalette() or b"").ljust(768, b"\0")
        control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 4, self._delays.next(), 0, 0)
        place = struct.pack("<BHHHHB", 0x2C, 0, 0, width, height, 0x87 if colours else 0)
        packed = picture.tobytes("gif", picture.mode, 8, 0)
        self._file.write(b"".join([control, place, colours, b"\x08", packed, b"\x00"]))

    def close(self) -> None:
        """End the film."""
        self._file.write(b"\x3b")


class WebpWriter:
    """An endless WebP, lossless or nearly so."""

    def __init__(self, file: BinaryIO, fps: int, *, lossless: bool = False) -> None:
        self._file = file
        self._durations = _Clock(1000, fps)
        self._lossless = lossless

    def add(self, frame: np.ndarray) -> None:
        """Append a frame."""
        height, width = frame.shape[:2]
        sides = _int24(width - 1) + _int24(height - 1)
        if self._durations.frames == 0:
            self._file.write(b"RIFF\0\0\0\0WEBP")
            self._file.write(_chunk(b"VP8X", b"\x02\0\0\0" + sides))
            self._file.write(_chunk(b"ANIM", b"\0\0\0\0\0\0"))
        still = io.BytesIO()
        picture = Image.fromarray(frame).convert("RGB")
        picture.save(still, "WEBP", lossless=self._lossless, quality=QUALITY)
        lasts = _int24(self._durations.next())
        # At the origin, painted over the last one without blending.
        head = _int24(0) + _int24(0) + sides + lasts + b"\x02"
        self._file.write(_chunk(b"ANMF", head + still.getvalue()[RIFF_HEADER:]))

    def close(self) -> None:
        """End the film: write its size, known only now, to its beginning."""
        if self._durations.frames == 0:
            return
        end = self._file.tell()
        self._file.seek(4)
        self._file.write(struct.pack("<I", end - 8))
        self._file.seek(end)


class Mp4Writer:
    """An H.264 film that every browser plays.

    Its colour format (yuv420p) shares colour between 2x2 pixels, so an odd side is made even by
    repeating its last row or column.
    """

    def __init__(self, file: BinaryIO, fps: int) -> None:
        import av

        self._container = av.open(file, "w", format="mp4")
        # On one thread, because the live views of all visitors need the other cores.
        # Without libx264's macroblock tree, for with it now and then a film of the same frames was
        # another one: 31 of 60 were.
        options = {"crf": "18", "threads": "1", "x264-params": "mbtree=0"}
        self._stream = self._container.add_stream("libx264", rate=Fraction(fps), options=options)
        self._stream.pix_fmt = "yuv420p"
        self._begun = False

    def add(self, frame: np.ndarray) -> None:
        """Append a frame."""
        import av

        odd = [(0, side % 2) for side in frame.shape[:2]]
        colour = frame if frame.ndim == 3 else np.stack([frame] * 3, axis=-1)
        even = np.pad(colour, ((*odd, (0, 0))), mode="edge")
        if not self._begun:
            self._stream.height, self._stream.width = even.shape[:2]
            self._begun = True
        picture = av.VideoFrame.from_ndarray(even, format="rgb24")
        self._container.mux(self._stream.encode(picture))

    def close(self) -> None:
        """End the film."""
        if self._begun:
            self._container.mux(self._stream.encode())
        self._container.close()


class PngWriter:
    """A ZIP of PNG frames, frame-0001.png onwards.

    Args:
        file: Where the ZIP is written.
        fps: Not used: still frames have no speed.
        beside: Further files by their names, such as the codes.
    """

    def __init__(
        self, file: BinaryIO, fps: int, *, beside: Mapping[str, bytes] | None = None
    ) -> None:
        # A PNG is compressed already.
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
        self._frames = 0
        for name, data in (beside or {}).items():
            self._put(name, data)

    def _put(self, name: str, data: bytes) -> None:
        self._zip.writestr(zipfile.ZipInfo(name, NO_DATE), data)

    def add(self, frame: np.ndarray) -> None:
        """Append a frame."""
        self._frames += 1
        still = io.BytesIO()
        Image.fromarray(frame).save(still, "PNG")
        self._put(f"frame-{self._frames:04d}.png", still.getvalue())

    def close(self) -> None:
        """End the film."""
        self._zip.close()


class Format(NamedTuple):
    """A format of films: what writes it and how it is served."""

    writer: Callable[..., Writer]
    media_type: str
    suffix: str


FORMATS = {
    "mp4": Format(Mp4Writer, "video/mp4", ".mp4"),
    "webp": Format(WebpWriter, "image/webp", ".webp"),
    "gif": Format(GifWriter, "image/gif", ".gif"),
    "png": Format(PngWriter, "application/zip", "-frames.zip"),
}


def _with_palette(picture: Image.Image) -> Image.Image:
    """Give a picture 256 colours of its own.

    They are chosen from every few pixels of a large one: from all of them it takes several times as
    long and looks the same.
    """
    few = picture.copy()
    few.thumbnail((PALETTE_SIDE, PALETTE_SIDE), Image.Resampling.NEAREST)
    colours = few.quantize(256, dither=Image.Dither.NONE)
    if few.size == picture.size:
        return colours
    return picture.quantize(palette=colours, dither=Image.Dither.NONE)


class _Clock:
    """How long each frame lasts in whole ticks, so that their sum never strays from the time."""

    def __init__(self, ticks: int, fps: int) -> None:
        self.frames = 0
        self._ticks, self._fps = ticks, fps

    def next(self) -> int:
        self.frames += 1
        end, begin = (round(self._ticks * n / self._fps) for n in (self.frames, self.frames - 1))
        return end - begin


def _int24(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
