"""The folder of a studio's films, locked while the studio lives, and what killed studios left."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

__all__ = ["FilmFolder", "remove_leftovers"]

PREFIX = "latent-studio-films-"
LOCK = ".lock"
YOUNG_SECONDS = 60.0
"""A folder this young may be about to be locked."""
OLD_SECONDS = 86_400.0
"""A folder without a lock file is given up at this age."""


class FilmFolder:
    """A folder that is made when first needed and removed when closed."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lock: FileLock | None = None

    def path(self, name: str) -> Path:
        """Return where a file of this name is."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
            self._lock = FileLock(Path(self._folder.name) / LOCK, thread_local=False)
            self._lock.acquire()
        return Path(self._folder.name) / name

    def close(self) -> None:
        """Remove it with all files; it is made anew when needed again."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def remove_leftovers(*others: str) -> None:
    """Remove this user's film folders whose studio was killed, and leave those of living ones.

    Args:
        *others: What the names of other folders begin with, which are removed when they are old.
    """
    for prefix in (PREFIX, *others):
        for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            with suppress(OSError):  # It belongs to somebody else, or is going just now.
                if _is_left(folder):
                    shutil.rmtree(folder)


def _is_left(folder: Path) -> bool:
    facts = folder.lstat()
    ours = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
    age = time.time() - facts.st_mtime
    if not ours or folder.is_symlink() or not folder.is_dir() or age < YOUNG_SECONDS:
        return False
    if not (folder / LOCK).is_file():
        return age > OLD_SECONDS
    # The lock goes with the process that held it, however that ended.
    lock = FileLock(folder / LOCK, timeout=0)
    try:
        with lock:
            return True
    except TimeoutError:
        return False
