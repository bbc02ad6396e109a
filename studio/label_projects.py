"""The labeler's projects over HTTP: listing them, beginning, renaming and deleting one."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from models.checkpoint import CheckpointError
from models.data import DataError
from models.labels.errors import LabelError, NotKept, UnknownProject
from models.labels.given import given_labels
from models.labels.project import Project
from studio.bodies import received_json
from studio.label_desks import LabelDesks
from studio.label_facts import places_to_begin, project_facts
from studio.label_requests import Named, NewProject

__all__ = ["EXAMPLE", "LabelProjects", "label_error_response"]

EXAMPLE = "Example"
EXAMPLE_MODEL = "ssvae-mnist"


@dataclass(frozen=True, slots=True)
class LabelProjects:
    """The routes of `/labels` and of a project as a whole."""

    desks: LabelDesks = field(repr=False)
    counted: dict[str, tuple[tuple[int, ...], int]] = field(default_factory=dict)
    """By project: when its files were changed, and how many labels it had then"""
    making: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while the example is made: two pages may ask for it at once"""

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/labels")
        router.add_api_route("", self.all)
        router.add_api_route("", self.create, methods=["POST"])
        # No project has such an id.
        router.add_api_route("/example", self.example, methods=["POST"])
        router.add_api_route("/{project}", self.rename, methods=["PATCH"])
        router.add_api_route("/{project}", self.delete, methods=["DELETE"])
        return router

    def all(self) -> dict[str, Any]:
        """Return every project, and what one can begin with."""
        projects = [project_facts(p, self._labelled(p)) for p in self.desks.projects.list()]
        return {"projects": projects, **places_to_begin(self.desks.registry)}

    def _labelled(self, project: Project) -> int:
        changed = _changed(project)
        known = self.counted.get(project.id)
        if known is None or known[0] != changed:
            try:
                with project.open_labels() as store:
                    known = changed, sum(store.counts())
            except LabelError:
                return 0  # Whoever opens it is told why.
            self.counted[project.id] = known
        return known[1]

    async def create(self, request: Request) -> dict[str, Any]:
        """Begin a project; the body is a `NewProject`."""
        asked = await received_json(request, NewProject)
        make = partial(self._create, asked.name, asked.dataset, asked.checkpoint, asked.labels)
        return await asyncio.to_thread(make)

    def _create(
        self, name: str, dataset: str, checkpoint: str | None, with_labels: bool
    ) -> dict[str, Any]:
        project = self.desks.projects.create(name, dataset, checkpoint)
        try:
            # Opened at once: a model may not take these pictures, and the page asks for it next.
            self.desks.opened(project.id)
        except (CheckpointError, DataError):
            self.desks.delete(project.id, project.name)
            raise
        if checkpoint is not None and with_labels:
            given = given_labels(self.desks.registry.open(checkpoint, "cpu"), project)
            if given:
                with project.open_labels() as store:
                    store.assign(given, "import", f"given:{checkpoint}")
        return project_facts(project, self._labelled(project))

    def example(self) -> dict[str, Any]:
        """Return the project that everybody may try things in; it is made where there is none."""
        with self.making:
            return self._example()

    def _example(self) -> dict[str, Any]:
        # No other project could have the name, however that is written.
        named = (p for p in self.desks.projects.list() if p.name.casefold() == EXAMPLE.casefold())
        if (known := next(named, None)) is not None:
            return project_facts(known, self._labelled(known))
        names = {entry.name for entry in self.desks.registry.entries() if entry.config}
        if EXAMPLE_MODEL in names:
            return self._create(EXAMPLE, "mnist", EXAMPLE_MODEL, True)
        return self._create(EXAMPLE, "digits", None, False)

    async def rename(self, project: str, request: Request) -> dict[str, Any]:
        """Call a project something else; the body is `Named`."""
        name = (await received_json(request, Named)).name
        found = await asyncio.to_thread(self.desks.rename, project, name)
        return project_facts(found, await asyncio.to_thread(self._labelled, found))

    async def delete(self, project: str, request: Request) -> dict[str, Any]:
        """Delete a project for good; the body is `Named`, with its name."""
        name = (await received_json(request, Named)).name
        await asyncio.to_thread(self.desks.delete, project, name)
        self.counted.pop(project, None)
        return {"id": project, "state": "deleted"}


def _changed(project: Project) -> tuple[int, ...]:
    file = project.labels_file
    times = []
    for path in (file, file.with_name(f"{file.name}-wal")):
        try:
            times.append(path.stat().st_mtime_ns)
        except OSError:
            times.append(0)
    return tuple(times)


def label_error_response(request: Request, error: Exception) -> JSONResponse:
    """Answer with an error's sentence, and whether it may pass."""
    status, headers = 422, None
    if isinstance(error, UnknownProject):
        status = 404
    elif isinstance(error, NotKept):
        status, headers = 503, {"Retry-After": "1"}
    return JSONResponse({"error": str(error)}, status_code=status, headers=headers)
