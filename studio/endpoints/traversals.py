"""Traversals: what a code is made of, and what each part of it does.

Shapes: N pictures, D latent dimensions, H and W height and width, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Annotated

import numpy as np
from pydantic import Field

from models.latent.parts import Parts
from models.latent.traversals import Spacing
from studio.endpoints.answers import png_address, shown
from studio.endpoints.codes import Drawing
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import Code, Finite, Name, code_of
from studio.traversal_figures import grid_figure
from studio.traversal_requests import Span, grid_codes, named, part_names
from studio.traversal_routes import TraversalRoutes

__all__ = ["TraversalEndpoints"]

TOLD = ("names", "continuous", "discrete", "nats", "order", "centre", "start", "accuracy")
MOST_PICTURES = 256
FIRST = 5
"""Numbers that are shown where none are named: those that say most"""
Of = Annotated[list[Annotated[str, Field(max_length=20)]], Field(min_length=1, max_length=128)]


@dataclass(frozen=True, slots=True)
class TraversalEndpoints:
    """What the tab Traversals does."""

    drawing: Drawing
    routes: TraversalRoutes = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        return [Endpoint(tab="Traversals", call=call) for call in (self.parts, self.traverse)]

    async def parts(self, checkpoint: Name) -> Answer:
        """List the parts of a model's codes, how many nats each tells, and what its classes mean.

        Args:
            checkpoint: Name of the model.
        """
        told = await self.routes.description(checkpoint)
        return {"checkpoint": checkpoint, **{key: told[key] for key in TOLD}}

    async def traverse(
        self,
        checkpoint: Name,
        of: Of | None = None,
        code: Code | None = None,
        low: Finite = -2.5,
        high: Finite = 2.5,
        steps: Annotated[int, Field(ge=3, le=21)] = 11,
        spacing: Spacing = "even",
        sheet: bool = False,
    ) -> Answer:
        """Change one part of a code after another while the others stand still, and show each.

        Args:
            checkpoint: Name of the model.
            of: Parts that change, as ["z1", "c"]; by default classes, and the five that say most.
            code: What the rows go through; the model's own start by default.
            low: Where a number begins.
            high: Where it ends.
            steps: 3 to 21 pictures of a number; of classes there is one each.
            spacing: 'even', or 'quantiles' of the prior.
            sheet: Whether it comes as one picture with titles and values, as a page would show it.
        """
        found = await self.routes.open(checkpoint)
        told = await self.routes.description(checkpoint)
        parts = Parts.of(found.config.model)
        names = part_names(parts)
        asked = of or [*names[parts.continuous :], *(names[i] for i in told["order"][:FIRST])]
        z = code_of(told["start"] if code is None else code, found)
        span, text = Span(low, high, steps, spacing), ",".join(asked)
        rows = [len(grid_codes(z, parts, "rows", name, span)) for name in asked]
        if sum(rows) > MOST_PICTURES:
            raise ValueError(
                f"{sum(rows)} pictures are too many for one answer, which holds {MOST_PICTURES}; "
                "name fewer parts in `of`, or take fewer steps."
            )
        images = await self.routes.pictures(found, z, text, span, "rows")
        values = span.places().tolist()
        answer = {"checkpoint": found.name, "code": z.tolist(), "values": values}
        service = self.drawing.service
        if sheet:
            figure = partial(grid_figure, found, z, "rows", text, span, images)
            return {
                **answer,
                "parts": asked,
                "picture": png_address(await service.to_a_file(figure)),
            }
        pictures = await service.beside(partial(shown, images))
        ends = np.cumsum([0, *rows]).tolist()
        drawn = [
            {"part": names[part], "pictures": pictures[ends[row] : ends[row + 1]]}
            for row, part in enumerate(named(text, parts))
        ]
        return {**answer, "rows": drawn}
