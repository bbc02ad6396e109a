"""A person's table of classes: `file,label`, one line a picture."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from models.data.dataset import DataError
from models.data.file_lines import file_lines, require_new

__all__ = ["LabelTable", "is_label_csv", "read_label_csv"]

MAX_CLASSES = 255
MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The classes of files."""

    names: tuple[str, ...]
    """The classes by the alphabet, numbers in them by size"""
    rows: dict[str, int]
    """File name to class; a file without one is not there"""


def is_label_csv(path: Path) -> bool:
    """Tell whether the first line of a table is `file,label`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _is_header(next(csv.reader([file.readline(1000)]), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return False


def read_label_csv(path: Path, files: set[str]) -> LabelTable:
    """Read a table of classes.

    Args:
        path: UTF-8, separated by commas; the first line is `file,label`. An empty label, or no
            line at all, is a picture of no known class.
        files: The files there are.

    Raises:
        DataError: One sentence with the line at fault and what belongs there.
    """
    said = _parsed(path, files)
    names = _sorted(set(said.values()))
    if not names:
        raise DataError(f"{path} gives no picture a label; write one behind each file's comma.")
    if len(names) > MAX_CLASSES:
        raise DataError(
            f"{path} has {len(names):,} different labels where {MAX_CLASSES} are allowed; a label "
            f"is the name of a class that many pictures share."
        )
    places = {name: place for place, name in enumerate(names)}
    return LabelTable(names, {file: places[name] for file, name in said.items()})


def _parsed(path: Path, files: set[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    seen: set[str] = set()
    lines = file_lines(path)
    _, header = next(lines, (1, []))
    if not _is_header(header):
        raise DataError(f"{path}, line 1: the first line must be 'file,label'.")
    for number, line in lines:
        where = f"{path}, line {number}"
        if len(line) != 2:
            raise DataError(
                f"{where}: there are {len(line)} values where a file and a label belong."
            )
        file, label = (value.strip() for value in line)
        require_new(file, seen, files, where)
        if len(label) > MAX_NAME or not label.isprintable():
            raise DataError(
                f"{where}: {label!r:.80} is no name of a class; give it at most {MAX_NAME} "
                f"characters."
            )
        seen.add(file)
        if label:
            said[file] = label
    return said


def _is_header(line: list[str]) -> bool:
    return [name.strip().lower() for name in line] == ["file", "label"]


def _sorted(labels: set[str]) -> tuple[str, ...]:
    """Return labels by the alphabet, numbers in them by size: person 3 before person 11."""

    def key(label: str) -> tuple[list[tuple[int, str]], str]:
        # A longer number is larger once its zeros are gone.
        parts = re.split(r"([0-9]+)", label.casefold())
        digits = [part.lstrip("0") if i % 2 else part for i, part in enumerate(parts)]
        return [(len(part) if i % 2 else 0, part) for i, part in enumerate(digits)], label

    return tuple(sorted(labels, key=key))
