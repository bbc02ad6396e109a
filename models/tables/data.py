"""Tables as data sets: Iris, Wine, and any CSV of numbers with a header.

Shapes: N rows, C columns.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
from torch import Tensor

from models.data.dataset import DataError, Dataset, Split

__all__ = [
    "BUILT_IN",
    "LEAST_ROWS",
    "TABLE",
    "Table",
    "built_in",
    "is_train",
    "learned_digest",
    "table_dataset",
]

TABLE = "table:"
BUILT_IN = ("iris", "wine")
LEAST_ROWS = 20
TEST_SHARE = 0.2
SPLIT_SEED = 0
DIGEST_LENGTH = 16


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table of numbers, in its own units."""

    columns: tuple[str, ...]
    rows: Tensor
    """float32 [N, C]"""
    labels: Tensor
    """int64 [N]; -1 everywhere where there is no label column"""
    class_names: tuple[str, ...]
    source: str = "a person's own table"
    terms: str = "its owner's"

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int]:
        """(C,), of one row."""
        return (len(self.columns),)


def built_in(name: str) -> Table:
    """Return Iris or Wine, which come with scikit-learn."""
    from sklearn import datasets

    raw = {"iris": datasets.load_iris, "wine": datasets.load_wine}[name]()
    credit = {
        "iris": "Iris, R. A. Fisher (1936), UCI Machine Learning Repository",
        "wine": "Wine, S. Aeberhard and M. Forina (1991), UCI Machine Learning Repository",
    }[name]
    classes = [str(c) for c in raw.target_names]
    if name == "wine":
        classes = ["cultivar 1", "cultivar 2", "cultivar 3"]
    return Table(
        columns=tuple(str(c).replace("_", " ") for c in raw.feature_names),
        rows=torch.from_numpy(raw.data).float(),
        labels=torch.from_numpy(raw.target).long(),
        class_names=tuple(classes),
        source=f"scikit-learn load_{name}: {credit}",
        terms=f"CC BY 4.0; {credit}",
    )


def is_train(table: Table, seed: int = SPLIT_SEED, test_share: float = TEST_SHARE) -> Tensor:
    """Return which rows are for training, bool [N]: a share of every class is held out.

    The split is the same for every seed of a training; `seed` is for those who measure over many.
    """
    generator = torch.Generator().manual_seed(seed)
    train = torch.ones(len(table), dtype=torch.bool)
    for label in table.labels.unique().tolist():
        members = (table.labels == label).nonzero().squeeze(1)
        order = torch.randperm(len(members), generator=generator)
        # With one row of a class there is none to spare.
        count = round(test_share * len(members)) if len(members) > 1 else 0
        train[members[order[:count]]] = False
    if train.all():
        # Classes of one or two rows each: then they are drawn from all.
        order = torch.randperm(len(table), generator=generator)
        train[order[: max(1, round(test_share * len(table)))]] = False
    return train


def table_dataset(
    table: Table,
    name: str,
    *,
    validation: int = 0,
    seed: int = 0,
    normal_class: str = "",
    train: Tensor | None = None,
) -> Dataset:
    """Return a table's rows as a data set of three splits.

    Args:
        table: The table.
        name: What the data set is called.
        validation: Training rows that are held out to watch over training.
        seed: Draws those.
        normal_class: Only rows of this class, for a model that knows no other.
        train: Which rows are for training, bool [N]; those of `is_train` if None.

    Raises:
        DataError: There is no such class, or too few rows are left.
    """
    train = is_train(table) if train is None else train
    chosen = torch.ones_like(train)
    if normal_class:
        if normal_class not in table.class_names:
            known = ", ".join(table.class_names) or "none, for no column is its label"
            raise DataError(f"{name} has no class {normal_class!r:.80}; its classes: {known:.400}.")
        chosen = table.labels == table.class_names.index(normal_class)
    rows = (train & chosen).nonzero().squeeze(1)
    if validation and validation > len(rows) - 2:
        raise DataError(
            f"{name} has {len(rows)} training rows, of which {validation} cannot be held out."
        )
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    held = rows[order[:validation]].sort().values
    rows = rows[order[validation:]].sort().values
    if len(rows) < LEAST_ROWS // 2:
        whom = f" of class {normal_class!r:.80}" if normal_class else ""
        raise DataError(
            f"{name} has {len(rows)} training rows{whom}; at least {LEAST_ROWS // 2} are needed."
        )
    test = (~train & chosen).nonzero().squeeze(1)

    def split(indices: Tensor) -> Split:
        return Split(images=table.rows[indices], labels=table.labels[indices])

    return Dataset(
        name=name,
        train=split(rows),
        validation=split(held),
        test=split(test),
        class_names=table.class_names,
        columns=table.columns,
        rows_digest=_digest(table.columns, table.rows[train & chosen]),
        source=table.source,
        terms=table.terms,
    )


def learned_digest(table: Table, normal_class: str = "") -> str:
    """Return the digest of the rows that a model of a table may learn from, those of `is_train`.

    Two models of one digest have learned from the same rows, watching ones counted in, and hold out
    the same; `Dataset.rows_digest` is the same figure.

    Args:
        table: The table.
        normal_class: The only class that is learned from; every class if empty.
    """
    chosen = is_train(table)
    if normal_class in table.class_names:
        chosen &= table.labels == table.class_names.index(normal_class)
    elif normal_class:
        return ""
    return _digest(table.columns, table.rows[chosen])


def _digest(columns: tuple[str, ...], rows: Tensor) -> str:
    found = hashlib.sha256("\n".join(columns).encode())
    found.update(rows.contiguous().numpy().astype("<f4").tobytes())
    return found.hexdigest()[:DIGEST_LENGTH]
