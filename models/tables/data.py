"""Tables as data sets: Iris, Wine, and any CSV of numbers with a header.

Shapes: N rows, C columns.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.data.dataset import DataError, Dataset, Split
from models.tables.config import LONGEST_NAME, MOST_COLUMNS

__all__ = [
    "BUILT_IN",
    "LEAST_ROWS",
    "MISSING",
    "MOST_BYTES",
    "MOST_CLASSES",
    "MOST_ROWS",
    "TABLE",
    "Table",
    "built_in",
    "column_numbers",
    "csv_lines",
    "csv_text",
    "is_train",
    "read_table",
    "row_classes",
    "table_dataset",
    "too_wide",
]

TABLE = "table:"
BUILT_IN = ("iris", "wine")
MOST_BYTES = 10_000_000
MOST_ROWS = 100_000
LEAST_ROWS = 20
MOST_CLASSES = 50
MOST_LABEL = 64
TEST_SHARE = 0.2
SPLIT_SEED = 0
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", "--")
"""What stands where a value is missing, in small letters"""
LARGEST = 1e30
"""Beyond it squares overflow float32."""


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
        source=table.source,
        terms=table.terms,
    )


def read_table(
    source: Path | bytes, label_column: str | None = None, *, name: str = "The table"
) -> Table:
    """Read a CSV of numbers with a header.

    Args:
        source: A file or its content; UTF-8, separated by commas (or semicolons or tabs).
        label_column: The column that names each row's class; none if empty.
        name: What messages call it.

    Raises:
        DataError: One sentence that says what is wrong, where, and what to do.
    """
    header, lines = csv_lines(csv_text(source, name), name)
    label = _label_index(header, label_column, name)
    columns = [i for i in range(len(header)) if i != label]
    if not columns:
        raise DataError(f"{name} has no column of numbers beside its label; add some.")
    if len(columns) > MOST_COLUMNS:
        raise DataError(too_wide(len(columns), name))
    if len(lines) < LEAST_ROWS:
        raise DataError(
            f"{name} has {len(lines)} rows, too few to learn from; it needs at least {LEAST_ROWS}."
        )
    values = np.empty((len(lines), len(columns)))
    for at, column in enumerate(columns):
        values[:, at] = column_numbers(lines, column, header[column], name)
    labels, classes = row_classes(lines, label, header, name)
    return Table(
        columns=tuple(header[i] for i in columns),
        rows=torch.from_numpy(values).float(),
        labels=labels,
        class_names=classes,
    )


def too_wide(columns: int, name: str) -> str:
    """Return what to say of a table of too many columns, its label not counted."""
    return f"{name} has {columns:,} columns of numbers; {MOST_COLUMNS} are allowed, leave some out."


def csv_text(source: Path | bytes, name: str) -> str:
    """Return a file's text; `name` is what messages call it.

    Raises:
        DataError: It is too large, not UTF-8 or cannot be read.
    """
    try:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size > MOST_BYTES:
            raise DataError(f"{name} has {size / 1e6:.1f} MB; {MOST_BYTES // 10**6} are allowed.")
        data = source if isinstance(source, bytes) else source.read_bytes()
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{name} is not UTF-8 text; save it as CSV in UTF-8.") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read ({error.strerror}); check the file.") from None


def csv_lines(text: str, name: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and each row with the number of its line.

    Raises:
        DataError: It is no CSV with a header, or has too many rows or columns.
    """
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        header = _header(next(reader, []), name)
        for line in reader:
            if not any(cell.strip() for cell in line):
                continue
            if len(line) != len(header):
                raise DataError(
                    f"{name}, line {reader.line_num}: there are {len(line)} values where the "
                    f"header has {len(header)} columns."
                )
            lines.append((reader.line_num, line))
            if len(lines) > MOST_ROWS:
                raise DataError(f"{name} has more than {MOST_ROWS:,} rows; keep fewer of them.")
    except csv.Error as error:
        raise DataError(f"{name}, line {reader.line_num}: this is no CSV ({error}).") from None
    return header, lines


def _header(cells: list[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    if not any(header):
        raise DataError(f"{name} is empty; its first line must name the columns.")
    if len(header) > MOST_COLUMNS + 1:
        raise DataError(
            f"{name} has {len(header):,} columns; {MOST_COLUMNS} and a label are allowed."
        )
    for at, column in enumerate(header, 1):
        if not column:
            raise DataError(f"{name}, line 1: column {at} has no name; give it one.")
        if len(column) > LONGEST_NAME or not column.isprintable():
            raise DataError(
                f"{name}, line 1: {column!r:.80} is no name for a column; give it 1 to "
                f"{LONGEST_NAME} characters."
            )
    if len(set(header)) < len(header):
        twice = next(c for c in header if header.count(c) > 1)
        raise DataError(f"{name}, line 1: the column {twice!r} is there twice; rename one.")
    if all(_number(cell) is not None for cell in header):
        raise DataError(f"{name} has no header: its first line is all numbers; name the columns.")
    return header


def _label_index(header: list[str], label_column: str | None, name: str) -> int | None:
    if not label_column:
        return None
    if label_column not in header:
        raise DataError(
            f"{name} has no column {label_column!r:.80} to take labels from; its columns are "
            f"{', '.join(header):.400}."
        )
    return header.index(label_column)


def _number(cell: str) -> float | None:
    try:
        # Python reads 1_000 too; a table that says so means a name.
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def column_numbers(
    lines: list[tuple[int, list[str]]], column: int, title: str, name: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a column's numbers, float64 [N].

    Raises:
        DataError: One of them is missing, text or not finite, or all are the same.
    """
    values = np.empty(len(lines))
    missing = [at for at, line in lines if line[column].strip().lower() in MISSING]
    if missing:
        others = f" and in {len(missing) - 1} other rows" if len(missing) > 1 else ""
        raise DataError(
            f"{name}, line {missing[0]}: the value of {title!r} is missing{others}; fill it in or "
            "remove the row or the column."
        )
    for row, (at, line) in enumerate(lines):
        value = _number(line[column].strip())
        if value is None:
            raise DataError(
                f"{name}, line {at}: column {title!r} holds text ({line[column].strip()!r:.40}); "
                "name it as the label column, or remove it."
            )
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise DataError(
                f"{name}, line {at}: the value of {title!r} is {line[column].strip()!r:.40}, which "
                "is not finite or too large."
            )
        values[row] = value
    if values.astype(np.float32).min() == values.astype(np.float32).max():
        raise DataError(
            f"{name}: column {title!r} is constant ({values[0]:g} in every row); remove it."
        )
    return values


def row_classes(
    lines: list[tuple[int, list[str]]], label: int | None, header: list[str], name: str
) -> tuple[Tensor, tuple[str, ...]]:
    """Return each row's class, int64 [N] with -1 for none, and the names of the classes.

    Raises:
        DataError: There are none or too many, or one has no name that could be shown.
    """
    if label is None:
        return torch.full((len(lines),), -1), ()
    given = [line[label].strip() for _, line in lines]
    # Numbers in their order: 2 before 10.
    known = sorted(
        {cell for cell in given if cell.lower() not in MISSING},
        key=lambda cell: (_number(cell) is None, _number(cell) or 0.0, cell),
    )
    if len(known) > MOST_CLASSES:
        raise DataError(
            f"{name}: the label column {header[label]!r} has {len(known):,} different values where "
            f"{MOST_CLASSES} are allowed; choose a column of classes."
        )
    if len(known) < 1:
        raise DataError(f"{name}: the label column {header[label]!r} is empty; choose another.")
    for cell in known:
        if len(cell) > MOST_LABEL or not cell.isprintable():
            raise DataError(f"{name}: {cell!r:.80} is no name for a class; shorten it.")
    index = {cell: at for at, cell in enumerate(known)}
    return torch.tensor([index.get(cell, -1) for cell in given]), tuple(known)
