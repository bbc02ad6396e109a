"""Labels: projects, how one stands, what to label next, and labelling it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated
from uuid import uuid4

from pydantic import Field

from models.labels.store import LabelStore, Step
from studio.endpoints.answers import shown
from studio.endpoints.codes import Drawing
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import Class, Count, Seed
from studio.label_projects import LabelProjects
from studio.label_routes import LabelRoutes, pictures_of

__all__ = ["LabelEndpoints"]

MOST_ROWS = 10_000
Project = Annotated[str, Field(min_length=1, max_length=120)]
Row = Annotated[int, Field(ge=0, lt=2**31)]


@dataclass(frozen=True, slots=True)
class LabelEndpoints:
    """What the tab Labeler does."""

    drawing: Drawing
    listed: LabelProjects = field(repr=False)
    routes: LabelRoutes = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        calls = (self.projects, self.label_progress, self.label_next)
        found = [Endpoint(tab="Labeler", call=call) for call in calls]
        return [*found, Endpoint(tab="Labeler", call=self.label, writes=True)]

    async def projects(self) -> Answer:
        """List the label projects: id, name, data set, and how much is labelled."""
        found = await asyncio.to_thread(self.listed.all)
        return {"projects": found["projects"]}

    async def label_progress(self, project: Project) -> Answer:
        """Say how a label project stands: labels of each class, accuracy as it grew, the training.

        Args:
            project: Id of the project, as `projects` lists it.
        """
        about, state = await self.routes.about(project), await self.routes.state(project)
        told = ("labelled", "counts", "growth", "accuracy", "round", "ready")
        named = {key: about[key] for key in ("name", "rows", "classes")}
        return {"project": project, **named, **{key: state[key] for key in told}}

    async def label_next(
        self,
        project: Project,
        how: Annotated[str, Field(max_length=40)] = "coverage",
        count: Count = 8,
        seed: Seed = 0,
    ) -> Answer:
        """Return the pictures that would tell the model most if they were labelled, the best first.

        Args:
            project: Id of the project.
            how: 'coverage', 'margin', 'entropy', 'bald', 'k-centre', 'medoids' or 'random'.
            count: 1 to 64.
            seed: Draws the candidates.
        """
        found = await self.routes.queue(project, how, count, seed)
        desk = (await self.routes.desks.get(project)).desk
        rows, classes = found["rows"], list(desk.project.class_names)

        def pictures() -> list[str]:
            return shown(pictures_of(desk, rows)) if rows else []

        drawn = await self.drawing.service.beside(pictures)
        samples = [
            {"row": row, "score": score, "picture": picture}
            for row, score, picture in zip(rows, found["scores"], drawn, strict=True)
        ]
        told = {"how": found["how"], "sentence": found["sentence"], "classes": classes}
        return {"project": project, **told, "samples": samples}

    async def label(
        self,
        project: Project,
        rows: Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS)],
        label: Class | None,
        key: Annotated[str, Field(min_length=1, max_length=120)] | None = None,
    ) -> Answer:
        """Label pictures of a project, or take their labels away; one undo takes it back.

        Answered once it is on the disk.

        Args:
            project: Id of the project.
            rows: 1 to 10,000 pictures by their rows, as `label_next` gives them.
            label: Number of the class, from 0; null takes the labels away.
            key: Any text of your own: the same key twice is one step, so a call may be repeated.
        """
        known = key or f"program:{uuid4()}"

        def assign(store: LabelStore) -> Step:
            return store.label(rows, label, "hand", known)

        facts = await self.routes.changed(project, assign)
        told = ("step", "labelled", "counts", "undo", "redo")
        return {"project": project, **{name: facts[name] for name in told}}
