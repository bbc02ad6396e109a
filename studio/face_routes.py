"""What the faces tab asks over HTTP: a model's attributes, faces to begin with, ways and sheets.

Binary answers are little-endian. Whatever a person can mend comes back as {"error": sentence}.
Nothing of a photo is kept.

Shapes: A attributes, D latent dimensions, H and W height and width, C channels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Annotated, Any, TypeVar

import torch
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from torch import Tensor

from models.checkpoint import Checkpoint
from models.data.held_out import HeldOut, has_held_out, load_held_out
from models.data.pictures import Box
from models.latent.directions import DirectionKind, Directions
from models.latent.editing import draw_code, shares_left, steps_along
from models.latent.manifold import blend, span
from models.latent.morphs import morph
from models.latent.sampling import uniforms
from models.portrait import portray
from models.registry import Registry
from studio.bodies import received_json
from studio.face_exports import FaceExport, export_morph, require_room
from studio.face_facts import (
    attribute_order,
    describe_effects,
    describe_faces,
    name_list,
    portrait_facts,
    require_directions,
)
from studio.face_requests import (
    CornersRequest,
    ExportRequest,
    PathRequest,
    PlaneRequest,
    as_codes,
)
from studio.live import DecodeService, require_pictures
from studio.pictures import received_picture
from studio.routes import BINARY
from studio.sampling_routes import SampleSeed
from studio.shared import Shared

__all__ = ["FaceRoutes", "morph_codes"]

MOST_DATASETS = 3
LOOK_SECONDS = 0.5
"""How often one looks whether a page still waits for its file"""
LEAST_STRIP, MOST_STRIP = 2, 15
LEAST_PLANE, MOST_PLANE = 3, 11

T = TypeVar("T")
Kept = Annotated[list[str] | None, Query(max_length=200)]
Pixels = Annotated[float | None, Query(ge=-(2**15), le=2**15, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class FaceRoutes:
    """The routes below `/faces/{name}`."""

    registry: Registry
    service: DecodeService
    unseen: Shared[HeldOut] = field(default_factory=lambda: Shared(MOST_DATASETS))
    """Held-out examples by data set and the model's shape"""

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/faces/{name}")
        router.add_api_route("", self.description)
        for part in (self.steps, self.random, self.effects):
            router.add_api_route(f"/{part.__name__}", part)
        router.add_api_route("/held-out", self.held_out)
        for sent in (self.photo, self.path, self.plane, self.corners):
            router.add_api_route(f"/{sent.__name__}", sent, methods=["POST"])
        router.add_api_route("/export/{kind}", self.export, methods=["POST"])
        return router

    async def _open(self, name: str) -> Checkpoint:
        checkpoint = await asyncio.to_thread(self.registry.open, name)
        require_pictures(checkpoint)
        return checkpoint

    async def description(self, name: str) -> dict[str, Any]:
        """Return what the page needs to know first."""
        checkpoint = await self._open(name)
        dataset, workspace = checkpoint.config.data.dataset, self.registry.workspace
        here = await asyncio.to_thread(has_held_out, dataset, workspace)
        return await asyncio.to_thread(partial(describe_faces, checkpoint, held_out=here))

    async def steps(
        self,
        name: str,
        kind: DirectionKind = "means",
        keep: Kept = None,
        conditional: bool = False,
    ) -> Response:
        """Return one step along each direction, float32 [A, D].

        Args:
            name: Checkpoint.
            kind: Of the directions.
            keep: Attributes whose scores a conditional step leaves alone, with commas between
                them; given repeatedly where names have commas of their own.
            conditional: Whether the steps are conditional. Those of which nothing would be left are
                plain, and the header X-Whole names them. The header X-Left tells how far each moves
                its own score, in plain steps: 1 for a plain one.
        """
        directions = require_directions(await self._open(name))
        kept = _names(keep or [], directions.names)
        find = partial(steps_along, directions.of(kind), kept, conditional=conditional)
        steps, whole = await self.service.beside(find)
        order = attribute_order(directions)
        left = shares_left(directions.of(kind), steps)[order].tolist()
        headers = {"X-Whole": name_list(whole), "X-Left": ",".join(f"{s:.3g}" for s in left)}
        return Response(_floats(steps[order]), media_type=BINARY, headers=headers)

    async def random(self, name: str, seed: SampleSeed) -> dict[str, Any]:
        """Return the untruncated code of a seed."""
        checkpoint = await self._open(name)
        mixture = checkpoint.atlas.mixture if checkpoint.atlas else None
        size = checkpoint.config.model.latent_dim
        z = await asyncio.to_thread(draw_code, seed, size, mixture)
        return {"z": z.tolist(), "seed": seed}

    async def photo(
        self,
        name: str,
        request: Request,
        left: Pixels = None,
        top: Pixels = None,
        side: Pixels = None,
    ) -> dict[str, Any]:
        """Return the picture in the body as the model sees it; nothing of it is kept.

        Args:
            name: Checkpoint.
            request: Its body is a picture file.
            left: Left edge of the square to cut out, in pixels of the upright picture.
            top: Its upper edge.
            side: Its side; without all three it is the central square.
        """
        checkpoint = await self._open(name)
        box = _box(left, top, side)
        shape = checkpoint.config.model.shape
        image = await received_picture(request, shape, "square", box=box, still=True)
        return await self._portrait(checkpoint, image)

    async def _portrait(self, checkpoint: Checkpoint, image: Tensor) -> dict[str, Any]:
        return portrait_facts(await self.service.run(partial(portray, checkpoint, image)))

    async def held_out(
        self, name: str, row: int | None = None, seed: SampleSeed = 0
    ) -> dict[str, Any]:
        """Return a face that no training saw; without a row the seed chooses one."""
        checkpoint = await self._open(name)
        found = await self._unseen(checkpoint)
        rows = len(found)
        if row is None:
            row = int(uniforms(seed, 1, 1)[0, 0] * rows)
        if not 0 <= row < rows:
            raise ValueError(f"There is no held-out face {row}; choose 0 to {rows - 1}.")
        return {
            **await self._portrait(checkpoint, found.split.images[row]),
            "row": row,
            "rows": rows,
            "attributes": found.attributes_of(row),
        }

    async def _unseen(self, checkpoint: Checkpoint) -> HeldOut:
        data, shape = checkpoint.config.data, checkpoint.config.model.shape
        load = partial(
            load_held_out,
            data.dataset,
            shape,
            workspace=self.registry.workspace,
            validation=data.validation,
        )
        key = (data.dataset, data.validation, shape)
        return await self.unseen.get(key, partial(self.service.at_length, load))

    async def path(self, name: str, request: Request) -> Response:
        """Return a morph, float32 [steps, D]; the body is a `PathRequest`."""
        checkpoint = await self._open(name)
        return Response(
            _floats(morph_codes(checkpoint, await received_json(request, PathRequest))),
            media_type=BINARY,
        )

    async def export(self, name: str, kind: FaceExport, request: Request) -> Response:
        """Return a morph as a file to keep; the body is an `ExportRequest`."""
        checkpoint = await self._open(name)
        asked = await received_json(request, ExportRequest)
        codes = morph_codes(checkpoint, asked)
        require_room(kind, asked, checkpoint.config.model.shape)
        make = partial(export_morph, kind, asked, codes, licence=checkpoint.config.licence)
        if kind == "npz":  # It need not wait behind films.
            file = await asyncio.to_thread(make)
        else:
            frames = await self.service.decode(checkpoint, codes.numpy(), background=True)
            file = await self._while_wanted(request, partial(make, frames))
        filename = f"{checkpoint.name}-morph-{asked.steps}{file.suffix}"
        headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
        return Response(file.data, media_type=file.media_type, headers=headers)

    async def _while_wanted(self, request: Request, make: Callable[[Event], T]) -> T:
        """Make what takes long, and tell the maker if the page has gone away."""
        gone = Event()
        making = asyncio.ensure_future(self.service.to_a_file(partial(make, gone)))
        try:
            while not making.done():
                await asyncio.wait({making}, timeout=LOOK_SECONDS)
                if not making.done() and await request.is_disconnected():
                    gone.set()
        finally:
            gone.set()
        return await making

    async def plane(self, name: str, request: Request) -> Response:
        """Return a face over the strengths of one or two attributes; the body is a `PlaneRequest`.

        The answer is uint8 [n or n * n, H, W, C], the largest strength of `y` in the first row.
        """
        checkpoint = await self._open(name)
        asked = await received_json(request, PlaneRequest)
        directions = require_directions(checkpoint).of(asked.kind)
        z = as_codes([asked.z], checkpoint.config.model.latent_dim)[0]
        codes = await self.service.beside(partial(_plane, directions, asked, z))
        return await self._pictures(checkpoint, codes)

    async def corners(self, name: str, request: Request) -> Response:
        """Return what lies between four faces, uint8 [n * n, H, W, C]; see `CornersRequest`."""
        checkpoint = await self._open(name)
        asked = await received_json(request, CornersRequest)
        codes = as_codes(asked.codes, checkpoint.config.model.latent_dim)
        return await self._pictures(checkpoint, blend(codes, asked.n, asked.n))

    async def _pictures(self, checkpoint: Checkpoint, codes_ND: Tensor) -> Response:
        images = await self.service.decode(checkpoint, codes_ND.numpy(), background=True)
        return Response(images.tobytes(), media_type=BINARY)

    async def effects(self, name: str, kind: DirectionKind = "means") -> dict[str, Any]:
        """Return what else a step along each direction changes."""
        return describe_effects(await self._open(name), kind)


def _names(given: list[str], known: tuple[str, ...]) -> list[str]:
    """Return names that came with commas between them, or one by one."""
    parts = [part for text in given for part in ([text] if text in known else text.split(","))]
    return list(dict.fromkeys(part for part in parts if part))


def _box(left: float | None, top: float | None, side: float | None) -> Box | None:
    if left is None and top is None and side is None:
        return None
    if left is None or top is None or side is None:
        raise ValueError("The square to cut out needs left, top and side.")
    return Box(left, top, side)


def morph_codes(checkpoint: Checkpoint, asked: PathRequest) -> Tensor:
    """Return a morph, float32 [steps, D]."""
    codes = as_codes(asked.codes, checkpoint.config.model.latent_dim)
    return morph(codes, asked.steps, asked.kind, closed=asked.closed)


def _plane(directions: Directions, asked: PlaneRequest, z: Tensor) -> Tensor:
    across = directions.index(asked.x)
    up = None if asked.y is None else directions.index(asked.y)
    least, most = (LEAST_STRIP, MOST_STRIP) if up is None else (LEAST_PLANE, MOST_PLANE)
    if not least <= asked.n <= most:
        kind = "strip" if up is None else "plane"
        raise ValueError(f"A {kind} has {least} to {most} faces along a side, not {asked.n}.")
    if across == up:
        raise ValueError("A plane needs two different attributes.")
    if asked.low >= asked.high:
        raise ValueError(f"low must be below high; {asked.low:g} is not below {asked.high:g}.")
    names = [asked.x] if asked.y is None else [asked.x, asked.y]
    steps, _ = steps_along(directions, asked.keep, conditional=asked.conditional, names=names)
    strengths = torch.linspace(asked.low, asked.high, asked.n)
    if up is None:
        return span(z, steps[0], torch.zeros_like(z), strengths, torch.zeros(1))
    return span(z, steps[0], steps[1], strengths, strengths)


def _floats(values: Tensor) -> bytes:
    """Return float32 numbers as bytes, the least significant first."""
    return values.numpy().astype("<f4").tobytes()
