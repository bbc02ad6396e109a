"""What pages are told of tables, of models of tables, and of how unusual rows are.

Shapes: N rows shown, C columns, D latent dimensions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from models.tables.classical import Separation, verdict
from models.tables.config import MOST_COLUMNS
from models.tables.csv_file import MOST_BYTES, MOST_CLASSES, MOST_ROWS
from models.tables.data import BUILT_IN, LEAST_ROWS, is_train
from models.tables.preview import Preview
from studio.kept_tables import KeptTable, Summary
from studio.table_looks import Classical
from studio.table_models import GoneTable, column_names
from studio.table_shelf import MOST_TABLES
from studio.theme import CLASS_COLOURS

__all__ = [
    "LIMITS",
    "classical_facts",
    "damaged_entry",
    "gone_entry",
    "gone_facts",
    "numbers",
    "preview_facts",
    "quality_facts",
    "table_entry",
    "table_facts",
]

LIMITS = {
    "bytes": MOST_BYTES,
    "rows": MOST_ROWS,
    "columns": MOST_COLUMNS,
    "classes": MOST_CLASSES,
    "least_rows": LEAST_ROWS,
    "tables": MOST_TABLES,
}
TITLES = {"iris": "Iris", "wine": "Wine"}
UNIT = re.compile(r"\((cm|mm|m|km|g|kg|mg|s|ms|h|%|°C|K|years?|€|\$)\)\s*\Z")
METHODS = {"pca": "PCA", "tsne": "t-SNE"}
OURS = "the VAE"


def numbers(values: Any) -> Any:
    """Return an array as nested lists; what is not finite becomes null."""
    found = np.asarray(values)
    # By way of text: 5.1 as it was written, not the 5.099999904632568 that float32 made of it.
    shortest = found.astype(str) if found.dtype == np.float32 else found
    found = shortest.astype(np.float64)
    if np.isfinite(found).all():
        return found.tolist()
    return np.where(np.isfinite(found), found.astype(object), None).tolist()


def table_entry(name: str, found: Summary, models: int) -> dict[str, Any]:
    """Return what the list shows of a table."""
    return {
        "name": name,
        "title": TITLES.get(name, name),
        "own": name not in BUILT_IN,
        "here": True,
        "rows": found.rows,
        "columns": list(found.columns),
        "classes": list(found.classes),
        "label": found.label or None,
        "models": models,
        "sentence": "",
    }


def damaged_entry(name: str, sentence: str, models: int) -> dict[str, Any]:
    """Return the same of a table whose file cannot be read any more."""
    return {
        "name": name,
        "title": name,
        "own": True,
        "here": False,
        "rows": 0,
        "columns": [],
        "classes": [],
        "label": None,
        "models": models,
        "sentence": sentence,
    }


def gone_entry(gone: GoneTable) -> dict[str, Any]:
    """Return the same of a table of which only models are left."""
    config = gone.config
    return damaged_entry(gone.name, gone.sentence, len(gone.entries)) | {
        "columns": list(column_names(config)),
        "classes": list(config.class_names),
        "label": config.data.label_column or None,
    }


def _shown_sentence(kept: KeptTable) -> str:
    if len(kept.shown) == len(kept.table):
        return ""
    return (
        f"{len(kept.shown):,} of the {len(kept.table):,} rows, drawn at random, are shown and "
        "measured; training uses all."
    )


def _palette(classes: Sequence[str]) -> list[str]:
    return [CLASS_COLOURS[i % len(CLASS_COLOURS)] for i in range(len(classes))]


def table_facts(kept: KeptTable, models: int, plane: np.ndarray, variance: Any) -> dict[str, Any]:
    """Return a table's rows.

    Args:
        kept: The table.
        models: How many models know it.
        plane: The rows in their PCA plane [N, 2].
        variance: Shares of the variance along its two axes.
    """
    entry = table_entry(kept.name, Summary.of(kept.table, kept.label), models)
    return entry | {
        "sentence": _shown_sentence(kept),
        "palette": _palette(kept.table.class_names),
        "total": len(kept.table),
        "training": int(is_train(kept.table).sum()),
        "row": kept.shown.tolist(),
        "labels": kept.labels.tolist(),
        "split": (~kept.trained).int().tolist(),
        "values": numbers(kept.rows),
        "summary": _summary(kept),
        "pca": {"xy": numbers(plane), "variance": numbers(variance)},
    }


def _summary(kept: KeptTable) -> list[dict[str, Any]]:
    rows = kept.table.rows.double()
    found = zip(
        kept.table.columns,
        *(part.tolist() for part in (rows.amin(0), rows.amax(0), rows.mean(0), rows.std(0))),
        strict=True,
    )
    keys = ("name", "min", "max", "mean", "std")
    return [dict(zip(keys, values, strict=True)) | {"unit": _unit(values[0])} for values in found]


def _unit(column: str) -> str:
    found = UNIT.search(column)
    return found.group(1) if found else ""


def gone_facts(gone: GoneTable) -> dict[str, Any]:
    """Return the same as `table_facts` of a table of which only models are left."""
    entry = gone_entry(gone)
    nothing: dict[str, Any] = {key: [] for key in ("row", "labels", "split", "values", "summary")}
    palette = _palette(entry["classes"])
    return entry | nothing | {"palette": palette, "total": 0, "training": 0, "pca": None}


def preview_facts(found: Preview, name: str) -> dict[str, Any]:
    """Return what a page shows of a file before it is kept.

    Args:
        found: What the file holds.
        name: A name that it could be given.
    """
    facts = asdict(found)
    facts["classes"] = [{"name": known, "count": count} for known, count in found.classes]
    return facts | {"ok": not found.problems, "name": name}


def classical_facts(found: Classical) -> dict[str, Any]:
    """Return what PCA and t-SNE make of a table; null for t-SNE of too many rows."""
    planes = {"pca": found.pca, "tsne": found.tsne}
    return {
        name: None if plane is None else {"xy": numbers(plane), **asdict(found.separations[name])}
        for name, plane in planes.items()
    }


def quality_facts(ours: Separation, found: Classical) -> dict[str, Any]:
    """Return how well a model's plane separates the classes, beside classical methods."""
    named = {METHODS[name]: part for name, part in found.separations.items()}
    others: Mapping[str, Any] = {
        name: asdict(found.separations[name]) if name in found.separations else None
        for name in METHODS
    }
    return {
        "vae": asdict(ours),
        **others,
        "sentence": verdict({OURS: ours, **named}, ours=OURS),
    }
