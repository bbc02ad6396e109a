"""The table of a sweep: `results.csv` and `results.json`, whole at every moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict
from rich.markup import escape
from rich.table import Table

from models.atomic import write_file
from models.config import to_json
from models.manifest import to_json_bytes
from models.sweep.grid import word

__all__ = ["METRICS", "Row", "to_table", "write_results"]

METRICS = {
    "elbo": "ELBO",
    "reconstruction": "reconstruction",
    "kl": "KL",
    "active_units": "active units",
    "knn_accuracy": "kNN",
    "seconds": "seconds",
}
"""The figures of a row, and what a person reads above them."""

RowState = Literal["waiting", "running", "finished", "failed", "stopped"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One point of a sweep, and what came of it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: str
    values: dict[str, Any]
    """The swept fields."""
    state: RowState = "waiting"
    metrics: dict[str, float | None] = field(default_factory=dict)
    """Bounds in nats per example, share of active units, accuracy, seconds of training."""
    run: str | None = None
    """Id of its run."""
    checkpoint: str | None = None
    """Name of its checkpoint in the registry."""
    error: str = ""
    """Why there is none."""


def write_results(folder: Path, recipe: str, rows: Sequence[Row]) -> None:
    """Write both files anew."""
    data = {"format": 1, "recipe": recipe, "rows": [to_json(row) for row in rows]}
    write_file(folder / "results.json", to_json_bytes(data))
    write_file(folder / "results.csv", to_csv(rows).encode())


def to_csv(rows: Sequence[Row]) -> str:
    """Return the table as CSV; no cell can be taken for a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    swept = list(rows[0].values)
    writer.writerow(["name", *swept, "state", *METRICS, "run", "checkpoint", "error"])
    for row in rows:
        figures = [row.metrics.get(key) for key in METRICS]
        words = (row.run, row.checkpoint, row.error)
        cells = [row.name, *(row.values[key] for key in swept), row.state, *figures, *words]
        writer.writerow([_cell(value) for value in cells])
    return text.getvalue()


def _cell(value: object) -> object:
    """Return a number as it is, and text so that a spreadsheet does not compute it."""
    if value is None or isinstance(value, int | float):
        return value
    text = word(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def to_table(recipe: str, rows: Sequence[Row]) -> Table:
    """Return the table as it is printed, with a column of errors where there are some."""
    swept = list(rows[0].values)
    failed = any(row.error for row in rows)
    heads = [*(key.rpartition(".")[2] for key in swept), "state", *METRICS.values()]
    table = Table(*map(escape, heads), *(["error"] if failed else []), title=escape(recipe))
    for row in rows:
        cells = [word(row.values[key]) for key in swept]
        cells += [row.state, *(_figure(key, row.metrics) for key in METRICS)]
        table.add_row(*(escape(cell) for cell in [*cells, *([row.error] if failed else [])]))
    return table


def _figure(key: str, metrics: Mapping[str, float | None]) -> str:
    value = metrics.get(key)
    if value is None:
        return "-"
    if key == "active_units":
        return f"{value:.0f}"
    return f"{100 * value:.1f} %" if key == "knn_accuracy" else f"{value:.2f}"
