"""Checkpoints in memory: each is loaded once, however many ask for it, and a few are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from pathlib import Path

from models.checkpoint import Checkpoint

__all__ = ["OpenCheckpoints"]

OPEN_AT_ONCE = 16

Stamp = tuple[int, int, int]


class OpenCheckpoints:
    """The last few checkpoints that were opened. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._kept: OrderedDict[str, tuple[Stamp, Checkpoint]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, folder: Path, load: Callable[[Path], Checkpoint]) -> Checkpoint:
        """Return the checkpoint of a folder, the same object while its manifest is unchanged."""
        name, stamp = folder.name, _stamp(folder)
        with self._lock:
            loading = self._loading[name]
        # Two who want the same one wait for each other; nobody waits for another one.
        with loading:
            return self._find(name, stamp) or self._keep(name, stamp, load(folder))

    def forget(self, name: str) -> None:
        """Drop one that is no more."""
        with self._lock:
            self._kept.pop(name, None)

    def _find(self, name: str, stamp: Stamp) -> Checkpoint | None:
        with self._lock:
            kept = self._kept.get(name)
            if not kept or kept[0] != stamp:
                return None
            self._kept.move_to_end(name)
            return kept[1]

    def _keep(self, name: str, stamp: Stamp, checkpoint: Checkpoint) -> Checkpoint:
        with self._lock:
            self._kept[name] = stamp, checkpoint
            while len(self._kept) > OPEN_AT_ONCE:
                self._kept.popitem(last=False)
        return checkpoint


def _stamp(folder: Path) -> Stamp:
    try:
        stat = (folder / "manifest.json").stat()
    except OSError:
        return 0, 0, 0
    return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
