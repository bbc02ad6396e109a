"""Tables: which there are, their models, errors, samples and anomalies.

Shapes: N rows shown, C columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import Class, Name, Seed
from studio.table_model_routes import MOST_SHOWN_SAMPLES, TableModelRoutes
from studio.table_routes import TableRoutes

__all__ = ["TableEndpoints"]

TOLD = ("name", "rows", "columns", "classes", "label", "models", "own", "here", "sentence")
MOST_ANOMALIES = 200


@dataclass(frozen=True, slots=True)
class TableEndpoints:
    """What the tab Tables does."""

    routes: TableRoutes = field(repr=False)
    models: TableModelRoutes = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        calls = (self.tables, self.table_models, self.table_errors, self.table_samples)
        return [Endpoint(tab="Tables", call=call) for call in (*calls, self.table_anomalies)]

    async def tables(self) -> Answer:
        """List the tables: rows, columns, classes, and how many models know each."""
        found = (await self.routes.all())["tables"]
        return {"tables": [{key: entry[key] for key in TOLD} for entry in found]}

    async def table_models(self, table: Name) -> Answer:
        """List the models of a table, and those that are shown first.

        Args:
            table: Name of the table, as `tables` lists it.
        """
        found = await self.routes.of_table(table)
        return {"table": table, "models": found["models"], "shown": found["shown"]}

    async def table_errors(self, table: Name, model: Name) -> Answer:
        """Return how well a model gives each column back, in its units, beside as many components.

        Root mean squared errors of training rows and held-out rows; `pca_train` and `pca_test` are
        those of as many principal components as the model has dimensions.

        Args:
            table: Name of the table.
            model: Name of the model, as `table_models` lists it.
        """
        found = await self.models.look(table, model)
        if not found["here"]:
            raise ValueError(found["sentence"])
        told = {key: found[key] for key in ("columns", "facts", "sentence")}
        return {"table": table, "model": model, **told}

    async def table_samples(
        self,
        table: Name,
        model: Name,
        count: Annotated[int, Field(ge=1, le=MOST_SHOWN_SAMPLES)] = 20,
        seed: Seed = 0,
    ) -> Answer:
        """Draw new rows from a model of a table.

        Args:
            table: Name of the table.
            model: Name of the model.
            count: 1 to 1,000 rows.
            seed: The same seed draws the same rows.
        """
        found = await self.models.samples(table, model, count, seed)
        return {"table": table, "model": model, "columns": found["columns"], "rows": found["rows"]}

    async def table_anomalies(
        self,
        table: Name,
        model: Name,
        normal: Class | None = None,
        count: Annotated[int, Field(ge=1, le=MOST_ANOMALIES)] = 20,
        method: Annotated[str, Field(max_length=40)] = "error",
    ) -> Answer:
        """Rank the rows of a table by how unusual they are, to a model and to classical methods.

        Args:
            table: Name of the table.
            model: Name of the model.
            normal: Number of the class that is usual, from 0; then every method has an AUROC.
            count: 1 to 200 rows, the most unusual first.
            method: Ranked by 'error' or 'elbo' of the model, or another of `methods`.
        """
        found = await self.models.anomalies(table, model, normal)
        scores: dict[str, list[float | None]] = found["scores"]
        if method not in scores:
            raise ValueError(f"There is no method {method!r}; choose one of {', '.join(scores)}.")
        rows = (await self.routes.about(table))["row"]
        ranked = sorted(range(len(rows)), key=lambda at: _key(scores[method][at]))[:count]
        listed: list[dict[str, Any]] = [
            {"row": rows[at], **{name: values[at] for name, values in scores.items()}}
            for at in ranked
        ]
        told = {key: found[key] for key in ("methods", "normal", "fair", "sentence")}
        return {"table": table, "model": model, "ranked_by": method, "rows": listed, **told}


def _key(score: float | None) -> float:
    """Return what sorts the largest score first, and those without one last."""
    return float("inf") if score is None else -score
