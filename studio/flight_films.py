"""The routes of films: order one, ask how far it is, fetch it, cancel it.

A page sends the codes of every picture of every frame, little-endian float32, frame by frame. What
it gets is an id that leads to this film and no other.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse

from models.registry import Registry
from studio.bodies import received_bytes
from studio.film_frames import COUNTS
from studio.film_rendering import Film
from studio.film_writers import FORMATS
from studio.films import Films, UnknownFilm
from studio.live import require_pictures
from studio.media import MAX_FPS
from studio.routes import FARTHEST

__all__ = ["FilmRoutes", "read_codes"]

MOST_FRAMES = 3600
"""Two minutes at 30 frames a second."""
MOST_BODY_BYTES = 32_000_000
LEAST_SIDE, MOST_SIDE = 64, 1024

Fps = Annotated[int, Query(ge=1, le=MAX_FPS)]
Side = Annotated[int, Query(ge=LEAST_SIDE, le=MOST_SIDE)]
Title = Annotated[str, Query(pattern="^[a-z]{1,16}$")]


def read_codes(body: bytes, count: int, latent_dim: int) -> np.ndarray:
    """Return the codes of a film, float32 [T, K, D].

    Args:
        body: What the page sent.
        count: Pictures a frame, K.
        latent_dim: Numbers a code, D.

    Raises:
        ValueError: One sentence on what is wrong with it.
    """
    if count not in COUNTS:
        raise ValueError(f"A frame shows 1, 9, 25 or 49 pictures, not {count}.")
    frames, rest = divmod(len(body), 4 * count * latent_dim)
    if rest or not frames:
        raise ValueError(
            f"A frame of this film is {count} x {latent_dim} numbers of 4 bytes; {len(body)} bytes "
            "are no whole number of frames."
        )
    if frames > MOST_FRAMES:
        raise ValueError(
            f"A film has at most {MOST_FRAMES} frames and this one would have {frames}; "
            "fly faster, or choose fewer frames a second."
        )
    codes_TKD = np.frombuffer(body, "<f4").reshape(frames, count, latent_dim)
    # NaN fails the comparison, too.
    if not (np.abs(codes_TKD) <= FARTHEST).all():
        raise ValueError(
            f"A position of this flight is NaN or beyond {FARTHEST:g}; nothing is decoded there."
        )
    return codes_TKD.astype(np.float32)


@dataclass(frozen=True, slots=True)
class FilmRoutes:
    """The routes below `/flight/{name}/films` and `/films`."""

    registry: Registry
    films: Films

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter()
        router.add_api_route("/flight/{name}/films", self.order, methods=["POST"])
        router.add_api_route("/films/{film_id}", self.progress)
        router.add_api_route("/films/{film_id}", self.cancel, methods=["DELETE"])
        router.add_api_route("/films/{film_id}/file", self.file)
        return router

    async def order(
        self,
        name: str,
        request: Request,
        format: Literal["mp4", "webp", "gif", "png"] = "mp4",
        fps: Fps = 30,
        count: int = 1,
        side: Side = 512,
        title: Title = "flight",
    ) -> dict[str, Any]:
        """Begin to make a film of the codes in the body.

        Args:
            name: Checkpoint.
            request: Its body has the codes.
            format: A key of `FORMATS`.
            fps: Frames a second.
            count: Pictures a frame.
            side: Pixels of the frame's longer side.
            title: Part of the file's name.
        """
        checkpoint = await asyncio.to_thread(self.registry.open, name)
        require_pictures(checkpoint)
        self.films.require_room()
        too_long = ValueError(
            f"The codes of this film are over {MOST_BODY_BYTES // 10**6} MB; "
            "record a shorter flight or fewer pictures a frame."
        )
        body = await received_bytes(request, MOST_BODY_BYTES, too_long)
        codes_TKD = read_codes(body, count, checkpoint.config.model.latent_dim)
        film = Film(
            checkpoint=checkpoint,
            codes_TKD=codes_TKD,
            format=format,
            fps=fps,
            side=side,
            title=title,
            frames=len(codes_TKD),
        )
        self.films.start(film)
        return film.plain()

    async def progress(self, film_id: str) -> dict[str, Any]:
        """Return how far a film is."""
        return self.films.get(film_id).plain()

    async def file(self, film_id: str) -> FileResponse:
        """Return a finished film."""
        film = self.films.get(film_id)
        path = self.films.path(film)
        if film.state != "ready" or not path.is_file():
            raise UnknownFilm("This film is not finished; its page says how far it is.")
        media_type = FORMATS[film.format].media_type
        return FileResponse(path, media_type=media_type, filename=film.name)

    async def cancel(self, film_id: str) -> dict[str, Any]:
        """Cancel a film, or forget a finished one."""
        self.films.remove(film_id)
        return {"state": "cancelled"}
