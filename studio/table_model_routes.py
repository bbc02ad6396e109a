"""What the tables tab asks over HTTP of a table's models: maps, errors, samples, anomalies.

Binary answers are little-endian. Whatever a person can mend comes back as {"error": sentence}.

Shapes: C columns, D latent dimensions.
"""

from __future__ import annotations

import asyncio
import csv
import io
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

import torch
from fastapi import APIRouter, Query
from fastapi.responses import Response
from torch import Tensor

from models.checkpoint import Checkpoint
from models.data import DataError
from models.registry import RegistryEntry
from models.tables import analysis
from studio.kept_tables import KeptTable
from studio.live import DecodeService
from studio.routes import BINARY
from studio.table_anomalies import anomaly_facts
from studio.table_facts import numbers, quality_facts
from studio.table_looks import TableLooks, plane_dims, table_model
from studio.table_model_facts import (
    extent_of,
    gone_look_facts,
    history_facts,
    look_facts,
    remark,
)
from studio.table_models import GoneTable, TableModels, column_names

__all__ = ["TableModelRoutes"]

MOST_SHOWN_SAMPLES = 1000
Text = Annotated[str, Query(max_length=200)]
Coordinate = Annotated[float | None, Query(ge=-1e6, le=1e6)]
Size = Annotated[int, Query(ge=8, le=160)]
Count = Annotated[int, Query(ge=1, le=MOST_SHOWN_SAMPLES)]
MostCount = Annotated[int, Query(ge=1, le=10_000)]
Seed = Annotated[int, Query(ge=0, lt=2**53)]


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A model beside its table, if that is here."""

    checkpoint: Checkpoint
    kept: KeptTable | None
    gone: GoneTable | None
    entry: RegistryEntry


@dataclass(frozen=True, slots=True)
class TableModelRoutes:
    """The routes below `/tables/{name}` that name a model."""

    models: TableModels = field(repr=False)
    looks: TableLooks = field(repr=False)
    service: DecodeService = field(repr=False)

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/tables/{name}")
        for part in (self.look, self.quality, self.background, self.samples, self.anomalies):
            router.add_api_route(f"/{part.__name__}", part)
        router.add_api_route("/samples.csv", self.samples_file)
        return router

    async def _shown(self, name: str, model: str) -> _Shown:
        return await asyncio.to_thread(self._open, name, model)

    def _open(self, name: str, model: str) -> _Shown:
        gone = self.models.gone_table(name)
        kept = None if gone else self.models.tables.get(name)
        entry = self.models.require(name, model)
        # Small networks, which the scores' other methods have to follow anyway.
        checkpoint = self.models.registry.open(entry.name, "cpu")
        return _Shown(checkpoint, kept, gone, entry)

    async def _beside_table(self, name: str, model: str) -> tuple[KeptTable, Checkpoint]:
        shown = await self._shown(name, model)
        if shown.kept is None:
            raise DataError(shown.gone.sentence if shown.gone else "The table is not here.")
        return shown.kept, shown.checkpoint

    async def look(self, name: str, model: Text) -> dict[str, Any]:
        """Return where a model puts each row, and what it makes of it."""
        shown = await self._shown(name, model)
        if shown.kept is None:
            assert shown.gone is not None
            facts = gone_look_facts(shown.checkpoint, shown.gone.sentence)
        else:
            found = await self.looks.look(shown.kept, shown.checkpoint)
            work = partial(look_facts, shown.kept, shown.checkpoint, found)
            facts = await self.service.beside(work)
        facts["facts"]["shipped"] = shown.entry.shipped
        return facts | {"history": await asyncio.to_thread(self._history, shown.checkpoint)}

    def _history(self, checkpoint: Checkpoint) -> dict[str, Any] | None:
        config, columns = checkpoint.config, None
        if config.run:
            columns = self.models.curves(config.run)
        return history_facts(columns, config.metrics)

    async def quality(self, name: str, model: Text) -> dict[str, Any]:
        """Return how well a model tells the classes apart, beside PCA and t-SNE."""
        kept, checkpoint = await self._beside_table(name, model)
        ours = await self.looks.separation(kept, checkpoint)
        facts = quality_facts(ours, await self.looks.classical(kept))
        said = (remark(kept, checkpoint), facts["sentence"])
        return facts | {"sentence": " ".join(said).strip()}

    async def background(
        self,
        name: str,
        model: Text,
        column: int,
        size: Size = 64,
        x0: Coordinate = None,
        x1: Coordinate = None,
        y0: Coordinate = None,
        y1: Coordinate = None,
    ) -> Response:
        """Return a column's decoded value over the map, float32 [size * size], the top first."""
        shown = await self._shown(name, model)
        columns = shown.checkpoint.config.model.shape[0]
        if not 0 <= column < columns:
            raise DataError(f"There is no column {column}; choose 0 to {columns - 1}.")
        codes = await self._codes(shown)
        extent = extent_of(codes)
        given = tuple(v for v in (x0, x1, y0, y1) if v is not None)
        if len(given) == len(extent):
            extent = (given[0], given[1], given[2], given[3])
        if extent[0] >= extent[1] or extent[2] >= extent[3]:
            raise DataError("x0 must be below x1, and y0 below y1.")
        work = partial(
            analysis.background,
            table_model(shown.checkpoint),
            column,
            extent,
            size,
            others=codes.mean(0),
            dims=plane_dims(codes),
        )
        found = await self.service.beside(work)
        return Response(found.numpy().astype("<f4").tobytes(), media_type=BINARY)

    async def _codes(self, shown: _Shown) -> Tensor:
        """Return the codes that a map shows [N, D]."""
        if shown.kept is not None:
            return (await self.looks.look(shown.kept, shown.checkpoint)).codes
        atlas = shown.checkpoint.atlas
        latent = shown.checkpoint.config.model.latent_dim
        # Without any, the part of the plane that the prior is in.
        return atlas.codes if atlas else torch.tensor([[-3.0], [3.0]]).expand(2, latent)

    async def samples(
        self, name: str, model: Text, count: Count = 20, seed: Seed = 0
    ) -> dict[str, Any]:
        """Return rows drawn from the prior."""
        shown = await self._shown(name, model)

        def draw() -> dict[str, Any]:
            rows, plane = _drawn(shown.checkpoint, count, seed), None
            if kept := shown.kept:
                placed = analysis.pca_plane(kept.rows, rows, kept.trained)
                plane = numbers(placed.reconstructed)
            columns = list(column_names(shown.checkpoint.config))
            return {"columns": columns, "rows": numbers(rows), "plane": plane, "seed": seed}

        return await self.service.beside(draw)

    async def samples_file(
        self, name: str, model: Text, count: MostCount = 100, seed: Seed = 0
    ) -> Response:
        """Return rows drawn from the prior as a CSV file to keep."""
        checkpoint = (await self._shown(name, model)).checkpoint
        text = await self.service.beside(partial(_sheet, checkpoint, count, seed))
        file = f"{checkpoint.name}-samples-{seed}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        return Response(text, media_type="text/csv", headers=headers)

    async def anomalies(self, name: str, model: Text, normal: int | None = None) -> dict[str, Any]:
        """Return how unusual each row is to the model and to classical methods."""
        kept, checkpoint = await self._beside_table(name, model)
        found = await self.looks.look(kept, checkpoint)
        classical, fitted = await self.looks.scores(kept, normal)
        ours = {
            "error": found.error.double().numpy(),
            "elbo": found.nelbo.double().numpy(),
        }
        work = partial(anomaly_facts, kept, checkpoint, ours | classical, fitted, normal)
        return await self.service.beside(work)


def _drawn(checkpoint: Checkpoint, count: int, seed: int) -> Tensor:
    return analysis.samples(table_model(checkpoint), count, seed)


def _sheet(checkpoint: Checkpoint, count: int, seed: int) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_escaped(column) for column in column_names(checkpoint.config)])
    # The fewest digits that say the float32 again.
    writer.writerows(_drawn(checkpoint, count, seed).numpy().astype(str).tolist())
    return text.getvalue()


def _escaped(column: str) -> str:
    """Return a column's name so that no spreadsheet takes it for a formula."""
    return f"'{column}" if column[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else column
