"""The tables of a workspace: Iris and Wine, and the CSV files that a person has brought.

A table of one's own is `<workspace>/datasets/tables/<name>.csv`, and beside it `<name>.json` says
which of its columns names the classes.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from models.atomic import write_file
from models.data import DataError
from models.manifest import to_json_bytes
from models.tables.csv_file import read_table
from models.tables.data import BUILT_IN, TABLE, built_in
from models.tables.preview import cured, preview
from studio.kept_tables import KeptTable, Summary, keep
from studio.stamped import Stamp, Stamped

__all__ = ["MOST_TABLES", "TableShelf", "UnknownTable", "table_name"]

MOST_TABLES = 100
MOST_OPEN = 8
MOST_TOLD = 1000
LOCK_TIMEOUT_S = 30.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}\Z")


class UnknownTable(DataError):
    """There is no table of that name."""


def table_name(dataset: str) -> str | None:
    """Return the table that a data set is, or None if it is no table, or one from elsewhere."""
    if dataset in BUILT_IN:
        return dataset
    name = dataset.removeprefix(TABLE).removesuffix(".csv")
    named = dataset.startswith(TABLE) and NAME.match(name) and name.lower() not in BUILT_IN
    return name if named else None


class TableShelf:
    """The tables of a workspace. Safe to share between threads.

    Args:
        workspace: A person's own files.
    """

    def __init__(self, workspace: Path) -> None:
        self.folder = workspace / "datasets" / "tables"
        self._open: Stamped[KeptTable] = Stamped(MOST_OPEN)
        self._told: Stamped[Summary | DataError] = Stamped(MOST_TOLD)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Let nobody else, in any process, add or delete a table or begin to train one meanwhile.

        Raises:
            DataError: Somebody else has been at it for too long.
        """
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder.parent / ".tables.lock")
        try:
            lock.acquire(timeout=LOCK_TIMEOUT_S)
        except Timeout:
            raise DataError(
                f"Tables have been changed elsewhere for {LOCK_TIMEOUT_S:g} seconds; see what "
                f"holds {lock.lock_file} and try again."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def names(self) -> list[str]:
        """Return the names of all tables, those that come with the studio first."""
        own = {path.stem for folder in self._folders() for path in folder.glob("*.csv")}
        return [*BUILT_IN, *sorted(name for name in own if self._is_own(name))]

    def _folders(self) -> list[Path]:
        """Return where tables are looked for, in the order in which trainings do."""
        named = os.environ.get("STUDIO_DATASETS")
        shared = [Path(named).expanduser() / "tables"] if named else []
        return [folder for folder in (*shared, self.folder) if folder.is_dir()]

    def _is_own(self, name: str) -> bool:
        if not NAME.match(name) or name.lower() in BUILT_IN:
            return False
        path = self._path(name)
        return path.is_file() and not path.is_symlink()

    def _path(self, name: str) -> Path:
        below = (folder / f"{name}.csv" for folder in self._folders())
        return next((path for path in below if path.is_file()), self.folder / f"{name}.csv")

    def get(self, name: str) -> KeptTable:
        """Return a table; the same object while its file is unchanged.

        Raises:
            UnknownTable: There is none of that name.
            DataError: Its file cannot be used any more.
        """
        if name not in BUILT_IN and not self._is_own(name):
            raise UnknownTable(f"There is no table {name!r:.80}; the list shows all.")
        stamp = () if name in BUILT_IN else self._stamp(name)
        return self._open.get(name, stamp, self._read)

    def summary(self, name: str) -> Summary:
        """Return what a list shows of a table, read only once.

        Raises:
            UnknownTable: There is none of that name.
            DataError: Its file cannot be used any more.
        """
        stamp = () if name in BUILT_IN else self._stamp(name)
        told = self._told.get(name, stamp, self._summarised)
        if isinstance(told, DataError):
            raise DataError(str(told))
        return told

    def _summarised(self, name: str) -> Summary | DataError:
        """Return a summary, or why there is none: a damaged file is not read at each look."""
        try:
            kept = self.get(name)
        except UnknownTable:
            raise
        except DataError as error:
            # Another one, for this one's trace holds all that was read.
            return DataError(str(error))
        return Summary.of(kept.table, kept.label)

    def _stamp(self, name: str) -> Stamp:
        stamp: list[int] = []
        for path in (self._path(name), self._path(name).with_suffix(".json")):
            try:
                found = path.stat()
            except OSError:
                continue
            stamp += [found.st_mtime_ns, found.st_size, found.st_ino]
        return tuple(stamp)

    def _read(self, name: str) -> KeptTable:
        if name in BUILT_IN:
            return keep(name, built_in(name), "class", own=False)
        label = self.label(name)
        return keep(name, read_table(self._path(name), label, name=name), label, own=True)

    def label(self, name: str) -> str:
        """Return the column of classes of a table of one's own; empty without one."""
        path = self._path(name)
        try:
            return str(json.loads(path.with_suffix(".json").read_bytes())["label"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        except OSError:
            # Somebody has copied the file here by hand.
            return preview(path).label or ""

    def free_name(self, wanted: str) -> str:
        """Return a name that no table has, made of what a file is called."""
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", wanted.removesuffix(".csv")).strip("-_")[:40]
        name, number = plain or "table", 1
        while self._taken(name):
            number += 1
            name = f"{plain or 'table'}-{number}"
        return name

    def _taken(self, name: str) -> bool:
        # Some disks take 'Mine' for 'mine'; and what is a link here is no table, but not ours to
        # write over.
        files = {path.stem.lower() for folder in self._folders() for path in folder.glob("*.csv")}
        return name.lower() in files | set(BUILT_IN)

    def add(
        self,
        name: str,
        data: bytes,
        label: str = "",
        *,
        leave: Collection[str] = (),
        complete: bool = False,
    ) -> KeptTable:
        """Keep a CSV file as a table.

        Args:
            name: What it is to be called.
            data: The file's content.
            label: The column of classes, if it has one.
            leave: Columns that are left out.
            complete: Whether rows in which a value is missing are left out.

        Raises:
            DataError: The file is no table, the name is taken or none, or there are too many.
            OSError: It cannot be written; nothing is left behind.
        """
        if not NAME.match(name):
            raise DataError(
                f"{name!r:.80} is no name for a table: use up to 48 letters, digits, '_' or '-', "
                "beginning with a letter or digit."
            )
        self._require_room(name)
        data = cured(data, leave=leave, complete=complete)
        read_table(data, label, name=name)
        with self.changing():
            self._require_room(name)
            self.folder.mkdir(parents=True, exist_ok=True)
            # The table is there once its CSV is; without it the other file means nothing.
            write_file(self._path(name).with_suffix(".json"), to_json_bytes({"label": label}))
            write_file(self._path(name), data)
        return self.get(name)

    def _require_room(self, name: str) -> None:
        if self._taken(name):
            raise DataError(f"There is a table '{name}' already; choose another name.")
        if len(self.names()) >= MOST_TABLES:
            raise DataError(f"There are {MOST_TABLES} tables already; delete one first.")

    def remove(self, name: str) -> None:
        """Delete a table of one's own, while it is being changed; models that learned it stay.

        Raises:
            UnknownTable: There is none of that name.
            DataError: It comes with the studio.
        """
        if name in BUILT_IN:
            raise DataError(f"'{name}' comes with the studio and cannot be deleted.")
        if not self._is_own(name):
            raise UnknownTable(f"There is no table {name!r:.80}; the list shows all.")
        if self._path(name).parent != self.folder:
            raise DataError(
                f"'{name}' lies among the data sets in $STUDIO_DATASETS; delete its file there."
            )
        self._path(name).unlink(missing_ok=True)
        self._path(name).with_suffix(".json").unlink(missing_ok=True)
        self._open.forget(name)
        self._told.forget(name)
