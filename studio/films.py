"""Films in the making and films kept for some minutes, each known to its own visitor alone."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from studio.film_folder import FilmFolder
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
        """Finished ones in the order in which they were finished"""
        self._making: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._threads = _film_threads()
        self._folder = FilmFolder()

    def require_room(self) -> None:
        """Check that one more film can be taken on.

        Raises:
            ValueError: Too many are waiting.
        """
        if sum(film.unfinished for film in self._films.values()) >= MOST_UNFINISHED:
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
        return self._folder.path(film.id)

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

    async def close(self) -> None:
        """Give up all films when the studio closes, once nothing writes to them any more."""
        for film_id in list(self._films):
            self.remove(film_id)
        await asyncio.gather(*self._making, return_exceptions=True)
        self._threads.shutdown()
        self._threads = _film_threads()
        self._folder.close()

    async def _make(self, film: Film, path: Path) -> None:
        async with self._slots:
            if film.unfinished:
                film.state = "rendering"
                film.sentence = await self._rendered(film, path)
        film.forget_codes()
        # One that was given up is cut short, even if its page has come back meanwhile.
        given_up = film.abandoned or (not film.sentence and film.done < film.frames)
        if given_up or film.sentence:
            path.unlink(missing_ok=True)
        self._films.pop(film.id, None)
        if given_up:
            return
        film.state = "failed" if film.sentence else "ready"
        film.size = 0 if film.sentence else path.stat().st_size
        self._films[film.id] = film
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
        """Forget the oldest finished films beyond what may be kept, but never the newest."""
        kept = [film for film in self._films.values() if not film.unfinished]
        while len(kept) > 1 and (
            len(kept) > MOST_KEPT or sum(film.size for film in kept) > MOST_KEPT_BYTES
        ):
            self.remove(kept.pop(0).id)


def _film_threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, "film", initializer=_step_back)


def _step_back() -> None:
    """Let all other threads go first, where single threads have a priority of their own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), FILM_NICENESS)
