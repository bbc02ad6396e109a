"""What the traversals ask over HTTP: what a code is made of, grids around one, codes of pictures.

A part of a code is asked for by its name, as z3 or c. Whatever a person can mend comes back as
{"error": sentence}.

Shapes: D latent dimensions, N pictures, H and W height and width, C channels.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

import numpy as np
import torch
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from torch import Tensor

from models.checkpoint import Checkpoint
from models.latent.parts import Parts
from models.registry import Registry
from studio.live import DecodeService, require_pictures
from studio.media import gif
from studio.pictures import Fit, received_picture
from studio.routes import BINARY, vector
from studio.sampling_facts import example_facts, kept_picture
from studio.sampling_routes import SampleSeed
from studio.traversal_facts import describe_traversals, encoded_facts
from studio.traversal_figures import grid_figure
from studio.traversal_requests import Of, Span, Text, View, grid_codes, named, require_room

__all__ = ["MOST_DIMENSIONS", "TraversalRoutes"]

MOST_DIMENSIONS = 128
"""Of a code; more rows than that tell nobody anything"""
FILM_STEPS = 31
"""Frames of a continuous row's film, one way"""
FILM_FPS, CLASS_FPS = 20, 3

Spanned = Annotated[Span, Depends()]


@dataclass(frozen=True, slots=True)
class TraversalRoutes:
    """The routes below `/traversals/{name}`."""

    registry: Registry
    service: DecodeService

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/traversals/{name}")
        router.add_api_route("", self.description)
        for part in (self.grid, self.example, self.draw):
            router.add_api_route(f"/{part.__name__}", part)
        router.add_api_route("/grid.png", self.grid_png)
        router.add_api_route("/row.gif", self.row_gif)
        router.add_api_route("/encode", self.encode, methods=["POST"])
        return router

    async def open(self, name: str) -> Checkpoint:
        """Return a checkpoint that can be traversed."""
        checkpoint = await asyncio.to_thread(self.registry.open, name)
        require_pictures(checkpoint)
        size = checkpoint.config.model.latent_dim
        if size > MOST_DIMENSIONS:
            raise ValueError(
                f"Checkpoint '{name}' has {size} dimensions; traversals are shown of at most "
                f"{MOST_DIMENSIONS}."
            )
        return checkpoint

    async def description(self, name: str) -> dict[str, Any]:
        """Return what the page needs to know first."""
        return await asyncio.to_thread(describe_traversals, await self.open(name))

    async def grid(
        self, name: str, z: Text, of: Of, span: Spanned, view: View = "rows"
    ) -> Response:
        """Return what lies around a code, uint8 [N, H, W, C], row by row.

        The header X-Places has the values that continuous dimensions take.
        """
        checkpoint = await self.open(name)
        code = vector(z, checkpoint.config.model.latent_dim, "z")
        images = await self.pictures(checkpoint, code, of, span, view)
        values = ",".join(f"{value:.6g}" for value in span.places().tolist())
        return Response(images.tobytes(), media_type=BINARY, headers={"X-Places": values})

    async def pictures(
        self, checkpoint: Checkpoint, z_D: Tensor, of: str, span: Span, view: View
    ) -> np.ndarray:
        """Return what lies around a code, uint8 [N, H, W, C]."""
        model = checkpoint.config.model
        codes = grid_codes(z_D, Parts.of(model), view, of, span)
        require_room(len(codes), model.shape)
        return await self.service.decode(checkpoint, codes.numpy(), background=True)

    async def grid_png(
        self, name: str, z: Text, of: Of, span: Spanned, view: View = "rows"
    ) -> Response:
        """Return the same as a picture to keep."""
        checkpoint = await self.open(name)
        code = vector(z, checkpoint.config.model.latent_dim, "z")
        images = await self.pictures(checkpoint, code, of, span, view)
        make = partial(grid_figure, checkpoint, code, view, of, span, images)
        data = await self.service.to_a_file(make)
        return _kept(data, "image/png", f"{checkpoint.name}-{view}.png")

    async def row_gif(self, name: str, z: Text, of: Of, span: Spanned) -> Response:
        """Return one row as a film: there and back, or from class to class."""
        checkpoint = await self.open(name)
        parts = Parts.of(checkpoint.config.model)
        asked = named(of, parts)
        if len(asked) != 1:
            raise ValueError(f"A film is of one row, not of {len(asked)}.")
        swings = asked[0] < parts.continuous
        finer = Span(span.low, span.high, FILM_STEPS, span.spacing)
        code = vector(z, parts.dim, "z")
        frames = await self.pictures(checkpoint, code, of, finer, "rows")
        fps = FILM_FPS if swings else CLASS_FPS
        make = partial(gif, _plain(frames), fps=fps, forth_and_back=swings)
        data = await self.service.to_a_file(make)
        return _kept(data, "image/gif", f"{checkpoint.name}-{of}.gif")

    async def example(self, name: str, row: int) -> dict[str, Any]:
        """Return the code of one of the pictures that the atlas keeps."""
        checkpoint = await self.open(name)
        atlas, picture = kept_picture(checkpoint, row)
        found = await self._encoded(checkpoint, picture)
        return found | {"row": row, "label": example_facts(atlas, row)["label"]}

    async def encode(self, name: str, request: Request, fit: Fit = "digit") -> dict[str, Any]:
        """Return the code of the picture in the body; nothing of it is kept."""
        checkpoint = await self.open(name)
        image = await received_picture(request, checkpoint.config.model.shape, fit)
        return await self._encoded(checkpoint, image)

    async def _encoded(self, checkpoint: Checkpoint, image: Tensor) -> dict[str, Any]:
        return await self.service.run(partial(encoded_facts, checkpoint, image))

    async def draw(self, name: str, seed: SampleSeed) -> dict[str, Any]:
        """Return a code drawn from the prior."""
        checkpoint = await self.open(name)
        generator = torch.Generator().manual_seed(seed)
        return {"z": checkpoint.model.prior_sample(1, generator)[0].tolist(), "seed": seed}


def _plain(images: np.ndarray) -> np.ndarray:
    """Return pictures [N, H, W, C] as files take them: grey ones without channels."""
    return images[..., 0] if images.shape[-1] == 1 else images


def _kept(data: bytes, media_type: str, filename: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return Response(data, media_type=media_type, headers=headers)
