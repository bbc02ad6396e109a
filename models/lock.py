"""One process at a time: the lock of a folder whose content several may change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

__all__ = ["LOCK_TIMEOUT_S", "folder_lock"]

LOCK_TIMEOUT_S = 30.0


@contextmanager
def folder_lock(folder: Path, content: str, error: type[Exception]) -> Iterator[None]:
    """Hold a folder's `.lock`; the folder is made if it is not there.

    Args:
        folder: The folder.
        content: What lies in it, for the message.
        error: What is raised if another process holds the lock for too long.

    Raises:
        OSError: The folder cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=LOCK_TIMEOUT_S)
    except Timeout:
        raise error(
            f"Another process has been changing {content} for {LOCK_TIMEOUT_S:g} seconds; see "
            f"what holds {lock.lock_file} and try again."
        ) from None
    try:
        yield
    finally:
        lock.release()
