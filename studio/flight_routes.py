"""What the odyssey asks over HTTP: a checkpoint's space, its stars, and flight paths.

A ship flies in the three directions of a `Frame`: the latent dimensions themselves where there are
three; where there are more, the first three principal axes of the codes or any three dimensions.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import torch
from fastapi import APIRouter, Query
from fastapi.responses import Response
from torch import Tensor

from models.checkpoint import Checkpoint
from models.config import to_json
from models.latent import flight
from models.latent.atlas import Atlas
from models.latent.flight import FlightPath, Frame, PointOfInterest, ShipConfig
from models.registry import Registry
from studio.live import DecodeService, require_pictures
from studio.routes import BINARY, UNLABELLED, Seed, vector
from studio.shared import Shared

__all__ = ["MOST_WAYPOINTS", "PATH_KINDS", "SAMPLES", "FlightRoutes", "Kind"]

PATH_KINDS = {
    "walk": "random walk",
    "follow": "along the data",
    "straight": "straight line",
    "warp": "warp",
    "orbit": "orbit",
    "spiral": "spiral",
    "tour": "tour of waypoints",
}
Kind = Literal["walk", "follow", "straight", "warp", "orbit", "spiral", "tour"]
SAMPLES = 513
"""Positions of a path that the page gets, at equal times."""
DEPTH = 3
MOST_WAYPOINTS = 64
MOST_SPACES = 24
"""Spaces that are kept; a visitor who tries many directions must not fill the memory."""
ROOM = 0.3
"""Radius of an orbit or a spiral, as a share of the mean side of the space."""
Text = Annotated[str, Query(max_length=60_000)]
Axes = Annotated[str, Query(max_length=64)]
Dimensions = tuple[int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Space:
    """Where a checkpoint is flown."""

    atlas: Atlas
    frame: Frame
    stars: bytes
    """The encoded points, in the frame: uint32 N, float32 [N, 3], uint8 [N] classes"""
    activity: list[float]
    """Standard deviation of the codes in each latent dimension"""
    ship: ShipConfig
    chosen: Dimensions | None
    """Latent dimensions that are flown along, from 0; None where nobody chose"""

    @property
    def side(self) -> float:
        """Mean side of the border."""
        return float((torch.tensor(self.ship.high) - torch.tensor(self.ship.low)).mean())


def measure_space(atlas: Atlas, chosen: Dimensions | None) -> Space:
    """Return the space along chosen dimensions.

    Where nobody chose: the principal axes, or the dimensions themselves if there are three.
    """
    codes = atlas.codes
    along = chosen or ((0, 1, 2) if codes.shape[1] == DEPTH else None)
    frame = Frame.along(codes, along) if along else Frame.principal(codes)
    stars_N3 = frame.from_latent(codes).numpy()
    ends = np.quantile(stars_N3, (0.002, 0.998), axis=0)
    margin = 0.1 * (ends[1] - ends[0]) + 1e-3
    low, high = ((ends[0] - margin).tolist(), (ends[1] + margin).tolist())
    return Space(
        atlas=atlas,
        frame=frame,
        stars=_stars(stars_N3, atlas.labels.numpy()),
        activity=[round(float(v), 4) for v in codes.std(0)],
        ship=ShipConfig.within((low[0], low[1], low[2]), (high[0], high[1], high[2])),
        chosen=chosen,
    )


def _stars(stars_N3: np.ndarray, labels_N: np.ndarray) -> bytes:
    return b"".join(
        [
            np.uint32(len(stars_N3)).astype("<u4").tobytes(),
            np.ascontiguousarray(stars_N3, "<f4").tobytes(),
            np.where(labels_N < 0, UNLABELLED, labels_N).astype(np.uint8).tobytes(),
        ]
    )


def read_axes(text: str, size: int) -> Dimensions:
    """Read '1,4,7' as latent dimensions, counted from 0.

    Raises:
        ValueError: They are not three different ones of the `size` there are.
    """
    parts = [part.strip() for part in text.split(",")]
    # As text first: int() would take a number of any length, and signs and underscores with it.
    sound = all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts)
    chosen = [int(part) - 1 for part in parts] if sound else []
    if len(set(chosen)) != DEPTH or len(chosen) != DEPTH or not all(0 <= d < size for d in chosen):
        raise ValueError(
            f"axes must be three different latent dimensions of 1 to {size} with commas between "
            "them, such as 1,2,3."
        )
    return (chosen[0], chosen[1], chosen[2])


def describe_space(here: Space, places: list[PointOfInterest]) -> dict[str, Any]:
    """Return what the page needs to fly: frame, ship, path kinds, places worth a visit."""
    return {
        "chosen": [d + 1 for d in here.chosen] if here.chosen else None,
        "activity": here.activity,
        "origin": here.frame.origin.tolist(),
        "axes": here.frame.axes.tolist(),
        "names": list(here.frame.names),
        "ship": to_json(here.ship),
        "side": here.side,
        "kinds": PATH_KINDS,
        "places": [
            {"name": p.name, "kind": p.kind, "z": p.code.tolist(), "density": p.density}
            for p in places
        ],
    }


def draw_path(
    here: Space, kind: Kind, at: Tensor, to: Tensor, via: Tensor, seed: int
) -> FlightPath:
    """Return a path of one kind from `at`; each kind uses what it needs of the rest.

    Args:
        here: The space.
        kind: One of `PATH_KINDS`.
        at: Where the ship is, float [D].
        to: Where it is going, or what it goes around.
        via: Waypoints of a tour, float [W, D].
        seed: Draws a random walk.
    """
    axes, radius = here.frame.axes, ROOM * here.side
    match kind:
        case "walk":
            return flight.walk(here.atlas.density, at, legs=14, seed=seed)
        case "follow":
            return here.atlas.roads.follow(at, to)
        case "straight":
            return flight.straight(at, to)
        case "warp":
            return flight.warp(at, to)
        case "orbit":
            return flight.orbit(to, axes, radius)
        case "spiral":
            return flight.spiral(at, axes, radius, climb=radius)
        case "tour":
            return flight.tour(via, closed=len(via) > 2)


@dataclass(frozen=True, slots=True)
class FlightRoutes:
    """The routes below `/flight/{name}`."""

    registry: Registry
    service: DecodeService
    spaces: Shared[Space] = field(default_factory=lambda: Shared(MOST_SPACES))
    places: Shared[list[PointOfInterest]] = field(default_factory=lambda: Shared(MOST_SPACES))

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/flight/{name}")
        router.add_api_route("", self.description)
        router.add_api_route("/stars", self.stars)
        router.add_api_route("/path", self.path)
        return router

    async def _open(self, name: str) -> Checkpoint:
        checkpoint = await asyncio.to_thread(self.registry.open, name)
        require_pictures(checkpoint)
        return checkpoint

    async def space(self, checkpoint: Checkpoint, axes: str = "") -> Space:
        """Return the space of a checkpoint, computed once.

        Args:
            checkpoint: What is flown in.
            axes: Three latent dimensions to fly along, counted from 1, with commas between them;
                without any, as `measure_space`.

        Raises:
            ValueError: It has fewer than three dimensions, or not these, or no encoded points to
                fly among.
        """
        atlas = checkpoint.atlas
        if atlas is None:
            raise ValueError(
                f"Checkpoint '{checkpoint.name}' has no atlas, so there is no space to fly in."
            )
        chosen = read_axes(axes, checkpoint.config.model.latent_dim) if axes else None
        measure = partial(self.service.beside, partial(measure_space, atlas, chosen))
        return await self.spaces.get((atlas, chosen), measure)

    async def description(self, name: str, axes: Axes = "") -> dict[str, Any]:
        """Return what the page needs to know before it flies; `axes` as for `space`."""
        here = await self.space(await self._open(name), axes)
        find = partial(self.service.beside, partial(flight.points_of_interest, here.atlas))
        return describe_space(here, await self.places.get(here.atlas, find))

    async def stars(self, name: str, axes: Axes = "") -> Response:
        """Return the encoded points in the frame: uint32 N, float32 [N, 3], uint8 [N] classes."""
        here = await self.space(await self._open(name), axes)
        headers = {"Cache-Control": "private, max-age=86400"}
        return Response(here.stars, media_type=BINARY, headers=headers)

    async def path(
        self,
        name: str,
        kind: Kind,
        at: Text,
        to: Text = "",
        via: Text = "",
        axes: Axes = "",
        seed: Seed = 0,
        even: bool = False,
        measure: bool = False,
    ) -> dict[str, Any]:
        """Return a flight path as positions at equal times.

        Args:
            name: Checkpoint.
            kind: One of `PATH_KINDS`.
            at: Position of the ship, numbers with commas between them.
            to: Where it goes or what it goes around; where the ship is by default.
            via: Waypoints with semicolons between them.
            axes: What is flown along, as for `space`; an orbit and a spiral lie in it.
            seed: Draws a random walk.
            even: Whether it is re-timed to constant image speed.
            measure: Whether its figures are wanted, and those of the straight line beside them.
        """
        checkpoint = await self._open(name)
        size = checkpoint.config.model.latent_dim
        here = await self.space(checkpoint, axes)
        start = vector(at, size, "at")
        goal = vector(to, size, "to") if to else start
        stops = [vector(stop, size, "via") for stop in via.split(";") if stop]
        waypoints = torch.stack(stops) if stops else torch.zeros(0, size)
        flown = partial(self.flown, checkpoint, here, kind, start, goal, waypoints)
        return await flown(seed=seed, even=even, measure=measure)

    async def flown(
        self,
        checkpoint: Checkpoint,
        here: Space,
        kind: Kind,
        start: Tensor,
        goal: Tensor,
        waypoints: Tensor,
        *,
        seed: int,
        even: bool,
        measure: bool,
    ) -> dict[str, Any]:
        """Return the same of positions that were read; float [D], [D] and [W, D]."""
        if len(waypoints) > MOST_WAYPOINTS:
            raise ValueError(f"A tour takes at most {MOST_WAYPOINTS} waypoints.")
        if kind in ("follow", "straight", "warp") and torch.equal(start, goal):
            raise ValueError("The ship is there already; choose another destination.")
        draw = partial(draw_path, here, kind, start, goal, waypoints, seed)
        flown = await self.service.beside(draw)
        decode = self.service.decoder(checkpoint)
        if even:
            flown = await self.service.beside(
                partial(flight.to_constant_image_speed, flown, decode)
            )
        answer = _plain(flown)
        if measure and kind in ("follow", "straight", "warp"):
            density = here.atlas.density
            line = flight.straight(start, goal)
            for key, one in (("figures", flown), ("line", line)):
                measured = await self.service.beside(
                    partial(flight.figures, one, decode, density, 120)
                )
                answer[key] = asdict(measured)
        return answer


def _plain(path: FlightPath) -> dict[str, Any]:
    codes = path.at(torch.linspace(0, 1, SAMPLES, dtype=torch.float64))
    return {
        "kind": path.kind,
        "codes": [[round(v, 5) for v in row] for row in codes.tolist()],
        "length": path.length,
        "closed": path.closed,
    }
