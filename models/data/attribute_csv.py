"""A person's table of attributes: `file,attribute,...`, one line a picture, values 1, 0 or -1."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from models.data.dataset import DataError
from models.data.file_lines import file_lines, require_new

__all__ = ["AttributeTable", "read_attribute_csv"]

MAX_COLUMNS = 200
MAX_NAME = 64
VALUES = {"1": 1, "0": 0, "-1": -1, "": -1}


@dataclass(frozen=True, slots=True)
class AttributeTable:
    """The attributes of files."""

    names: tuple[str, ...]
    rows: dict[str, list[int]]
    """File name to 1, 0 or -1 (unknown) for each of the names"""


def read_attribute_csv(path: Path, files: set[str]) -> AttributeTable:
    """Read a table of attributes.

    Args:
        path: UTF-8, separated by commas; the first line is `file` and the names.
        files: The files there are.

    Raises:
        DataError: One sentence with the line at fault and what belongs there.
    """
    rows: dict[str, list[int]] = {}
    lines = file_lines(path)
    _, header = next(lines, (1, []))
    names = _names(header, path)
    for number, line in lines:
        where = f"{path}, line {number}"
        file, values = _row(line, names, where)
        require_new(file, rows, files, where)
        rows[file] = values
    return AttributeTable(names, rows)


def _names(header: list[str], path: Path) -> tuple[str, ...]:
    if len(header) < 2 or header[0].strip().lower() != "file":
        raise DataError(
            f"{path}, line 1: the first line must be 'file' and the names of the attributes, "
            f"separated by commas."
        )
    names = tuple(name.strip() for name in header[1:])
    if len(names) > MAX_COLUMNS:
        raise DataError(
            f"{path}, line 1: there are {len(names):,} attributes where {MAX_COLUMNS} are allowed."
        )
    for name in names:
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise DataError(
                f"{path}, line 1: {name!r:.80} is no name for an attribute; give it 1 to "
                f"{MAX_NAME} characters."
            )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{path}, line 1: the attribute {twice!r} is there twice.")
    return names


def _row(line: list[str], names: tuple[str, ...], where: str) -> tuple[str, list[int]]:
    if len(line) != len(names) + 1:
        raise DataError(
            f"{where}: there are {len(line)} values where {len(names) + 1} belong, the file and "
            f"one for each attribute."
        )
    for name, value in zip(names, line[1:], strict=True):
        if value.strip() not in VALUES:
            raise DataError(
                f"{where}: {name} is {value!r:.40}; write 1 (has it), 0 (has it not) or -1 "
                f"(unknown)."
            )
    return line[0].strip(), [VALUES[value.strip()] for value in line[1:]]
