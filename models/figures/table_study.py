"""A model, a table, and what the one makes of the other: what all figures of a table begin with.

Shapes: N rows, C columns, D latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.tables.analysis import Look, look
from models.tables.data import Table, is_train

__all__ = ["Floats", "TableStudy", "study"]

DRAWN = 2000
"""Rows that are drawn; more would only be darker"""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TableStudy:
    """A model, a table, and what the one makes of the other."""

    name: str
    model: Any
    """A `TableVAE` in eval mode, on the CPU"""
    table: Table
    train: Tensor
    """Which rows are training rows, bool [N]"""
    found: Look
    history: dict[str, list[float]]
    """Losses in nats by epoch, if the card has them"""
    normal: int | None
    """The one class that the model was trained on"""

    @property
    def xy(self) -> Floats:
        """Codes in the first two dimensions, [N, 2]; a single one has zeros beside it."""
        codes = self.found.codes.double().numpy()
        return codes[:, :2] if codes.shape[1] > 1 else np.c_[codes, np.zeros(len(codes))]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Classes [N], -1 for none."""
        return self.table.labels.numpy()


def study(
    name: str, model: Any, table: Table, metrics: dict[str, Any], normal_class: str = ""
) -> TableStudy:
    """Encode a table; a large one is cut to an even choice of its rows.

    Raises:
        ValueError: The table has other columns than the model.
    """
    if tuple(table.columns) != tuple(model.config.columns):
        raise ValueError(
            f"'{name}' takes the columns {', '.join(model.config.columns)!s:.200}, and the table "
            f"has {', '.join(table.columns)!s:.200}."
        )
    train = is_train(table)
    if len(table.rows) > DRAWN:
        draws = torch.Generator().manual_seed(0)
        kept = torch.randperm(len(table.rows), generator=draws)[:DRAWN].sort().values
        table = Table(table.columns, table.rows[kept], table.labels[kept], table.class_names)
        train = train[kept]
    told = metrics.get("history")
    history = told if isinstance(told, dict) else {}
    names = list(table.class_names)
    normal = names.index(normal_class) if normal_class in names else None
    return TableStudy(name, model, table, train, look(model, table.rows), history, normal)
