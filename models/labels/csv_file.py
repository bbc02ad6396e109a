"""Labels as a CSV file: columns `Serial,label`, one line a labelled sample.

`Serial` is the sample's row in the training split, from 0. A label is a class number or a class
name; an empty one or NaN is none. Files of spreadsheets are read too: a byte order mark, line ends
of Windows, semicolons or tabs in place of commas.

Shapes: N samples, K classes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.labels.errors import LabelError

__all__ = ["LabelTable", "Preview", "preview", "read_labels", "read_table", "write_labels"]

NONE = -1
MAX_BYTES = 64_000_000
MOST_PROBLEMS = 50
EMPTY = ("", "nan", "none", "null")
SERIAL = re.compile(r"\d{1,9}(\.0)?\Z", re.ASCII)
"""A row number; tables that hold NaN are often written with all numbers as decimals."""
HEADER = ("serial", "label")


@dataclass(frozen=True, slots=True, eq=False)
class LabelTable:
    """What a file says."""

    labels: NDArray[np.int64]
    """int64 [N]; -1 is none"""
    listed: NDArray[np.bool_]
    """bool [N]: the samples that have a line, with a label or with none"""
    problems: tuple[str, ...] = ()
    """One sentence a wrong line, the first 50"""


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What an import would change; samples without a line keep what they have."""

    added: int
    changed: int
    same: int
    removed: int
    """Lines that say a labelled sample has none"""
    problems: tuple[str, ...]
    """One sentence a wrong line; a file that has some is not imported"""
    changes: dict[int, int | None]
    """Sample to its new label, for `LabelStore.assign`"""


def read_labels(
    source: str | bytes | Path, rows: int, classes: int | Sequence[str]
) -> NDArray[np.int64]:
    """Read labels.

    Args:
        source: The text, its bytes, or the path of a file.
        rows: N.
        classes: K, or the names of the classes.

    Returns:
        int64 [N]; -1 is unlabelled.

    Raises:
        LabelError: The first thing that is wrong; the message names the line.
    """
    table = read_table(source, rows, classes)
    if table.problems:
        raise LabelError(table.problems[0])
    return table.labels


def read_table(source: str | bytes | Path, rows: int, classes: int | Sequence[str]) -> LabelTable:
    """Read labels and everything that is wrong with them.

    Raises:
        LabelError: It is no such file at all.
    """
    text, where = _text_of(source)
    names = _numbers(classes)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    table = LabelTable(np.full(rows, NONE, np.int64), np.zeros(rows, bool))
    problems: list[str] = []
    first_line: dict[int, int] = {}
    for number, cells in _lines(reader, where):
        try:
            sample, label = _parsed(cells, rows, names)
            if sample in first_line:
                raise LabelError(f"sample {sample} is on line {first_line[sample]} already")
        except LabelError as error:
            problems.append(f"{where}line {number}: {error}.")
            if len(problems) >= MOST_PROBLEMS:
                break
            continue
        first_line[sample] = number
        table.listed[sample] = True
        table.labels[sample] = label
    return LabelTable(table.labels, table.listed, tuple(problems))


def preview(
    source: str | bytes | Path,
    current: NDArray[np.int16] | NDArray[np.int64],
    classes: int | Sequence[str],
) -> Preview:
    """Tell what an import would change.

    Args:
        source: The text, its bytes, or the path of a file.
        current: The labels that stand now [N]; -1 is none.
        classes: K, or the names of the classes.

    Raises:
        LabelError: It is no such file at all.
    """
    table = read_table(source, len(current), classes)
    new, old = table.labels, np.asarray(current).astype(np.int64)
    listed = table.listed
    differs = listed & (new != old)
    return Preview(
        added=int((differs & (old == NONE)).sum()),
        changed=int((differs & (old != NONE) & (new != NONE)).sum()),
        same=int((listed & (new == old)).sum()),
        removed=int((differs & (new == NONE)).sum()),
        problems=table.problems,
        changes={
            int(row): None if new[row] == NONE else int(new[row]) for row in differs.nonzero()[0]
        },
    )


def write_labels(
    labels: NDArray[np.int16] | NDArray[np.int64], class_names: Sequence[str] = ()
) -> str:
    """Return labels as CSV, one line a labelled sample.

    Args:
        labels: [N]; -1 is unlabelled and gets no line.
        class_names: Written in place of class numbers, if given; a spreadsheet takes none of them
            for a formula.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["Serial", "label"])
    for row in np.flatnonzero(np.asarray(labels) != NONE):
        label = int(labels[row])
        writer.writerow([int(row), _escaped(class_names[label]) if class_names else label])
    return text.getvalue()


def _text_of(source: str | bytes | Path) -> tuple[str, str]:
    """Return the text and what messages begin with."""
    where = f"{source.name}, " if isinstance(source, Path) else ""
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > MAX_BYTES:
            raise LabelError(f"{where}over {MAX_BYTES // 10**6} MB are too much; labels need less.")
        data = source.read_bytes() if isinstance(source, Path) else source
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError:
        raise LabelError(f"{where}the text is not UTF-8; save it as CSV in UTF-8.") from None
    except OSError as error:
        raise LabelError(f"{where}cannot be read ({error.strerror}); check the file.") from error
    return text.removeprefix("\ufeff"), where


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _lines(reader: Any, where: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines below the header with the number a text editor shows."""
    last = 0
    try:
        header: list[str] = next(reader, [])
        if tuple(cell.strip().lower() for cell in header) != HEADER:
            raise LabelError(f"{where}line 1: the first line must be 'Serial,label'.")
        last = reader.line_num
        for cells in reader:
            first, last = last + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield first, cells
    except csv.Error as error:
        raise LabelError(f"{where}line {last + 1}: this is no CSV ({error}).") from None


def _parsed(cells: list[str], rows: int, names: Mapping[str, int]) -> tuple[int, int]:
    """Return the sample and the label of a line, or raise what is wrong with it."""
    if len(cells) != 2:
        found = "is 1 value" if len(cells) == 1 else f"are {len(cells):,} values"
        raise LabelError(f"there {found} where 2 belong, Serial and label")
    serial, label = (cell.strip() for cell in cells)
    if not SERIAL.match(serial):
        raise LabelError(f"Serial is {serial!r:.40}; write the number of a sample")
    sample = int(serial.partition(".")[0])
    if sample >= rows:
        raise LabelError(f"there is no sample {sample}; they are numbered 0 to {rows - 1}")
    # What an export escaped comes first, so that a class called '=x is not taken for =x.
    for known in (label.removeprefix("'").strip(), label, label.removesuffix(".0")):
        if known in names:
            return sample, names[known]
    if label.lower() in EMPTY:
        return sample, NONE
    raise LabelError(f"{label!r:.40} is no class; write one of {_some(names)}")


def _numbers(classes: int | Sequence[str]) -> dict[str, int]:
    """Return what may stand in a file for each class: its name, and its number."""
    if isinstance(classes, int):
        return {str(k): k for k in range(classes)}
    # A class called "7" is meant by its name, wherever it stands in the list.
    return {str(k): k for k in range(len(classes))} | {
        name.strip(): k for k, name in enumerate(classes)
    }


def _some(names: Mapping[str, int]) -> str:
    words = list(names)
    return ", ".join(words if len(words) <= 24 else [*words[:20], "..."])


def _escaped(name: str) -> str:
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else name
