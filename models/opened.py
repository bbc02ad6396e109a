"""Checkpoints in memory: each is loaded once a device, however many ask, and a few are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path

from models.checkpoint import Checkpoint

__all__ = ["OpenCheckpoints"]

OPEN_AT_ONCE = 16

Stamp = tuple[int, int, int]
Key = tuple[str, str]
"""Name and device"""


class OpenCheckpoints:
    """The last few checkpoints that were opened. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading: defaultdict[Key, threading.Lock] = defaultdict(threading.Lock)
        self._kept: OrderedDict[Key, tuple[Stamp, Checkpoint]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, folder: Path, device: str, load: Callable[[Path, str], Checkpoint]) -> Checkpoint:
        """Return the checkpoint of a folder, the same object while its manifest is unchanged.

        Args:
            folder: Where it lies.
            device: Where its model lives; every device has a copy of its own.
            load: Loads a folder for a device.
        """
        key, stamp = (folder.name, device), _stamp(folder)
        with self._lock:
            loading = self._loading[key]
        # Two who want the same one wait for each other; nobody waits for another one.
        with loading:
            return self._find(key, stamp) or self._keep(key, stamp, load(folder, device))

    def forget(self, name: str) -> None:
        """Drop every copy of one that is no more."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == name]:
                del self._kept[key]

    def _find(self, key: Key, stamp: Stamp) -> Checkpoint | None:
        with self._lock:
            kept = self._kept.get(key)
            if not kept or kept[0] != stamp:
                return None
            self._kept.move_to_end(key)
            return kept[1]

    def _keep(self, key: Key, stamp: Stamp, checkpoint: Checkpoint) -> Checkpoint:
        with self._lock:
            self._kept[key] = stamp, checkpoint
            while len(self._kept) > OPEN_AT_ONCE:
                self._kept.popitem(last=False)
        return checkpoint


def _stamp(folder: Path) -> Stamp:
    try:
        stat = (folder / "manifest.json").stat()
    except OSError:
        return 0, 0, 0
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
