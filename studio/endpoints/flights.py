"""Flights: places worth a visit, and paths between codes.

Shapes: W waypoints, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import torch
from pydantic import Field

from models.checkpoint import Checkpoint
from studio.endpoints.codes import Drawing
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import Code, Name, code_of, codes_of
from studio.flight_routes import MOST_WAYPOINTS, SAMPLES, FlightRoutes, Kind

__all__ = ["FlightEndpoints"]

TOLD = ("kinds", "names", "chosen", "side", "activity")
Via = Annotated[list[Code], Field(max_length=MOST_WAYPOINTS)]
Axes = Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=3, max_length=3)]
WalkSeed = Annotated[int, Field(ge=0, lt=2**31)]
Positions = Annotated[int, Field(ge=2, le=SAMPLES)]


@dataclass(frozen=True, slots=True)
class FlightEndpoints:
    """What the tab 3-D odyssey does."""

    drawing: Drawing
    routes: FlightRoutes = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        return [Endpoint(tab="3-D odyssey", call=call) for call in (self.places, self.flight)]

    async def places(self, checkpoint: Name) -> Answer:
        """List places worth a visit in a model's space, with their codes, and the kinds of flight.

        Means and medoids of classes, borders between classes, sparse regions. The model needs at
        least three latent dimensions.

        Args:
            checkpoint: Name of the model.
        """
        told = await self.routes.description(checkpoint)
        places = [{"code": place.pop("z"), **place} for place in map(dict, told["places"])]
        named = {key: told[key] for key in TOLD}
        return {"checkpoint": checkpoint, **named, "places": places}

    async def flight(
        self,
        checkpoint: Name,
        kind: Kind = "walk",
        start: Code | None = None,
        end: Code | None = None,
        via: Via | None = None,
        axes: Axes | None = None,
        seed: WalkSeed = 0,
        even: bool = False,
        measure: bool = False,
        positions: Positions = 64,
    ) -> Answer:
        """Return the codes of a flight at equal times; `decode` shows what is seen on the way.

        A 'tour' goes through `via`; 'follow' goes along the data from `start` to `end`.

        Args:
            checkpoint: Name of a model of at least three latent dimensions.
            kind: 'walk', 'follow', 'straight', 'warp', 'orbit', 'spiral' or 'tour'.
            start: Where the flight begins; the first of the model's `places` by default.
            end: Where it goes, or what it goes around; `start` by default.
            via: Codes that a tour goes through, at most 64.
            axes: Three latent dimensions to fly along, from 1; the model's own by default.
            seed: Draws a random walk.
            even: Whether it goes at constant speed in the picture; this takes longer.
            measure: Whether figures of it are wanted, beside those of the straight line.
            positions: How many codes, 2 to 513.
        """
        found = await self.drawing.open(checkpoint)
        chosen = ",".join(map(str, axes)) if axes else ""
        here = await self.routes.space(found, chosen)
        at = code_of(start if start is not None else await self._first(checkpoint), found)
        answer = await self.routes.flown(
            found,
            here,
            kind,
            at,
            at if end is None else code_of(end, found),
            _waypoints(via or [], found),
            seed=seed,
            even=even,
            measure=measure,
        )
        kept = torch.linspace(0, SAMPLES - 1, positions).round().long().tolist()
        codes: list[Any] = answer.pop("codes")
        return {"checkpoint": found.name, **answer, "codes": [codes[row] for row in kept]}

    async def _first(self, checkpoint: str) -> list[float]:
        told = await self.routes.description(checkpoint)
        if not told["places"]:
            raise ValueError("This model knows no place to begin at; give a code as `start`.")
        first: list[float] = told["places"][0]["z"]
        return first


def _waypoints(via: Sequence[Sequence[float]], checkpoint: Checkpoint) -> torch.Tensor:
    if not via:
        return torch.zeros(0, checkpoint.config.model.latent_dim)
    return codes_of(via, checkpoint)
