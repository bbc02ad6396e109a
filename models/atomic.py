"""The one way files are written: all of it or none of it, and durable when it returns."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

__all__ = [
    "publish_file",
    "remove_folder",
    "remove_leftovers",
    "replace_folder",
    "write_file",
    "write_folder",
]

TEMPORARY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp\Z", re.DOTALL)
STALE_SECONDS = 3600.0


def write_file(path: Path, data: bytes) -> None:
    """Replace a file's content atomically, keeping the old file's mode.

    Raises:
        OSError: The write failed (a full disk, no permission); the old file is intact.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        _write_durably(temporary, data, mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def publish_file(temporary: Path, path: Path) -> None:
    """Put a file that is whole, and has reached the disk, under its name, keeping the old mode.

    Raises:
        OSError: It failed; what was at `path` is intact.
    """
    if path.exists():
        temporary.chmod(path.stat().st_mode & 0o777)
    os.replace(temporary, path)
    _sync_folder(path.parent)


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Create a folder of files that appears under its name complete or not at all.

    Raises:
        FileExistsError: Something lies at `path` already.
        OSError: The write failed; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir()
    try:
        for name, data in files.items():
            _write_durably(temporary / name, data, 0o644)
        _sync_folder(temporary)
        _claim(temporary, path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync_folder(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder so that it vanishes at once, even if the removal is cut short."""
    doomed = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    path.rename(doomed)
    _sync_folder(path.parent)
    shutil.rmtree(doomed, ignore_errors=True)


def replace_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Put another folder of files in a folder's place.

    Raises:
        OSError: The write failed; the old folder is intact, or whole under a hidden name beside it.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    old = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    write_folder(fresh, files)
    path.rename(old)
    try:
        fresh.rename(path)
    except OSError:
        old.rename(path)
        raise
    _sync_folder(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def remove_leftovers(folder: Path, *, older_than: float = STALE_SECONDS) -> list[str]:
    """Remove what killed writers left in a folder, and return the names.

    Args:
        folder: Where writes happen; only hidden temporaries directly in it are looked at.
        older_than: Seconds since anything in a leftover was last written; a younger one may still
            have its writer.
    """
    swept = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if TEMPORARY.match(path.name) and time.time() - _last_written(path) > older_than:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            swept.append(path.name)
    return swept


def _last_written(path: Path) -> float:
    try:
        inside = path.iterdir() if path.is_dir() and not path.is_symlink() else ()
        return max(p.lstat().st_mtime for p in (path, *inside))
    except OSError:  # Another sweep, or its own writer, was faster.
        return time.time()


def _claim(temporary: Path, path: Path) -> None:
    """Give a finished folder its name, unless something has it already."""
    try:
        if not path.exists():
            temporary.rename(path)
            return
    except OSError as error:
        # Another writer's folder appeared meanwhile.
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
    raise FileExistsError(f"{path} exists already.")


def _write_durably(path: Path, data: bytes, mode: int) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(mode)


def _sync_folder(path: Path) -> None:
    if os.name == "nt":  # Windows cannot open folders.
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
