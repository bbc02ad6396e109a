"""A table in memory, as its tab shows it.

Shapes: N rows shown, C columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from models.tables.data import TABLE, Table, is_train, learned_digest

__all__ = ["KeptTable", "Summary", "keep"]

MOST_SHOWN = 2000
MOST_SHOWN_VALUES = 200_000
SHOWN_SEED = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What a list shows of a table."""

    rows: int
    columns: tuple[str, ...]
    classes: tuple[str, ...]
    label: str
    """The column of classes; empty without one"""

    @classmethod
    def of(cls, table: Table, label: str) -> Summary:
        """Summarise a table."""
        return cls(rows=len(table), columns=table.columns, classes=table.class_names, label=label)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class KeptTable:
    """A table at hand. One object lasts as long as its files stay as they are."""

    name: str
    own: bool
    label: str
    """The column of classes of one's own; empty without one"""
    table: Table
    shown: Tensor
    """int64 [N]: the rows that pages show, all of a table of a usual size"""
    rows: Tensor
    """Those rows, float32 [N, C]"""
    labels: Tensor
    """Their classes, int64 [N]; -1 is none"""
    trained: Tensor
    """Which of them models are trained on, bool [N]"""
    _digests: dict[str, str] = field(default_factory=dict, repr=False)

    def digest(self, normal_class: str = "") -> str:
        """Return what tells the rows that a model of all or one class learns from others."""
        if normal_class not in ("", *self.table.class_names):
            return ""
        if normal_class not in self._digests:
            self._digests[normal_class] = learned_digest(self.table, normal_class)
        return self._digests[normal_class]

    @property
    def dataset(self) -> str:
        """The name of its data set, as recipes have it."""
        return TABLE + self.name if self.own else self.name


def keep(name: str, table: Table, label: str, *, own: bool) -> KeptTable:
    """Return a table to be shown; of a large one some rows, drawn at random.

    Args:
        name: What it is called.
        table: All of it.
        label: The column of classes of one's own; empty without one.
        own: Whether it is a person's own.
    """
    most = min(MOST_SHOWN, max(1, MOST_SHOWN_VALUES // len(table.columns)))
    shown = torch.arange(len(table))
    if len(table) > most:
        generator = torch.Generator().manual_seed(SHOWN_SEED)
        shown = torch.randperm(len(table), generator=generator)[:most].sort().values
    return KeptTable(
        name=name,
        own=own,
        label=label,
        table=table,
        shown=shown,
        rows=table.rows[shown],
        labels=table.labels[shown],
        trained=is_train(table)[shown],
    )
