"""The label file: SQLite, its tables, and the checks before one is used.

steps    what a person did, one row a key press: label, undo or redo
events   what each step changed, one row a sample: the label now and the one before
current  a view: the labels that stand now

Rows of both tables are only ever added; triggers forbid everything else. Undo and redo are steps
too, so the log alone says what may be undone.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from models.labels.errors import LabelError, NotKept

__all__ = ["APPLICATION", "FAILURES", "FORMAT", "connect", "refusal"]

APPLICATION = 0x4C534C42
"""SQLite's application id of these files, 'LSLB'"""
FORMAT = 1
BUSY_S = 5.0
FAILURES = (sqlite3.Error, UnicodeDecodeError)
"""What Python raises where SQLite fails; messages about damaged files can hold any bytes."""
_MAGIC = b"SQLite format 3\0"

_LOCKED = (
    "Another process has been writing to {name} for {seconds:g} seconds, so the labels were not "
    "kept; try again."
)
PASSING = {
    sqlite3.SQLITE_FULL: "The disk is full, so the labels were not kept; make room and try again.",
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_IOERR: "The disk under {name} failed or is full, so the labels were not kept; "
    "make room and try again.",
    sqlite3.SQLITE_READONLY: "{name} may not be written to, so the labels were not kept; give "
    "yourself the right to and try again.",
    sqlite3.SQLITE_CANTOPEN: "{name} cannot be opened, so the labels were not kept; see whether "
    "its folder is there and try again.",
}
"""SQLite's result codes that may be others the next time"""

_TABLES = """
CREATE TABLE about (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    rows INTEGER NOT NULL CHECK (rows > 0),
    classes INTEGER NOT NULL CHECK (classes > 0)
) STRICT;
CREATE TABLE steps (
    id INTEGER PRIMARY KEY,
    time REAL NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('label', 'undo', 'redo')),
    target INTEGER REFERENCES steps (id),
    source TEXT NOT NULL,
    key TEXT UNIQUE
) STRICT;
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    step INTEGER NOT NULL REFERENCES steps (id),
    sample INTEGER NOT NULL CHECK (sample >= 0),
    label INTEGER CHECK (label >= 0),
    before INTEGER CHECK (before >= 0)
) STRICT;
CREATE INDEX events_of_step ON events (step);
CREATE INDEX events_of_sample ON events (sample, id);
CREATE VIEW current AS
    SELECT sample, label FROM events
    WHERE id IN (SELECT max(id) FROM events GROUP BY sample) AND label IS NOT NULL;
CREATE TRIGGER steps_added_once BEFORE INSERT ON steps
    WHEN EXISTS (SELECT 1 FROM steps WHERE id = NEW.id OR key = NEW.key)
    BEGIN SELECT raise(ABORT, 'steps are only ever added'); END;
CREATE TRIGGER events_added_once BEFORE INSERT ON events
    WHEN EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
    BEGIN SELECT raise(ABORT, 'events are only ever added'); END;
CREATE TRIGGER about_added_once BEFORE INSERT ON about
    WHEN EXISTS (SELECT 1 FROM about)
    BEGIN SELECT raise(ABORT, 'about is written once'); END;
"""
_GUARDS = "".join(
    f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
    f"BEGIN SELECT raise(ABORT, '{table} are only ever added'); END;\n"
    for table in ("steps", "events", "about")
    for verb in ("update", "delete")
)


def connect(path: Path, rows: int, classes: int) -> sqlite3.Connection:
    """Open a label file, or make it where there is none.

    Args:
        path: The file; its folder exists.
        rows: How many samples there are.
        classes: How many classes there are.

    Returns:
        A connection in autocommit mode that any thread may use, one at a time.

    Raises:
        LabelError: The file is damaged, foreign, of a newer version or about other data; it stays
            as it is.
    """
    try:
        _require_ours(path)
        connection = _opened(path)
    except OSError as error:
        raise LabelError(
            f"{path.name} cannot be read ({error.strerror}); check the file."
        ) from None
    except FAILURES as error:
        raise refusal(error, path) from error
    try:
        _prepare(connection, path, rows, classes)
    except FAILURES as error:
        connection.close()
        raise refusal(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def refusal(error: Exception, path: Path) -> LabelError:
    """Return what one of `FAILURES` means for a person."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code in PASSING:
        return NotKept(PASSING[code].format(name=path.name, seconds=BUSY_S))
    damage = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    if code in damage or isinstance(error, UnicodeDecodeError):
        return _damaged(path, str(error))
    return LabelError(f"{path.name} cannot be used ({error}); nothing was changed.")


def _damaged(path: Path, cause: str) -> LabelError:
    return LabelError(
        f"{path.name} is damaged ({cause:.200}); nothing was changed, put a copy in its place."
    )


def _require_ours(path: Path) -> None:
    """Look at a file that is there before anything may write to it.

    By SQLite alone: to open and close it beside SQLite would take away the locks of every
    connection that this process has to it, and another process that closes the file would then
    remove the log that these go on writing to (How To Corrupt An SQLite Database File, 2.2).
    """
    if not path.exists() or (path.is_file() and not path.stat().st_size):
        return
    with closing(_opened(path)) as connection:
        try:
            _require_readable(connection, path)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB and not _is_named_sqlite(path):
                raise LabelError(
                    f"{path.name} is no file of labels; it stays as it is, move it out of the way."
                ) from None
            raise


def _is_named_sqlite(path: Path) -> bool:
    """Tell whether a file that SQLite refuses, so that it holds no locks, begins as its own do."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


def _require_readable(connection: sqlite3.Connection, path: Path) -> None:
    [application] = connection.execute("PRAGMA application_id").fetchone()
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if application == 0 and version == 0 and _is_empty(connection):
        return  # Its maker was killed before the first commit.
    if application != APPLICATION:
        raise LabelError(
            f"{path.name} is another program's data base; it stays as it is, move it out of the "
            "way."
        )
    if version > FORMAT:
        raise LabelError(
            f"{path.name} has format {version} and this version reads {FORMAT}; update the studio."
        )
    [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise _damaged(path, found)


def _is_empty(connection: sqlite3.Connection) -> bool:
    [count] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return not count


def _prepare(connection: sqlite3.Connection, path: Path, rows: int, classes: int) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    # In WAL mode NORMAL would survive a killed process, and only FULL a power cut.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _is_empty(connection):
            for statement in _statements(_TABLES + _GUARDS):
                connection.execute(statement)
            connection.execute("INSERT INTO about VALUES (1, ?, ?)", (rows, classes))
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {FORMAT}")
        kept = connection.execute("SELECT rows, classes FROM about").fetchone()
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    if kept != (rows, classes):
        raise LabelError(
            f"{path.name} is about {kept[0]:,} samples of {kept[1]} classes, and the data has "
            f"{rows:,} of {classes}; open it with the data set it was made for."
        )


def _statements(script: str) -> list[str]:
    # `executescript` would commit first, and all of it belongs to one transaction.
    found, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return found
