"""Labels on disk: every change is in the log, and durable, before anybody hears that it is kept.

The log (`models.labels.schema`) is the only truth. What stands now, and what may be undone, is a
fold over its steps, so that it is the same after a restart and in every process.

Shapes: N samples, K classes.
"""

from __future__ import annotations

import operator
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from models.labels.errors import LabelError
from models.labels.fold import NONE, Fold
from models.labels.records import Event, Kind, Step, StepRecord
from models.labels.schema import FAILURES, connect, refusal

__all__ = ["SOURCES", "LabelStore"]

SOURCES = ("hand", "lasso", "import", "queue")
"""Where a label can come from"""
MOST_KEY = 120

_Change = tuple[int, int | None, int | None]
"""Sample, label, and the label before"""


class LabelStore:
    """The labels of N samples in one SQLite file.

    Safe to share between threads; several processes may have the same file open, and each sees
    what the others have committed.

    Args:
        path: The file, made where there is none; its folder exists.
        rows: N.
        classes: K.

    Raises:
        LabelError: The file is damaged, foreign, newer or about other data; it stays as it is.
    """

    def __init__(self, path: Path, rows: int, classes: int) -> None:
        self.path = path
        self.rows = rows
        self.classes = classes
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._fold = Fold(rows, classes)
        with self._ready():
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def label(
        self,
        samples: Iterable[int],
        label: int | None,
        source: str = "hand",
        key: str | None = None,
    ) -> Step:
        """Give samples one label, or take theirs away, as one step to undo.

        Args:
            samples: Which; each from 0 to N - 1.
            label: The class, 0 to K - 1; None removes.
            source: One of `SOURCES`.
            key: Names the request; a repeated one changes nothing and returns the first's step.

        Raises:
            LabelError: Something is out of range, or it could not be kept; nothing has changed.
        """
        return self.assign(dict.fromkeys(samples, label), source, key)

    def assign(
        self, labels: Mapping[int, int | None], source: str = "hand", key: str | None = None
    ) -> Step:
        """Give each sample a label of its own, or None to remove it, as one step to undo.

        Raises:
            LabelError: As `label`.
        """
        wanted = self._checked(labels, source)
        with self._writing("label", key) as (connection, old):
            if old is not None:
                return old
            now = self._fold.labels
            changes = [
                (sample, label, before)
                for sample, label in wanted.items()
                if label != (before := _known(now[sample]))
            ]
            step = self._add(connection, "label", None, source, key, changes)
        return self._committed(step)

    def undo(self, key: str | None = None) -> Step:
        """Take back the last step that still stands; without one, nothing changes.

        Raises:
            LabelError: It could not be kept; nothing has changed.
        """
        return self._turn("undo", key)

    def redo(self, key: str | None = None) -> Step:
        """Do again what was undone last, if nothing was labelled since.

        Raises:
            LabelError: It could not be kept; nothing has changed.
        """
        return self._turn("redo", key)

    def current(self) -> NDArray[np.int16]:
        """Return the label of every sample, int16 [N]; -1 is none."""
        with self._ready():
            return self._fold.labels.copy()

    def counts(self) -> tuple[int, ...]:
        """Return how many labels each class has, [K]."""
        with self._ready():
            return self._fold.counts()

    def standing(self) -> Step:
        """Return how things stand, as if nothing had been asked: no samples, the newest id."""
        with self._ready():
            return self._result(self._fold.last, "label", ())

    def events(self, since: int = 0) -> list[Event]:
        """Return every change after an event's id, in order."""
        return self._events("events.id > ?", since)

    def last_event(self, sample: int) -> Event | None:
        """Return the newest change of a sample."""
        return next(iter(self._events("sample = ?", sample, newest=True)), None)

    def history(self) -> list[StepRecord]:
        """Return every step, in order."""
        with self._ready() as connection:
            found = connection.execute(
                "SELECT steps.id, time, kind, target, source, count(events.id), "
                "coalesce(sum((label IS NOT NULL) - (before IS NOT NULL)), 0) "
                "FROM steps LEFT JOIN events ON step = steps.id GROUP BY steps.id ORDER BY steps.id"
            ).fetchall()
        records, labelled = [], 0
        for step, when, kind, target, source, changed, more in found:
            labelled += more
            records.append(StepRecord(step, when, kind, target, source, changed, labelled))
        return records

    def _events(self, condition: str, value: int, *, newest: bool = False) -> list[Event]:
        with self._ready() as connection:
            found = connection.execute(
                "SELECT events.id, step, time, kind, source, sample, label, before FROM events "
                f"JOIN steps ON steps.id = step WHERE {condition} ORDER BY events.id "
                + ("DESC LIMIT 1" if newest else ""),
                (value,),
            ).fetchall()
        return [Event(*fields) for fields in found]

    def _turn(self, kind: Literal["undo", "redo"], key: str | None) -> Step:
        with self._writing(kind, key) as (connection, old):
            if old is not None:
                return old
            stack = self._fold.done if kind == "undo" else self._fold.undone
            target = stack[-1] if stack else None
            changes, source = [], "hand"
            if target is not None:
                [source] = connection.execute(
                    "SELECT source FROM steps WHERE id = ?", (target,)
                ).fetchone()
                columns = "before, label" if kind == "undo" else "label, before"
                changes = connection.execute(
                    f"SELECT sample, {columns} FROM events WHERE step = ? ORDER BY id", (target,)
                ).fetchall()
            # Written even if there is nothing to undo: the same request may come again later.
            step = self._add(connection, kind, target, source, key, changes)
        return self._committed(step)

    def _checked(self, labels: Mapping[int, int | None], source: str) -> dict[int, int | None]:
        """Return the request in plain numbers."""
        if not labels:
            raise LabelError("No samples were named; choose at least one.")
        if source not in SOURCES:
            raise LabelError(f"{source!r:.40} is no source; choose one of {', '.join(SOURCES)}.")
        return {
            _number(sample, self.rows, "sample"): (
                None if label is None else _number(label, self.classes, "class")
            )
            for sample, label in labels.items()
        }

    @contextmanager
    def _ready(self) -> Iterator[sqlite3.Connection]:
        """Hold the lock with an open file and the fold up to date."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = connect(self.path, self.rows, self.classes)
                self._catch_up(self._connection)
                yield self._connection
            except FAILURES as error:
                # On a full disk the file that is open can still be read, but not be opened anew.
                if getattr(error, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
                    self._give_up()
                raise refusal(error, self.path) from error

    @contextmanager
    def _writing(
        self, kind: Kind, key: str | None
    ) -> Iterator[tuple[sqlite3.Connection, Step | None]]:
        """Hold the file for one step, committed at the end, or with the step of a known key."""
        if key is not None and not (isinstance(key, str) and 0 < len(key) <= MOST_KEY):
            raise LabelError(f"A key has 1 to {MOST_KEY} characters, not {key!r:.40}.")
        with self._ready() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                # Another process may have been faster than this one's lock.
                self._catch_up(connection)
                yield connection, self._kept(connection, kind, key)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        try:
            self._fold.advance(connection)
        except (IndexError, OverflowError):
            self._give_up()
            raise LabelError(
                f"{self.path.name} contradicts itself, so another program has written to it; "
                "nothing was changed, put a copy in its place."
            ) from None

    def _kept(self, connection: sqlite3.Connection, kind: Kind, key: str | None) -> Step | None:
        found = connection.execute("SELECT id, kind FROM steps WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        if found[1] != kind:
            raise LabelError(f"The key {key!r:.140} was used for another step; take a new one.")
        changes = connection.execute(
            "SELECT sample, label FROM events WHERE step = ? ORDER BY id", (found[0],)
        ).fetchall()
        return self._result(found[0], kind, changes)

    def _add(
        self,
        connection: sqlite3.Connection,
        kind: Kind,
        target: int | None,
        source: str,
        key: str | None,
        changes: Sequence[_Change],
    ) -> tuple[int, Kind, Sequence[_Change]]:
        step = connection.execute(
            "INSERT INTO steps (time, kind, target, source, key) VALUES (?, ?, ?, ?, ?)",
            (time.time(), kind, target, source, key),
        ).lastrowid
        assert step is not None
        connection.executemany(
            "INSERT INTO events (step, sample, label, before) VALUES (?, ?, ?, ?)",
            ((step, *change) for change in changes),
        )
        return step, kind, changes

    def _committed(self, step: tuple[int, Kind, Sequence[_Change]]) -> Step:
        with self._ready():
            return self._result(*step)

    def _result(self, step: int, kind: Kind, changes: Sequence[tuple[Any, ...]]) -> Step:
        fold = self._fold
        return Step(
            id=step,
            kind=kind,
            samples=tuple(change[0] for change in changes),
            labels=tuple(change[1] for change in changes),
            counts=fold.counts(),
            undo=bool(fold.done),
            redo=bool(fold.undone),
        )

    def _give_up(self) -> None:
        """Forget what is in memory; the file is read anew by whoever comes next."""
        self.close()
        self._fold = Fold(self.rows, self.classes)


def _known(label: np.int16) -> int | None:
    return None if label == NONE else int(label)


def _number(value: object, end: int, what: str) -> int:
    """Return a whole number from 0 to `end` - 1; numpy's are welcome, booleans are not."""
    if not isinstance(value, bool | np.bool_):
        with suppress(TypeError):
            number = operator.index(value)  # type: ignore[arg-type]
            if 0 <= number < end:
                return number
    raise LabelError(f"There is no {what} {value!r:.40}; they are numbered 0 to {end - 1}.")
