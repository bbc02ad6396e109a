"""Faces: a model's attributes, faces to begin with, edits and morphs.

Shapes: D latent dimensions.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import torch
from pydantic import Field

from models.latent.directions import DirectionKind
from models.latent.editing import TRUNCATION, moved, truncated
from models.latent.morphs import MorphKind
from studio.endpoints.codes import Drawing
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import (
    Code,
    Codes,
    Finite,
    Name,
    Names,
    Seed,
    Steps,
    code_of,
    codes_of,
)
from studio.face_facts import mean_code, require_directions
from studio.face_requests import PathRequest
from studio.face_routes import FaceRoutes, morph_codes

__all__ = ["FaceEndpoints"]

TOLD = ("attributes", "main", "kinds", "unit", "mean", "figures", "effects", "licence")
Strengths = Annotated[dict[Name, Finite], Field(max_length=200)]
Share = Annotated[float, Field(ge=0, le=2)]


@dataclass(frozen=True, slots=True)
class FaceEndpoints:
    """What the tab Faces does."""

    drawing: Drawing
    routes: FaceRoutes = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        calls = (self.attributes, self.random_face, self.edit_face, self.morph)
        return [Endpoint(tab="Faces", call=call) for call in calls]

    async def attributes(self, checkpoint: Name) -> Answer:
        """List the attributes that a model of faces can change, and how well it tells each apart.

        An AUC of 0.5 is chance, 1 is always right, on faces that took no part in learning.

        Args:
            checkpoint: Name of the model.
        """
        told = await self.routes.description(checkpoint)
        return {"checkpoint": checkpoint, **{key: told[key] for key in TOLD}}

    async def random_face(
        self, checkpoint: Name, seed: Seed = 0, truncation: Share = TRUNCATION
    ) -> Answer:
        """Draw a face: its code and its picture.

        Args:
            checkpoint: Name of the model.
            seed: The same seed draws the same face.
            truncation: Share of its distance from the average face, 0 to 2; less is more usual.
        """
        found = await self.drawing.open(checkpoint)
        drawn = torch.tensor((await self.routes.random(checkpoint, seed))["z"])
        mean = await asyncio.to_thread(mean_code, found)
        z = truncated(drawn, mean, truncation)
        pictures = await self.drawing.pictures(found, z.unsqueeze(0))
        return {"checkpoint": found.name, "code": z.tolist(), "picture": pictures[0]}

    async def edit_face(
        self,
        checkpoint: Name,
        code: Code,
        strengths: Strengths,
        conditional: bool = False,
        keep: Names | None = None,
        kind: DirectionKind = "means",
    ) -> Answer:
        """Move a face along learned attributes: its new code and its picture.

        Args:
            checkpoint: Name of the model.
            code: The face, as `random_face` or `encode` gives it.
            strengths: Steps by attribute, as {"Smiling": 2, "Young": -1}; faces lie within -3 to 3.
            conditional: Whether the scores of the attributes in `keep` are left as they are.
            keep: Attributes to leave alone; those in `strengths` by default.
            kind: How the directions were found: 'means' or 'normal'.
        """
        found = await self.drawing.open(checkpoint)
        directions = require_directions(found).of(kind)
        kept = list(strengths) if keep is None else keep
        edit = partial(moved, code_of(code, found), directions, strengths, kept)
        z = await self.drawing.service.beside(partial(edit, conditional=conditional))
        pictures = await self.drawing.pictures(found, z.unsqueeze(0))
        return {"checkpoint": found.name, "code": z.tolist(), "picture": pictures[0]}

    async def morph(
        self,
        checkpoint: Name,
        codes: Codes,
        steps: Steps = 16,
        kind: MorphKind = "linear",
        closed: bool = False,
        sheet: bool = False,
    ) -> Answer:
        """Go through several faces: the codes on the way, and their pictures.

        Args:
            checkpoint: Name of the model.
            codes: 2 to 64 faces.
            steps: 2 to 64 places, both ends included.
            kind: 'linear', 'spherical', or 'curve', which turns no corner.
            closed: Whether the way returns to the first face.
            sheet: Whether all pictures come in one.
        """
        found = await self.drawing.open(checkpoint)
        codes_of(codes, found)
        asked = PathRequest(codes=codes, kind=kind, closed=closed, steps=steps)
        way = morph_codes(found, asked)
        drawn = await self.drawing.pictures(found, way, sheet=sheet)
        return {"checkpoint": found.name, "codes": way.tolist(), "pictures": drawn}
