"""Whether a checkpoint's files are the ones that were saved, remembered while they do not change.

Hashing a hundred checkpoints takes seconds, looking at their sizes and times a few milliseconds.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.manifest import FILES, CheckpointError, verify

__all__ = ["FileState", "Integrity", "Look", "folder_size"]

RACY_NS = 100_000_000
"""Files written so shortly before a look may change again without their times showing it."""

Stamp = tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class FileState:
    """What is known of a checkpoint's files."""

    state: Literal["intact", "damaged", "unchecked"] = "unchecked"
    reason: str | None = None
    """Why it is damaged."""


@dataclass(frozen=True, slots=True)
class Look:
    """The beginning of a look at a folder: how its files were then, and when that was."""

    stamp: Stamp
    time_ns: int

    @classmethod
    def at(cls, folder: Path) -> Look:
        """Begin one; whatever changes from here on makes its result void."""
        return cls(_stamp(folder), time.time_ns())

    @property
    def settled(self) -> bool:
        """Whether the files were written long enough before."""
        newest = max(max(mtime, ctime) for _, mtime, ctime, _ in self.stamp)
        return self.time_ns - newest > RACY_NS


class Integrity:
    """Remembers for each folder what its last check found. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: dict[Path, tuple[Look, FileState]] = {}

    def known(self, folder: Path) -> FileState:
        """Return what the last look found, if the files are still those; reads no file."""
        record = self._record(folder)
        return FileState() if record is None else record[1]

    def check(self, folder: Path) -> FileState:
        """Compare the files with their manifest, or return what is known of unchanged ones."""
        record = self._record(folder)
        if record is not None and record[0].settled:
            return record[1]
        look = Look.at(folder)
        try:
            verify(folder)
        except CheckpointError as error:
            return self.found(folder, look, error)
        return self.found(folder, look)

    def found(self, folder: Path, look: Look, error: CheckpointError | None = None) -> FileState:
        """Note what came of a look at every file, and return it."""
        state = FileState("intact") if error is None else FileState("damaged", str(error))
        with self._lock:
            self._records[folder] = look, state
        return state

    def forget(self, folder: Path) -> None:
        """Drop what is known of a folder that is no more."""
        with self._lock:
            self._records.pop(folder, None)

    def _record(self, folder: Path) -> tuple[Look, FileState] | None:
        with self._lock:
            record = self._records.get(folder)
        return record if record is not None and record[0].stamp == _stamp(folder) else None


def folder_size(folder: Path) -> int:
    """Return the bytes of a checkpoint's files."""
    return sum(size for size, *_ in _stamp(folder))


def _stamp(folder: Path) -> Stamp:
    return tuple(_file_stamp(folder / file) for file in FILES)


def _file_stamp(path: Path) -> tuple[int, int, int, int]:
    try:
        stat = path.lstat()
    except OSError:
        return 0, 0, 0, 0
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
