"""What the tables tab asks over HTTP of tables: the list, uploads, rows, trainings.

Whatever a person can mend comes back as {"error": sentence}. `studio.table_model_routes` has what
is asked of a table's models.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from models.data import DataError
from models.runs.queue import Queue
from models.tables.analysis import pca_plane
from models.tables.csv_file import MOST_BYTES
from models.tables.preview import preview
from studio.bodies import received_bytes, received_json
from studio.kept_tables import KeptTable
from studio.table_facts import (
    LIMITS,
    classical_facts,
    damaged_entry,
    gone_entry,
    gone_facts,
    preview_facts,
    table_entry,
    table_facts,
)
from studio.table_looks import TableLooks
from studio.table_models import TableModels, kind_of
from studio.table_shelf import TableShelf
from studio.table_training import TrainRequest, begin

__all__ = ["TableRoutes"]

MOST_LEFT_OUT = 200
Text = Annotated[str, Query(max_length=200)]
Leave = Annotated[list[Text] | None, Query(max_length=MOST_LEFT_OUT)]


@dataclass(frozen=True, slots=True)
class TableRoutes:
    """The routes below `/tables` that know no model."""

    models: TableModels = field(repr=False)
    looks: TableLooks = field(repr=False)
    queue: Queue = field(repr=False)
    _reading: asyncio.Semaphore = field(default_factory=partial(asyncio.Semaphore, 1), repr=False)

    @property
    def tables(self) -> TableShelf:
        """The tables of the workspace."""
        return self.models.tables

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/tables")
        router.add_api_route("", self.all)
        router.add_api_route("", self.add, methods=["POST"])
        router.add_api_route("/check", self.check, methods=["POST"])
        router.add_api_route("/{name}", self.about)
        router.add_api_route("/{name}", self.delete, methods=["DELETE"])
        router.add_api_route("/{name}/classical", self.classical)
        router.add_api_route("/{name}/models", self.of_table)
        router.add_api_route("/{name}/train", self.train, methods=["POST"])
        return router

    async def all(self) -> dict[str, Any]:
        """Return every table, and how large one of a person's own may be."""
        return {"tables": await asyncio.to_thread(self._entries), "limits": LIMITS}

    def _entries(self) -> list[dict[str, Any]]:
        counts = {name: len(found) for name, found in self.models.by_table().items()}
        entries = []
        for name in self.tables.names():
            count = counts.get(name, 0)
            try:
                entries.append(table_entry(name, self.tables.summary(name), count))
            except DataError as error:
                entries.append(damaged_entry(name, str(error), count))
        return entries + [gone_entry(gone) for gone in self.models.gone()]

    async def check(
        self,
        request: Request,
        label: Text | None = None,
        file: Text = "",
        leave: Leave = None,
        complete: bool = False,
    ) -> dict[str, Any]:
        """Say what the CSV in the body holds and what is wrong with it; nothing is kept."""
        data = await _csv(request)

        def facts() -> dict[str, Any]:
            found = preview(data, label, leave=leave or (), complete=complete)
            return preview_facts(found, self.tables.free_name(file))

        return await self._alone(facts)

    async def add(
        self,
        request: Request,
        name: Text,
        label: Text = "",
        leave: Leave = None,
        complete: bool = False,
    ) -> dict[str, Any]:
        """Keep the CSV in the body as a table."""
        data = await _csv(request)

        def keep() -> dict[str, Any]:
            self.tables.add(name, data, label, leave=leave or (), complete=complete)
            count = len(self.models.by_table().get(name, ()))
            return table_entry(name, self.tables.summary(name), count)

        return await self._alone(keep)

    async def _alone(self, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Read one file at a time: of ten megabytes it takes half a gigabyte of memory."""
        async with self._reading:
            return await asyncio.to_thread(read)

    async def delete(self, name: str) -> dict[str, Any]:
        """Delete a table of one's own; its models stay."""

        def remove() -> None:
            with self.tables.changing():
                active = self.models.active(name)
                if active:
                    raise DataError(
                        f"'{active[0].config.name}' is {active[0].status().state} on the table "
                        f"'{name}'; stop it before you delete the table."
                    )
                self.tables.remove(name)

        await asyncio.to_thread(remove)
        return {"name": name, "state": "deleted"}

    async def about(self, name: str) -> dict[str, Any]:
        """Return a table's rows, and what they look like in their PCA plane."""
        return await asyncio.to_thread(self._about, name)

    def _about(self, name: str) -> dict[str, Any]:
        if gone := self.models.gone_table(name):
            return gone_facts(gone)
        kept = self.tables.get(name)
        plane = pca_plane(kept.rows, kept.rows, kept.trained)
        count = len(self.models.by_table().get(name, ()))
        return table_facts(kept, count, plane.original, plane.variance)

    async def classical(self, name: str) -> dict[str, Any]:
        """Return what PCA and t-SNE make of a table."""
        kept = await self._kept(name)
        return classical_facts(await self.looks.classical(kept))

    async def _kept(self, name: str) -> KeptTable:
        return await asyncio.to_thread(self.tables.get, name)

    async def of_table(self, name: str) -> dict[str, Any]:
        """Return a table's models, the two to begin with, and its trainings."""
        return await asyncio.to_thread(self.models.describe, name)

    async def train(self, name: str, request: Request) -> dict[str, Any]:
        """Put the models of a table into the queue; the body is a `TrainRequest`."""
        asked = await received_json(request, TrainRequest)
        runs = self.queue.runs
        begun = await asyncio.to_thread(partial(begin, self.models, name, asked, runs))
        self.queue.nudge()
        return {
            "runs": [
                {
                    "id": run.id,
                    "name": run.config.name,
                    "kind": kind_of(run.config.recipe.name, run.config.recipe.training.beta),
                    "beta": run.config.recipe.training.beta,
                }
                for run in begun
            ]
        }


async def _csv(request: Request) -> bytes:
    most = MOST_BYTES // 10**6
    too_long = DataError(f"The file has over {most} MB; keep fewer rows or columns of it.")
    return await received_bytes(request, MOST_BYTES, too_long)
