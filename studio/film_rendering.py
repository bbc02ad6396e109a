"""A film from its codes to its file: decoded in the background, written frame by frame.

The frames are never all in memory: a few pictures are decoded, laid out, written, and forgotten.
The same codes give the same bytes whoever else is decoding: a model rounds a batch of another size
differently, so every batch is full and the decoder never joins it with a stranger's.

Shapes: T frames, K pictures a frame, D latent dimensions, N pictures, t frames at a time.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np

from models.checkpoint import Checkpoint
from studio.film_frames import lay_out
from studio.film_writers import FORMATS, PngWriter, Writer
from studio.live import CHUNK_PIXELS, DecodeService
from studio.media import codes_npz

__all__ = ["MOST_BYTES", "Film", "FilmTooLarge", "render"]

DECODED_AT_ONCE = 64
MOST_BYTES = 250_000_000
"""Bytes of one film."""
ABANDONED_SECONDS = 180.0
"""A film is given up when its page has not asked for so long; hidden pages ask once a minute."""

T = TypeVar("T")


class FilmTooLarge(ValueError):
    """A film outgrew `MOST_BYTES`."""


@dataclass(slots=True, eq=False, kw_only=True)
class Film:
    """One film, from the order to the file."""

    checkpoint: Checkpoint
    codes_TKD: np.ndarray
    """float32; emptied once they are needed no longer"""
    format: str
    """A key of `FORMATS`"""
    fps: int
    side: int
    """Pixels of a frame's longer side"""
    title: str
    """Part of the file's name"""
    frames: int
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    """Known to the page that ordered it alone"""
    state: str = "waiting"
    """waiting, rendering, ready, failed, or cancelled"""
    done: int = 0
    """Frames written"""
    sentence: str = ""
    """Why it failed"""
    size: int = 0
    """Bytes of the finished file"""
    asked: float = field(default_factory=time.monotonic)
    """When its page last asked for it"""

    @property
    def name(self) -> str:
        """What its file is called."""
        suffix = FORMATS[self.format].suffix
        return f"{self.checkpoint.name}-{self.title}-{self.frames}{suffix}"

    @property
    def unfinished(self) -> bool:
        """Whether there is still something to do."""
        return self.state in ("waiting", "rendering")

    @property
    def abandoned(self) -> bool:
        """Whether nobody waits for it: it was cancelled, or its page is gone."""
        gone = time.monotonic() - self.asked > ABANDONED_SECONDS
        return self.state == "cancelled" or (self.unfinished and gone)

    def forget_codes(self) -> None:
        """Free what is needed no longer."""
        self.codes_TKD = self.codes_TKD[:0].copy()

    def plain(self) -> dict[str, Any]:
        """Return what its page needs to know."""
        parts = ("id", "state", "done", "frames", "sentence", "size", "name")
        return {part: getattr(self, part) for part in parts}


async def render(film: Film, service: DecodeService, path: Path, thread: Executor) -> None:
    """Make a film's file; it ends early once the film is abandoned.

    Args:
        film: What to make.
        service: What decodes it.
        path: Where the file is written.
        thread: Where it is written from.

    Raises:
        FilmTooLarge: The file became larger than a film may be.
        OSError: The file could not be written.
    """
    run = partial(_to_its_end, thread)
    file = await run(partial(path.open, "w+b"))
    try:
        writer = await run(partial(_open, film, file))
        try:
            async with aclosing(_pictures(film, service)) as parts:
                async for pictures_tKHWC in parts:
                    await run(partial(_add, film, writer, file, pictures_tKHWC))
        finally:
            await run(writer.close)
    finally:
        await run(file.close)


async def _to_its_end(thread: Executor, work: Callable[[], T]) -> T:
    """Run work on a thread, and wait for its end even when cancelled.

    A writer that is closed on one thread while another one still adds a frame may take the whole
    process with it.
    """
    running = asyncio.get_running_loop().run_in_executor(thread, work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([running])
        raise


async def _pictures(film: Film, service: DecodeService) -> AsyncIterator[np.ndarray]:
    """Yield the pictures of some whole frames at a time, uint8 [t, K, H, W, C].

    The next ones are decoded while these are written.
    """
    count, size = film.codes_TKD.shape[1:]
    z_ND = film.codes_TKD.reshape(-1, size)
    if film.abandoned or not len(z_ND):
        return
    full = max(1, CHUNK_PIXELS // int(np.prod(film.checkpoint.config.model.shape)))
    step = full * ceil(DECODED_AT_ONCE / full)
    coming = _decoding(film, service, z_ND[:step], full)
    rest: np.ndarray | None = None
    try:
        for start in range(0, len(z_ND), step):
            decoded = await coming
            if film.abandoned:
                return
            if start + step < len(z_ND):
                coming = _decoding(film, service, z_ND[start + step : start + 2 * step], full)
            found = decoded if rest is None else np.concatenate([rest, decoded])
            whole = len(found) // count
            rest = found[whole * count :]
            if whole:
                yield found[: whole * count].reshape(whole, count, *found.shape[1:])
    finally:
        # Nobody waits for the last ones where the film ends early.
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def _decoding(
    film: Film, service: DecodeService, z_ND: np.ndarray, full: int
) -> asyncio.Task[np.ndarray]:
    padded = np.concatenate([z_ND, z_ND[-1:].repeat(-len(z_ND) % full, axis=0)])

    async def decode() -> np.ndarray:
        images = await service.decode(film.checkpoint, padded, background=True)
        return images[: len(z_ND)]

    return asyncio.get_running_loop().create_task(decode())


def _open(film: Film, file: BinaryIO) -> Writer:
    if film.format != "png":
        return FORMATS[film.format].writer(file, film.fps)
    facts = {
        "checkpoint": film.checkpoint.name,
        "digest": film.checkpoint.digest,
        "frames_a_second": film.fps,
        "frames": film.frames,
    }
    beside = {
        "codes.npz": codes_npz({"codes": film.codes_TKD}),
        "film.json": json.dumps(facts, indent=2).encode(),
    }
    return PngWriter(file, film.fps, beside=beside)


def _add(film: Film, writer: Writer, file: BinaryIO, pictures_tKHWC: np.ndarray) -> None:
    for pictures_KHWC in pictures_tKHWC:
        if film.state == "cancelled":
            return
        writer.add(lay_out(pictures_KHWC, film.side))
        film.done += 1
        if file.tell() > MOST_BYTES:
            raise FilmTooLarge(
                f"The film became larger than {MOST_BYTES // 10**6} MB after {film.done} of "
                f"{film.frames} frames; choose MP4, smaller pictures, or a shorter flight."
            )
