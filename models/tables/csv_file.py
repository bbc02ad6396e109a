"""Reading a CSV of numbers with a header, or saying in one sentence why it cannot be one.

Shapes: N rows, C columns.
"""

from __future__ import annotations

import csv
import io
import math
import re
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.data.dataset import DataError
from models.tables.config import LONGEST_NAME, MOST_COLUMNS
from models.tables.data import LEAST_ROWS, Table

__all__ = [
    "MISSING",
    "MOST_BYTES",
    "MOST_CLASSES",
    "MOST_ROWS",
    "Lines",
    "column_numbers",
    "csv_lines",
    "csv_text",
    "read_table",
    "row_classes",
    "too_wide",
]

MOST_BYTES = 10_000_000
MOST_ROWS = 100_000
MOST_CLASSES = 50
MOST_LABEL = 64
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "-", "--")
"""What stands where a value is missing, in small letters"""
LARGEST = 1e30
"""Beyond it sums of rows come near the end of float32."""
COMMA = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?|[+-]?\d*,\d+")
"""A number with a decimal comma, or commas between thousands"""

Lines = list[tuple[int, list[str]]]
"""Each row's cells with the number of its line"""
Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]


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


def csv_lines(text: str, name: str) -> tuple[list[str], Lines]:
    """Return the header, and each row with the number of its line.

    Raises:
        DataError: It is no CSV with a header, or has too many rows or columns.
    """
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    lines: Lines = []
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


def column_numbers(lines: Lines, column: int, title: str, name: str) -> Numbers:
    """Return a column's numbers, float64 [N].

    Raises:
        DataError: One of them is missing, text or not finite, or all are the same.
    """
    values = _quickly([line[column] for _, line in lines])
    if values is None:
        values = _one_by_one(lines, column, title, name)
    kept = values.astype(np.float32)
    if values.min() < values.max() and kept.min() == kept.max():
        raise DataError(
            f"{name}: the numbers of {title!r} differ by too little for their size "
            f"({values[0]:.10g}); models keep seven digits, so subtract a number near them all, or "
            "remove the column."
        )
    if kept.min() == kept.max():
        raise DataError(
            f"{name}: column {title!r} is constant ({values[0]:g} in every row); remove it."
        )
    return values


def _quickly(cells: list[str]) -> Numbers | None:
    """Return a column's numbers, or None where something is wrong with one of them."""
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    fine = bool((np.abs(values) <= LARGEST).all()) and "_" not in "".join(cells)
    return values if fine else None


def _one_by_one(lines: Lines, column: int, title: str, name: str) -> Numbers:
    """Return the same, or say which of them is wrong."""
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
        if value is None and COMMA.fullmatch(line[column].strip()):
            raise DataError(
                f"{name}, line {at}: the value of {title!r} is {line[column].strip()!r:.40}; write "
                "numbers with a decimal point and no other commas."
            )
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
    return values


def row_classes(
    lines: Lines, label: int | None, header: list[str], name: str
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
