"""Films in the making and films kept for some minutes, each known to its own visitor alone."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studio.film_rendering import Film, FilmTooLarge, render
from studio.live import DecodeService

__all__ = ["Films", "UnknownFilm"]

LOG = logging.getLogger(__name__)
AT_ONCE = 2
"""Films that are made side by side; others wait."""
MOST_UNFINISHED = 6
MOST_KEPT = 16
MOST_KEPT_BYTES = 600_000_000
KEEP_SECONDS = 600.0
FILM_NICENESS = 15


class UnknownFilm(ValueError):
    """There is no such film, or it is kept no longer."""


class Films:
    """All films of a studio.

    Args:
        service: What decodes them.
        keep_seconds: How long a finished film is kept.
    """

    def __init__(self, service: DecodeService, keep_seconds: float = KEEP_SECONDS) -> None:
        self._service = service
        self._keep_seconds = keep_seconds
        self._films: dict[str, Film] = {}
        self._making: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, "film", initializer=_step_back)
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def require_room(self) -> None:
        """Check that one more film can be taken on.

        Raises:
            ValueError: Too many are waiting.
        """
        if len(self._making) >= MOST_UNFINISHED:
            raise ValueError(
                f"The studio is making {MOST_UNFINISHED} films already; try again in a minute."
            )

    def start(self, film: Film) -> None:
        """Take on a film; it is made in the background.

        Raises:
            ValueError: Too many are waiting.
        """
        self.require_room()
        self._films[film.id] = film
        task = asyncio.get_running_loop().create_task(self._make(film, self.path(film)))
        self._making.add(task)
        task.add_done_callback(self._making.discard)

    def get(self, film_id: str) -> Film:
        """Return a film, and note that its page still waits for it.

        Raises:
            UnknownFilm: There is none of this id.
        """
        film = self._films.get(film_id)
        if film is None:
            raise UnknownFilm("The studio keeps this film no longer; record it again.")
        film.asked = time.monotonic()
        return film

    def path(self, film: Film) -> Path:
        """Return where a film's file is."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(
                prefix="latent-studio-films-", ignore_cleanup_errors=True
            )
        return Path(self._folder.name) / film.id

    def remove(self, film_id: str) -> None:
        """Cancel a film, or forget a finished one.

        Raises:
            UnknownFilm: There is none of this id.
        """
        film = self.get(film_id)
        del self._films[film_id]
        if film.unfinished:
            film.state = "cancelled"
            film.forget_codes()
        else:
            self.path(film).unlink(missing_ok=True)

    def close(self) -> None:
        """Give up all films, when the studio closes."""
        for film_id in list(self._films):
            self.remove(film_id)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    async def _make(self, film: Film, path: Path) -> None:
        async with self._slots:
            if film.unfinished:
                film.state = "rendering"
                film.sentence = await self._rendered(film, path)
        film.forget_codes()
        if film.abandoned or film.sentence:
            path.unlink(missing_ok=True)
        if film.abandoned:
            self._films.pop(film.id, None)
            return
        film.state = "failed" if film.sentence else "ready"
        film.size = 0 if film.sentence else path.stat().st_size
        asyncio.get_running_loop().call_later(self._keep_seconds, self._expire, film.id)
        self._make_room()

    async def _rendered(self, film: Film, path: Path) -> str:
        """Make a film's file; return what went wrong, or nothing."""
        try:
            await render(film, self._service, path, self._threads)
        except FilmTooLarge as error:
            return str(error)
        except OSError as error:
            reason = error.strerror or error
            return f"The film could not be written on the studio's computer: {reason}."
        except Exception:  # Whatever it was, the page must hear of it.
            LOG.exception("Filming with %s failed.", film.checkpoint.name)
            return "The film could not be made; the studio's log says why."
        return ""

    def _expire(self, film_id: str) -> None:
        if film_id in self._films:
            self.remove(film_id)

    def _make_room(self) -> None:
        """Forget the oldest finished films beyond what may be kept."""
        kept = [film for film in self._films.values() if not film.unfinished]
        while len(kept) > MOST_KEPT or sum(film.size for film in kept) > MOST_KEPT_BYTES:
            self.remove(kept.pop(0).id)


def _step_back() -> None:
    """Let all other threads go first, where single threads have a priority of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FILM_NICENESS)
