"""Codes and pictures: what the navigator and the sampler do.

Shapes: N codes, D latent dimensions.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor

from models.checkpoint import Checkpoint
from models.latent.atlas import Atlas
from models.latent.interpolation import PathKind
from models.registry import Registry
from studio.endpoints.answers import as_sheet, shown
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import (
    Class,
    Code,
    Codes,
    Count,
    Name,
    Picture,
    Seed,
    Steps,
    code_of,
    codes_of,
    picture_file,
)
from studio.live import DecodeService, require_pictures
from studio.pictures import Fit, laid_picture
from studio.routes import CheckpointRoutes, describe, identity, path_facts
from studio.sampling_routes import SamplingRoutes, Source

__all__ = ["CodeEndpoints", "Drawing"]

MOST_POINTS = 2000
MOST_NEAREST = 32


@dataclass(frozen=True, slots=True)
class Drawing:
    """Opens models and decodes, behind every live view."""

    registry: Registry = field(repr=False)
    service: DecodeService = field(repr=False)

    async def open(self, name: str) -> Checkpoint:
        """Return a model of pictures.

        Raises:
            CheckpointError: There is none of that name, or it is damaged.
            ValueError: It decodes something else.
        """
        checkpoint = await asyncio.to_thread(self.registry.open, name)
        require_pictures(checkpoint)
        return checkpoint

    async def pictures(
        self, checkpoint: Checkpoint, codes_ND: Tensor, *, sheet: bool = False
    ) -> list[str]:
        """Return what codes decode to, one by one or all in one picture."""
        images = await self.service.decode(checkpoint, codes_ND.numpy(), background=True)
        if sheet:
            return [await self.service.beside(partial(as_sheet, images))]
        return await self.service.beside(partial(shown, images))


@dataclass(frozen=True, slots=True)
class CodeEndpoints:
    """What the tabs 2-D navigator and Gaussian sampler do."""

    drawing: Drawing
    routes: CheckpointRoutes = field(repr=False)
    sampling: SamplingRoutes = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        navigator = (self.decode, self.encode, self.interpolate, self.map, self.nearest)
        found = [Endpoint(tab="2-D navigator", call=call) for call in navigator]
        return [*found, Endpoint(tab="Gaussian sampler", call=self.sample)]

    async def decode(self, checkpoint: Name, codes: Codes, sheet: bool = False) -> Answer:
        """Decode codes into pictures.

        Args:
            checkpoint: Name of the model, as `checkpoints` lists it.
            codes: 1 to 64 codes, each a list of as many numbers as the model has dimensions.
            sheet: Whether all come in one picture, enlarged and row by row, instead of one each.
        """
        found = await self.drawing.open(checkpoint)
        drawn = await self.drawing.pictures(found, codes_of(codes, found), sheet=sheet)
        return {"checkpoint": found.name, "pictures": drawn}

    async def encode(self, checkpoint: Name, picture: Picture, fit: Fit | None = None) -> Answer:
        """Encode a picture: mean and width of its code, and how well the model knows its like.

        Nothing of it is kept. In the answer `picture` is what the model sees of it, and
        `reconstruction` what its mean decodes to.

        Args:
            checkpoint: Name of the model.
            picture: A PNG, JPEG, WebP, GIF or BMP file as base64, at most 10 MB.
            fit: 'digit' centres it by its mass, 'square' takes its middle; the model's own if null.
        """
        found = await self.drawing.open(checkpoint)
        own: Fit = identity(found)["fit"]
        shape = found.config.model.shape
        image = await laid_picture(picture_file(picture), shape, fit or own)
        facts = await self.routes.encoded(found, image)
        posterior = await self.sampling.posterior(found, image)
        copies = await self.drawing.pictures(found, torch.tensor([posterior["mu"]]))
        seen = await self.drawing.service.beside(
            partial(shown, image.permute(1, 2, 0).unsqueeze(0).numpy())
        )
        told = ("reconstruction", "kl", "density", "typical")
        return {
            "checkpoint": found.name,
            "mean": posterior["mu"],
            "sigma": posterior["sigma"],
            "picture": seen[0],
            "reconstruction": copies[0],
            "nats": {key: facts[key] for key in told[:2]},
            **{key: facts[key] for key in told[2:]},
        }

    async def sample(
        self,
        checkpoint: Name,
        count: Count = 16,
        source: Source = "prior",
        seed: Seed = 0,
        label: Class | None = None,
        sheet: bool = False,
    ) -> Answer:
        """Draw new pictures, from the prior or from where the model puts its data.

        A seed draws the same codes on any machine, those that the tab draws with it.

        Args:
            checkpoint: Name of the model.
            count: 1 to 64.
            source: 'prior', or 'gaussian' or 'mixture', which are fitted to the data.
            seed: 0 or more.
            label: Only of this class, by its number from 0; not for the prior.
            sheet: Whether all pictures come in one.
        """
        found = await self.drawing.open(checkpoint)
        if label is not None and source == "prior":
            raise ValueError("The prior knows no classes; choose source='gaussian' or 'mixture'.")
        codes = await self.sampling.drawn(found, source, count, seed, label)
        drawn = await self.drawing.pictures(found, codes, sheet=sheet)
        return {"checkpoint": found.name, "codes": codes.tolist(), "pictures": drawn}

    async def interpolate(
        self,
        checkpoint: Name,
        start: Code,
        end: Code,
        steps: Steps = 16,
        kind: Literal["linear", "spherical"] = "linear",
        sheet: bool = False,
    ) -> Answer:
        """Go from one code to another: codes, pictures, and how far each step goes.

        Args:
            checkpoint: Name of the model.
            start: The code to begin with.
            end: The code to end with.
            steps: 2 to 64 places, both ends included.
            kind: 'linear' or 'spherical'.
            sheet: Whether all pictures come in one.
        """
        found = await self.drawing.open(checkpoint)
        ends = code_of(start, found), code_of(end, found)
        way: PathKind = kind
        facts = await path_facts(self.drawing.service, found, *ends, steps, (way,))
        codes = torch.tensor(facts[way]["codes"])
        drawn = await self.drawing.pictures(found, codes, sheet=sheet)
        return {"checkpoint": found.name, "kind": kind, **facts[way], "pictures": drawn}

    async def map(
        self,
        checkpoint: Name,
        first: Annotated[int, Field(ge=0)] = 0,
        count: Annotated[int, Field(ge=1, le=MOST_POINTS)] = 500,
    ) -> Answer:
        """Return where a model puts the examples it learned: codes, classes, and class means.

        The first few hundred are about as many of each class.

        Args:
            checkpoint: Name of the model.
            first: Which example to begin with, from 0.
            count: 1 to 2,000 examples.
        """
        found = await asyncio.to_thread(self.drawing.registry.open, checkpoint)
        atlas = _atlas(found)

        def told() -> Answer:
            rows = slice(first, first + count)
            about = describe(found)
            return {
                "checkpoint": found.name,
                "total": len(atlas),
                "first": first,
                "codes": atlas.codes[rows].tolist(),
                "labels": _labels(atlas.labels[rows]),
                "classes": list(atlas.class_names),
                "means": about["means"],
                "core": about["core"],
            }

        return await asyncio.to_thread(told)

    async def nearest(
        self,
        checkpoint: Name,
        code: Code,
        count: Annotated[int, Field(ge=1, le=MOST_NEAREST)] = 8,
    ) -> Answer:
        """Say where a code lies: the nearest real examples, the class around it, how usual it is.

        Args:
            checkpoint: Name of the model.
            code: As many numbers as the model has dimensions.
            count: 1 to 32 examples.
        """
        found = await self.drawing.open(checkpoint)
        z = code_of(code, found)
        place = await self.sampling.place(found, z)
        return {
            "checkpoint": found.name,
            **place,
            "examples": await self._examples(found, z, count),
        }

    async def _examples(self, found: Checkpoint, z: Tensor, count: int) -> list[dict[str, Any]]:
        atlas = found.atlas
        if atlas is None or len(atlas.thumbnails) < 2:
            return []

        def look() -> list[dict[str, Any]]:
            rows, distances = atlas.nearest_examples(z.unsqueeze(0), count)
            pictures = shown(atlas.thumbnails[rows[0]].permute(0, 2, 3, 1).numpy())
            labels = _labels(atlas.labels[rows[0]])
            told = zip(rows[0].tolist(), labels, distances[0].tolist(), pictures, strict=True)
            return [
                dict(zip(("row", "label", "distance", "picture"), one, strict=True)) for one in told
            ]

        return await self.drawing.service.beside(look)


def _atlas(checkpoint: Checkpoint) -> Atlas:
    if checkpoint.atlas is None:
        raise ValueError(f"Checkpoint '{checkpoint.name}' keeps none of the examples it learned.")
    return checkpoint.atlas


def _labels(labels: Tensor) -> list[int | None]:
    return [None if label < 0 else label for label in labels.tolist()]
