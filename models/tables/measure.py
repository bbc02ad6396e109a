"""The figures of a table's model, for its card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from models.data import Dataset, Split
from models.tables.analysis import column_errors, look
from models.tables.classical import pca_codes, separation
from models.tables.model import TableVAE

if TYPE_CHECKING:
    from models.training.records import EpochRecord

__all__ = ["curves", "table_figures"]

POINTS = 100


def table_figures(model: TableVAE, dataset: Dataset) -> dict[str, Any]:
    """Return how well classes lie apart, beside PCA, and the errors of each column.

    Agreement of k-means and silhouette are of all rows, training and held-out; labels are used
    here for the first time.

    Args:
        model: A model in eval mode.
        dataset: The table that it was trained on.
    """
    parts = (dataset.train, dataset.validation, dataset.test)
    both = Split.joined(parts)
    rows, labels = both.images.cpu(), both.labels.cpu()
    train = torch.arange(len(rows)) < len(dataset.train) + len(dataset.validation)
    found = look(model, rows)
    ours = separation(found.codes, labels, train)
    linear = separation(pca_codes(rows, train, model.config.latent_dim), labels, train)
    errors = column_errors(rows, found.reconstructed, train, model.config.latent_dim)
    figures = {
        "cluster_ari": ours.ari,
        "silhouette": ours.silhouette,
        "pca_knn_accuracy": linear.knn,
        "pca_cluster_ari": linear.ari,
        "pca_silhouette": linear.silhouette,
    }
    columns = {
        name: {"rmse": float(f"{ours:.4g}"), "pca_rmse": float(f"{pca:.4g}")}
        for name, ours, pca in zip(dataset.columns, errors.test, errors.pca_test, strict=True)
    }
    return {k: v for k, v in figures.items() if v is not None} | {"columns": columns}


def curves(history: Sequence[EpochRecord]) -> dict[str, list[Any]]:
    """Return the losses over the epochs in at most 100 points, the last one among them."""
    last = len(history) - 1
    chosen = sorted({round(last * i / (POINTS - 1)) for i in range(POINTS)}) if history else []
    records = [history[i] for i in chosen]
    parts = ("total", "reconstruction", "kl")
    return {"epoch": [r.epoch for r in records]} | {
        part: [float(f"{getattr(r.train, part):.4g}") for r in records] for part in parts
    }
