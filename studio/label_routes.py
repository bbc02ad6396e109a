"""What the labeler asks over HTTP: projects, their maps, labels, queues and rounds.

Binary answers are little-endian. Whatever a person can mend comes back as {"error": sentence}: with
404 for a project that is not there, 503 where trying again may help, else 422.

Shapes: N samples, H and W height and width, C channels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from models.labels.csv_file import preview
from models.labels.desk import Desk
from models.labels.errors import LabelError
from models.labels.store import LabelStore, Step
from models.semi.acquisition import NotYet
from studio.bodies import MAX_JSON_BYTES, parsed, received_bytes, received_json
from studio.label_desks import LabelDesks
from studio.label_facts import (
    colours,
    describe_desk,
    describe_round,
    describe_sample,
    describe_standing,
    points,
    step_facts,
)
from studio.label_requests import Keyed, RoundRequest, StepRequest
from studio.routes import BINARY

__all__ = ["LabelRoutes", "pictures_of"]

Colour = Literal["mine", "predicted", "true", "certainty"]
Count = Annotated[int, Query(ge=1, le=256)]
Seed = Annotated[int, Query(ge=0, lt=2**53)]
Rows = Annotated[str, Query(max_length=1000)]
Key = Annotated[str, Query(max_length=120)]
MOST_PICTURES = 64
MOST_CSV_BYTES = 10_000_000
FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class LabelRoutes:
    """The routes below `/labels/{project}` that show and change what is labelled."""

    desks: LabelDesks = field(repr=False)

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/labels/{project}")
        router.add_api_route("", self.about)
        for part in (self.state, self.points, self.queue, self.suspicious, self.pictures):
            router.add_api_route(f"/{part.__name__}", part)
        router.add_api_route("/colour/{kind}", self.colour)
        router.add_api_route("/sample/{row}", self.sample)
        for sent in (self.steps, self.undo, self.redo, self.rounds, self.stop):
            router.add_api_route(f"/{sent.__name__}", sent, methods=["POST"])
        router.add_api_route("/import", self.bring, methods=["POST"])
        return router

    async def _desk(self, project: str) -> Desk:
        return (await self.desks.get(project)).desk

    async def about(self, project: str) -> dict[str, Any]:
        """Return what the page needs to know first."""
        return describe_desk(await self._desk(project))

    async def state(self, project: str) -> dict[str, Any]:
        """Return how everything stands; asked every second."""
        opened = await self.desks.get(project)

        def facts() -> dict[str, Any]:
            run = self.desks.round_of(opened)
            return describe_standing(opened.desk) | {"round": describe_round(run)}

        return await asyncio.to_thread(facts)

    async def points(self, project: str) -> Response:
        """Return uint32 N and float32 xy [N, 2]; NaN for what is not on the map."""
        return _versioned(*await asyncio.to_thread(points, await self._desk(project)))

    async def colour(self, project: str, kind: Colour) -> Response:
        """Return a byte a sample: a class (255: none), or a certainty of 0 to 254."""
        return _versioned(*await asyncio.to_thread(colours, await self._desk(project), kind))

    async def sample(self, project: str, row: int) -> dict[str, Any]:
        """Return all that is known of one sample."""
        desk = await self._desk(project)
        return await self.desks.at_a_glance(partial(describe_sample, desk, row))

    async def pictures(self, project: str, rows: Rows) -> Response:
        """Return uint32 n and the pictures of some samples, uint8 [n, H, W, C]."""
        found = pictures_of(await self._desk(project), _numbers(rows))
        data = np.uint32(len(found)).astype("<u4").tobytes() + found.tobytes()
        return Response(data, media_type=BINARY, headers=FRESH)

    async def queue(
        self, project: str, how: str = "coverage", count: Count = 24, seed: Seed = 0
    ) -> dict[str, Any]:
        """Return samples to label next, the most useful first."""
        desk = await self._desk(project)
        try:
            rows, scores = await self.desks.at_length(partial(desk.next_up, how, count, seed))
        except NotYet as lack:
            lacking = {"rows": [], "scores": [], "ready": False}
            return lacking | {"how": how, "sentence": str(lack)}
        sentence = "" if len(rows) else "Every picture that is here has a label."
        return {"rows": rows.tolist(), "scores": scores.tolist(), "how": how, "sentence": sentence}

    async def suspicious(self, project: str) -> dict[str, Any]:
        """Return labelled samples that the other labels contradict, the surest first."""
        desk = await self._desk(project)
        return asdict(await self.desks.at_length(desk.doubted))

    async def steps(self, project: str, request: Request) -> dict[str, Any]:
        """Label some samples; the body is a `StepRequest`. Answered once it is on the disk."""

        def label(store: LabelStore, data: bytes) -> Step:
            asked = parsed(StepRequest, data)
            return store.label(asked.samples, asked.label, asked.source, asked.key)

        return await self._change(project, request, label)

    async def undo(self, project: str, request: Request) -> dict[str, Any]:
        """Take back the last step; the body is `Keyed`."""
        return await self._change(project, request, lambda s, d: s.undo(parsed(Keyed, d).key))

    async def redo(self, project: str, request: Request) -> dict[str, Any]:
        """Do again what was undone last; the body is `Keyed`."""
        return await self._change(project, request, lambda s, d: s.redo(parsed(Keyed, d).key))

    async def _change(
        self, project: str, request: Request, work: Callable[[LabelStore, bytes], Step]
    ) -> dict[str, Any]:
        too_long = LabelError("That is too much at once; label fewer samples in one step.")
        data = await received_bytes(request, MAX_JSON_BYTES, too_long)
        # Read there too: threads that others wait in may be busy for long.
        return await self.changed(project, lambda store: work(store, data))

    async def changed(self, project: str, work: Callable[[LabelStore], Step]) -> dict[str, Any]:
        """Change a project's labels; answered once it is on the disk."""

        def change(desk: Desk) -> dict[str, Any]:
            facts = step_facts(desk, work(desk.store))
            desk.nudge()
            return facts

        return await self.desks.commit(project, change)

    async def bring(
        self,
        project: str,
        request: Request,
        preview: Annotated[bool, Query(alias="preview")] = False,
        key: Key | None = None,
    ) -> dict[str, Any]:
        """Import the CSV in the body as one step, or only tell what that would change."""
        too_long = LabelError("The file has over 10 MB; that is no list of labels.")
        data = await received_bytes(request, MOST_CSV_BYTES, too_long)
        if preview:
            return await asyncio.to_thread(_previewed, await self._desk(project), data)
        return await self.desks.commit(project, lambda desk: _imported(desk, data, key))

    async def rounds(self, project: str, request: Request) -> dict[str, Any] | None:
        """Train the model for some epochs; the body is a `RoundRequest`."""
        opened = await self.desks.get(project)
        asked = await received_json(request, RoundRequest)
        run = await asyncio.to_thread(self.desks.begin, opened, asked.epochs)
        return describe_round(run)

    async def stop(self, project: str) -> dict[str, Any] | None:
        """Stop the training; what it has learned is kept."""
        opened = await self.desks.get(project)
        await asyncio.to_thread(self.desks.stop, opened)
        return await asyncio.to_thread(describe_round, opened.last)


def pictures_of(desk: Desk, rows: Sequence[int]) -> np.ndarray:
    """Return the pictures of some samples, uint8 [n, H, W, C]."""
    at = [desk.pictures.at(row) for row in rows]
    return desk.pictures.images[at].permute(0, 2, 3, 1).contiguous().numpy()


def _previewed(desk: Desk, data: bytes) -> dict[str, Any]:
    found = preview(data, desk.store.current(), desk.project.class_names)
    parts = ("added", "changed", "same", "removed")
    return {part: getattr(found, part) for part in parts} | {"problems": list(found.problems)}


def _imported(desk: Desk, data: bytes, key: str | None) -> dict[str, Any]:
    found = preview(data, desk.store.current(), desk.project.class_names)
    if found.problems:
        raise LabelError(found.problems[0])
    if not found.changes:
        return step_facts(desk, desk.store.standing())
    facts = step_facts(desk, desk.store.assign(found.changes, "import", key))
    desk.nudge()
    return facts


def _versioned(data: bytes, version: int) -> Response:
    return Response(data, media_type=BINARY, headers=FRESH | {"ETag": f'"{version}"'})


def _numbers(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        raise LabelError("rows must be numbers with commas between them.") from None
    if len(found) > MOST_PICTURES:
        raise LabelError(f"At most {MOST_PICTURES} pictures are sent at once.")
    return found
