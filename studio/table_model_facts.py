"""What pages are told of a model of a table: its map, its errors, its history.

Shapes: N rows shown, C columns, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.checkpoint import Checkpoint
from models.networks import parameter_count
from models.numbers import finite_number
from models.tables.analysis import Look, column_errors, pca_plane
from models.tables.config import TableConfig
from studio.kept_tables import KeptTable
from studio.run_curves import thinned
from studio.table_facts import numbers
from studio.table_looks import LEAST_NORMAL, plane_dims, plane_of, table_model
from studio.table_models import knows_other_rows

__all__ = ["OTHER_ROWS", "extent_of", "gone_look_facts", "history_facts"]
__all__ += ["look_facts", "remark"]

MARGIN = 0.12
"""Share of the codes' range that a map reaches beyond them"""
MOST_EPOCHS = 400
COLLAPSED = 0.05
"""Nats below which a code tells nothing"""
OTHER_ROWS = (
    "This model learned other rows than the table has now, and may know rows that are called held "
    "out here; train it anew."
)
CURVES = ("total", "reconstruction", "kl")


def look_facts(kept: KeptTable, checkpoint: Checkpoint, found: Look) -> dict[str, Any]:
    """Return where a model puts each row, and what it makes of it."""
    plane = pca_plane(kept.rows, found.reconstructed, kept.trained)
    return _map_facts(checkpoint, found.codes) | {
        "here": True,
        "sentence": remark(kept, checkpoint),
        "labels": kept.labels.tolist(),
        "reconstruction": numbers(found.reconstructed),
        "plane": numbers(plane.reconstructed),
        "error": numbers(found.error),
        "elbo": numbers(found.nelbo),
        "columns": _columns(kept, checkpoint, found),
        "clipped": _outside(kept, checkpoint),
    }


def gone_look_facts(checkpoint: Checkpoint, sentence: str) -> dict[str, Any]:
    """Return what is known of a model whose table is not here: the codes that it keeps."""
    atlas = checkpoint.atlas
    nothing = ("reconstruction", "plane", "error", "elbo", "columns")
    facts: dict[str, Any] = {"here": False, "sentence": sentence, "clipped": 0}
    facts |= dict.fromkeys(nothing)
    if atlas is None:
        reach = [[-3.0, 3.0]] * 2
        facts |= {"xy": [], "codes": [], "labels": []} | _identity(checkpoint)
        return facts | {"axes": ["z1", "z2"], "extent": [*reach[0], *reach[1]]}
    return facts | _map_facts(checkpoint, atlas.codes) | {"labels": atlas.labels.tolist()}


def _identity(checkpoint: Checkpoint) -> dict[str, Any]:
    config = checkpoint.config
    return {
        "model": checkpoint.name,
        "digest": checkpoint.digest,
        "beta": config.training.beta,
        "latent_dim": config.model.latent_dim,
        "facts": _facts(checkpoint),
    }


def _facts(checkpoint: Checkpoint) -> dict[str, Any]:
    config, model = checkpoint.config, table_model(checkpoint).config
    assert isinstance(model, TableConfig)
    metrics = config.metrics
    return {
        "recipe": config.recipe,
        "dataset": config.data.dataset,
        "normal_class": config.data.normal_class,
        "scaling": model.scaling,
        "likelihood": model.likelihood,
        "components": model.components,
        "epochs": finite_number(metrics.get("epochs")) or config.training.epochs,
        "seconds": finite_number(metrics.get("training_seconds")),
        "parameters": parameter_count(checkpoint.model),
        "kl": finite_number(metrics.get("kl")),
        "reconstruction": finite_number(metrics.get("reconstruction")),
    }


def _map_facts(checkpoint: Checkpoint, codes_ND: Tensor) -> dict[str, Any]:
    dims = plane_dims(codes_ND)
    flat = codes_ND.shape[1] == 1
    return _identity(checkpoint) | {
        "axes": [f"z{dims[0] + 1}", "" if flat else f"z{dims[1] + 1}"],
        "extent": list(extent_of(codes_ND)),
        "xy": numbers(plane_of(codes_ND)),
        "codes": numbers(codes_ND),
    }


def extent_of(codes_ND: Tensor) -> tuple[float, float, float, float]:
    """Return left, right, bottom and top of a map of codes: all of them and a margin."""
    xy = plane_of(codes_ND)
    low, high = xy.min(0), xy.max(0)
    # A model that has collapsed puts every row at one place.
    pad = np.maximum(MARGIN * (high - low), 0.01)
    (x0, y0), (x1, y1) = (low - pad).tolist(), (high + pad).tolist()
    return x0, x1, y0, y1


def _columns(kept: KeptTable, checkpoint: Checkpoint, found: Look) -> list[dict[str, Any]]:
    dims = checkpoint.config.model.latent_dim
    of = _known(kept, checkpoint)
    rows = kept.rows[of]
    errors = column_errors(rows, found.reconstructed[of], kept.trained[of], dims)
    parts = (
        rows.double().std(0).numpy(),
        *(errors.train, errors.test, errors.pca_train, errors.pca_test),
    )
    keys = ("name", "std", "rmse_train", "rmse_test", "pca_train", "pca_test")
    figures = zip(kept.table.columns, *(numbers(part) for part in parts), strict=True)
    return [dict(zip(keys, values, strict=True)) for values in figures]


def _known(kept: KeptTable, checkpoint: Checkpoint) -> Tensor:
    """Return the rows of the kind that a model has learned, bool [N]: of one class, or all."""
    learned, names = checkpoint.config.data.normal_class, kept.table.class_names
    if learned in names:
        of_class = kept.labels == names.index(learned)
        # Among the rows that are shown there may be hardly any.
        if int((of_class & kept.trained).sum()) >= LEAST_NORMAL:
            return of_class
    return torch.ones_like(kept.trained)


def remark(kept: KeptTable, checkpoint: Checkpoint) -> str:
    """Return what to know of a model before one compares it with others; mostly nothing."""
    learned, kl = checkpoint.config.data.normal_class, checkpoint.config.metrics.get("kl")
    said = []
    if knows_other_rows(kept, checkpoint.config):
        said.append(OTHER_ROWS)
    if learned:
        said.append(
            f"This model has only learned the rows of '{learned}', and its errors are those on "
            "them."
        )
    told = finite_number(kl)
    if told is not None and told < COLLAPSED:
        said.append(
            f"Its codes tell hardly anything ({told:.2f} nats), so that every row comes back as "
            "about the same one; train it longer or with a smaller beta."
        )
    return " ".join(said)


def _outside(kept: KeptTable, checkpoint: Checkpoint) -> int:
    """Return how many rows reach beyond what a Bernoulli likelihood was fitted to."""
    likelihood = table_model(checkpoint).likelihood
    if likelihood.kind != "bernoulli":
        return 0
    scaled = likelihood.scaled(kept.rows)
    return int(((scaled < -1e-6) | (scaled > 1 + 1e-6)).any(1).sum())


def history_facts(
    columns: Mapping[str, np.ndarray] | None, metrics: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Return the losses of each epoch, from a run's curves or else from the card.

    Args:
        columns: As `studio.run_curves.Curves` has them, if the run is still there.
        metrics: The card's figures; `history` is what it keeps of the epochs.
    """
    if columns and "epoch" in columns:
        kept = thinned(dict(columns), MOST_EPOCHS)
        found = {name: kept.get(f"train.{name}") for name in CURVES}
        found |= {"validation": kept.get("validation.total")}
        epochs = numbers(kept["epoch"])
    else:
        told = metrics.get("history")
        if not isinstance(told, dict) or not _plain(told.get("epoch")):
            return None
        epochs = told["epoch"][:MOST_EPOCHS]
        found = {
            name: told[name][: len(epochs)] if _plain(told.get(name), len(epochs)) else None
            for name in (*CURVES, "validation")
        }
    facts = {name: None if values is None else numbers(values) for name, values in found.items()}
    return {"epoch": epochs, **facts}


def _plain(values: object, least: int = 1) -> bool:
    """Whether a card's value is a list of figures, at least so many."""
    return (
        isinstance(values, list)
        and len(values) >= least
        and all(finite_number(value) is not None for value in values)
    )
