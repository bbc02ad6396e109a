"""The tables of a workspace: Iris and Wine, and the CSV files that a person has brought.

A table of one's own is `<workspace>/datasets/tables/<name>.csv`, and beside it `<name>.json` says
which of its columns names the classes.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from models.atomic import write_file
from models.data import DataError
from models.manifest import to_json_bytes
from models.tables.data import BUILT_IN, TABLE, Table, built_in, is_train, read_table
from models.tables.preview import cured, preview

__all__ = [
    "MOST_SHOWN",
    "MOST_TABLES",
    "KeptTable",
    "Summary",
    "TableShelf",
    "UnknownTable",
    "table_name",
]

MOST_TABLES = 100
MOST_SHOWN = 2000
MOST_SHOWN_VALUES = 200_000
MOST_OPEN = 8
SHOWN_SEED = 0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}\Z")

Stamp = tuple[int, ...]


class UnknownTable(DataError):
    """There is no table of that name."""


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

    @property
    def dataset(self) -> str:
        """The name of its data set, as recipes have it."""
        return TABLE + self.name if self.own else self.name


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
        self._lock = threading.RLock()
        self._open: dict[str, tuple[Stamp, KeptTable]] = {}
        self._told: dict[str, tuple[Stamp, Summary | DataError]] = {}

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
        with self._lock:
            known = self._open.pop(name, None)
            if known is None or known[0] != stamp:
                known = stamp, self._read(name)
            self._open[name] = known
            while len(self._open) > MOST_OPEN:
                del self._open[next(iter(self._open))]
        return known[1]

    def summary(self, name: str) -> Summary:
        """Return what a list shows of a table, read only once.

        Raises:
            UnknownTable: There is none of that name.
            DataError: Its file cannot be used any more.
        """
        stamp = () if name in BUILT_IN else self._stamp(name)
        with self._lock:
            told = self._told.get(name)
        if told is None or told[0] != stamp:
            told = stamp, self._summarised(name)
            with self._lock:
                self._told[name] = told
        if isinstance(told[1], DataError):
            raise told[1]
        return told[1]

    def _summarised(self, name: str) -> Summary | DataError:
        """Return a summary, or why there is none: a damaged file is not read at each look."""
        try:
            kept = self.get(name)
        except UnknownTable:
            raise
        except DataError as error:
            return error
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
            return _kept(name, built_in(name), "class", own=False)
        label = self._label(name)
        return _kept(name, read_table(self._path(name), label, name=name), label, own=True)

    def _label(self, name: str) -> str:
        path = self._path(name)
        try:
            return str(json.loads(path.with_suffix(".json").read_bytes())["label"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""
        except OSError:
            # Somebody has copied the file here by hand.
            return preview(path.read_bytes()).label or ""

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
        with self._lock:
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
        """Delete a table of one's own; models that learned it stay.

        Raises:
            UnknownTable: There is none of that name.
            DataError: It comes with the studio.
        """
        if name in BUILT_IN:
            raise DataError(f"'{name}' comes with the studio and cannot be deleted.")
        with self._lock:
            if not self._is_own(name):
                raise UnknownTable(f"There is no table {name!r:.80}; the list shows all.")
            if self._path(name).parent != self.folder:
                raise DataError(
                    f"'{name}' lies among the data sets in $STUDIO_DATASETS; delete its file there."
                )
            self._open.pop(name, None)
            self._path(name).unlink(missing_ok=True)
            self._path(name).with_suffix(".json").unlink(missing_ok=True)


def _kept(name: str, table: Table, label: str, *, own: bool) -> KeptTable:
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
