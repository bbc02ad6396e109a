"""What a CSV file would be as a table: everything that is wrong with it, and what would cure that.

Shapes: N rows, C columns.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.data.dataset import DataError
from models.tables.config import MOST_COLUMNS
from models.tables.csv_file import (
    MISSING,
    MOST_CLASSES,
    column_numbers,
    csv_lines,
    csv_text,
    row_classes,
    too_wide,
)
from models.tables.data import LEAST_ROWS

__all__ = ["MOST_PROBLEMS", "Preview", "cured", "preview"]

MOST_PROBLEMS = 20
SAMPLE_ROWS = 5
LONGEST_CELL = 80
KEPT_APART = 0.9
"""Share of a column's numbers that have to differ still where they are kept in 32 bits"""
LABELS = ("label", "class", "target", "species", "variety", "type", "category", "cultivar", "y")
"""What a column of classes is often called"""

Lines = Sequence[tuple[int, list[str]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a file holds."""

    header: tuple[str, ...] = ()
    """Every column"""
    columns: tuple[str, ...] = ()
    """The columns of numbers that a model would learn"""
    rows: int = 0
    label: str | None = None
    candidates: tuple[str, ...] = ()
    """Columns that could name the rows' classes"""
    classes: tuple[tuple[str, int], ...] = ()
    """Each class with its number of rows"""
    problems: tuple[str, ...] = ()
    """One sentence each; with any of them it is no table yet"""
    notes: tuple[str, ...] = ()
    """What is worth knowing, and no fault"""
    faulty: tuple[str, ...] = ()
    """Columns without which some of the problems would be gone"""
    counting: tuple[str, ...] = ()
    """Columns that only count the rows"""
    incomplete: int = 0
    """Rows in which a value is missing"""
    sample: tuple[tuple[str, ...], ...] = ()
    """The first rows as they are written"""


def preview(
    data: Path | bytes,
    label: str | None = None,
    *,
    leave: Collection[str] = (),
    complete: bool = False,
    name: str = "The table",
) -> Preview:
    """Say what a CSV file holds, and all that is wrong with it.

    Args:
        data: The file, or its content.
        label: Column of the classes; one is guessed if None, and there is none if empty.
        leave: Columns that are left out.
        complete: Whether rows in which a value is missing are left out.
        name: What messages call the file.
    """
    try:
        header, lines = csv_lines(csv_text(data, name), name)
    except DataError as error:
        return Preview(problems=(str(error),))
    candidates = _candidates(header, lines, leave)
    problems = [
        f"{name} has no column {gone!r:.80} that could be left out."
        for gone in leave
        if gone not in header
    ]
    if label is None:
        label = _guess(candidates, header, lines) or ""
    elif label and (label not in header or label in leave):
        problems.append(f"{name} has no column {label!r:.80} to take labels from; choose another.")
        label = ""
    kept = [i for i, c in enumerate(header) if c not in leave and c != label]
    whole = [line for line in lines if not _lacks(line[1], kept)]
    if complete:
        lines = whole
    classes, fault = _classes(header, lines, label, name)
    faults = _faults(header, lines, kept, name)
    counting = _counting(header, lines, kept)
    problems += [*fault, *_size(lines, kept, name), *faults.values()]
    return Preview(
        header=tuple(header),
        columns=tuple(header[i] for i in kept),
        rows=len(lines),
        label=label or None,
        candidates=tuple(candidates),
        classes=classes,
        problems=_first(problems),
        notes=tuple(_notes(header, lines, kept, counting, label)),
        faulty=tuple(faults),
        counting=counting,
        incomplete=0 if complete else len(lines) - len(whole),
        sample=tuple(
            tuple(cell[:LONGEST_CELL] for cell in line) for _, line in lines[:SAMPLE_ROWS]
        ),
    )


def cured(data: bytes, *, leave: Collection[str] = (), complete: bool = False) -> bytes:
    """Return a CSV file without some columns, and without the rows in which a value is missing.

    Raises:
        DataError: It is no CSV.
    """
    header, lines = csv_lines(csv_text(data, "The table"), "The table")
    kept = [i for i, column in enumerate(header) if column not in leave]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([header[i] for i in kept])
    writer.writerows(
        [line[i].strip() for i in kept]
        for _, line in lines
        if not (complete and _lacks(line, kept))
    )
    return text.getvalue().encode()


def _lacks(line: Sequence[str], columns: Sequence[int]) -> bool:
    return any(line[i].strip().lower() in MISSING for i in columns)


def _candidates(header: Sequence[str], lines: Lines, leave: Collection[str]) -> list[str]:
    """Return columns in which each value, on average, comes at least twice, and not too many."""
    found = []
    for i, column in enumerate(header):
        values = {line[i].strip() for _, line in lines}
        if column not in leave and 2 <= len(values) <= min(MOST_CLASSES, len(lines) // 2):
            found.append(column)
    return found


def _guess(candidates: Sequence[str], header: Sequence[str], lines: Lines) -> str | None:
    """Return the column that is most likely the classes': by its name, or because it is text."""
    named = [c for c in candidates if c.lower() in LABELS]
    if named:
        return named[0]
    texts = [c for c in candidates if not _is_number(lines[0][1][header.index(c)])]
    return texts[-1] if texts else None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.strip().lower() in MISSING
    return True


def _classes(
    header: Sequence[str], lines: Lines, label: str, name: str
) -> tuple[tuple[tuple[str, int], ...], list[str]]:
    if not label or not lines:
        return (), []
    try:
        labels, names = row_classes(list(lines), header.index(label), list(header), name)
    except DataError as error:
        return (), [str(error)]
    counts = Counter(labels.tolist())
    return tuple((found, counts[i]) for i, found in enumerate(names)), []


def _faults(header: Sequence[str], lines: Lines, kept: Sequence[int], name: str) -> dict[str, str]:
    """Return what is wrong with each column that cannot be learned."""
    found = {}
    for i in kept if lines else ():
        try:
            column_numbers(list(lines), i, header[i], name)
        except DataError as error:
            found[header[i]] = str(error)
    return found


def _size(lines: Lines, kept: Sequence[int], name: str) -> list[str]:
    if not kept:
        return [f"{name} has no column of numbers beside its label; add some."]
    if len(kept) > MOST_COLUMNS:
        return [too_wide(len(kept), name)]
    if len(lines) < LEAST_ROWS:
        return [
            f"{name} has {len(lines)} rows, too few to learn from; it needs at least {LEAST_ROWS}."
        ]
    return []


def _first(problems: Sequence[str]) -> tuple[str, ...]:
    if len(problems) <= MOST_PROBLEMS:
        return tuple(problems)
    rest = len(problems) - MOST_PROBLEMS
    return (*problems[:MOST_PROBLEMS], f"And {rest} more like these.")


def _counting(header: Sequence[str], lines: Lines, kept: Sequence[int]) -> tuple[str, ...]:
    """Return the columns that go 0, 1, 2, ... or 1, 2, 3, ..."""
    counts = [[str(k + first) for k in range(len(lines))] for first in (0, 1)]
    return tuple(header[i] for i in kept if [line[i].strip() for _, line in lines] in counts)


def _coarse(cells: Sequence[str], column: str) -> str:
    """Say that a column's numbers are too large for their differences, as times often are."""
    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:
        return ""
    with np.errstate(over="ignore"):
        apart, kept = len(np.unique(values)), len(np.unique(values.astype(np.float32)))
    if kept > KEPT_APART * apart:
        return ""
    return (
        f"Of the {apart:,} different numbers of {column!r} only {kept:,} stay apart, for models "
        "keep seven digits; subtract a number near them all."
    )


def _notes(
    header: Sequence[str],
    lines: Lines,
    kept: Sequence[int],
    counting: Sequence[str],
    label: str,
) -> list[str]:
    notes = [f"Column {name!r} only counts the rows; better leave it out." for name in counting]
    said = (_coarse([line[i].strip() for _, line in lines], header[i]) for i in kept)
    notes += [note for note in said if note]
    if label:
        at = header.index(label)
        without = sum(line[at].strip().lower() in MISSING for _, line in lines)
        if without:
            notes.append(f"{without} rows have no {label!r}; they count as rows without a class.")
    return notes
