"""What was made of files, kept for as long as they stay as they are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Stamp", "Stamped"]

LOCKS = 16

Stamp = tuple[int, ...]
"""What is another as soon as a file is: its time, its size"""
T = TypeVar("T")


class Stamped(Generic[T]):
    """Results by name, the `most` that were asked for last. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._making = tuple(threading.Lock() for _ in range(LOCKS))
        self._kept: dict[str, tuple[Stamp, T]] = {}

    def get(self, name: str, stamp: Stamp, make: Callable[[str], T]) -> T:
        """Return what was made under a name and stamp, made now if it was not.

        Two who want the same wait for one making; those who want others hardly ever wait. What
        `make` raises is not kept.
        """
        if (found := self._find(name, stamp)) is not None:
            return found
        with self._making[hash(name) % LOCKS]:
            if (found := self._find(name, stamp)) is None:
                found = make(name)
                self._keep(name, stamp, found)
        return found

    def forget(self, name: str) -> None:
        """Drop what is kept under a name."""
        with self._lock:
            self._kept.pop(name, None)

    def _find(self, name: str, stamp: Stamp) -> T | None:
        with self._lock:
            found = self._kept.get(name)
            if found is None or found[0] != stamp:
                return None
            self._kept[name] = self._kept.pop(name)
        return found[1]

    def _keep(self, name: str, stamp: Stamp, found: T) -> None:
        with self._lock:
            self._kept.pop(name, None)
            self._kept[name] = stamp, found
            while len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
