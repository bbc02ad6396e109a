"""A person's CSV that says something of each file, read line by line."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from pathlib import Path

from models.data.dataset import DataError

__all__ = ["file_lines", "require_new"]

MAX_BYTES = 64_000_000


def file_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number, from 1 on, and the values of each line; an empty first line counts.

    Args:
        path: UTF-8, separated by commas.

    Raises:
        DataError: It is too large, or it cannot be read, or it is no CSV.
    """
    number = 0
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} has over {MAX_BYTES // 10**6} MB; a table needs far less.")
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, line in enumerate(csv.reader(file, strict=True), 1):
                if line or number == 1:
                    yield number, line
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8; save it as CSV in UTF-8.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the file.") from error
    except csv.Error as error:
        raise DataError(f"{path}, line {number + 1}: this is no CSV ({error}).") from None


def require_new(file: str, seen: Collection[str], files: set[str], where: str) -> None:
    """Refuse a line for a file that had one before, or that is not there.

    Args:
        file: The file that the line speaks of.
        seen: Those of the lines before.
        files: Those there are.
        where: The table and the line, for the message.

    Raises:
        DataError: It is one of these.
    """
    if file in seen:
        raise DataError(f"{where}: {file!r:.80} has a line already.")
    if file not in files:
        raise DataError(f"{where}: there is no picture {file!r:.80} in the folder.")
