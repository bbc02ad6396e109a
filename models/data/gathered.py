"""Many picture files as one array, decoded once and kept.

Shapes: N pictures, C channels, S side.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.atomic import publish_file, remove_leftovers, write_file
from models.data.array_pictures import array_picture, is_array
from models.data.dataset import DataError
from models.data.pictures import PictureError, is_picture, read_picture
from models.data.progress import progress

__all__ = ["Gathered", "gather", "gathered_before", "picture_files"]

LOG = logging.getLogger(__name__)

MAX_BYTES = 10_000_000
CHANNELS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """The pictures that could be read."""

    images: Tensor
    """uint8 [N, 3, S, S]; read from disk as it is needed, where it is kept there"""
    names: tuple[str, ...]
    """Their files"""
    skipped: int
    """How many could not be read"""


def picture_files(folder: Path, *, arrays: bool = False) -> list[Path]:
    """The files of a folder that are pictures by their name, in the order of their names.

    With `arrays`, `.npy` files count as well.

    Links are left out: a folder from elsewhere could point at anything with them.

    Raises:
        DataError: The folder cannot be read.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if (is_picture(path) or (arrays and is_array(path))) and path.name[0] != "."
        ]
        return sorted(path for path in found if path.is_file() and not path.is_symlink())
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}); check the folder.") from error


def gather(
    files: Sequence[Path],
    square: Callable[[Image.Image, int], Tensor],
    side: int,
    *,
    cache: Path,
    title: str,
    every: bool = False,
) -> Gathered:
    """Read pictures, or take what an earlier reading of the same files has left.

    Args:
        files: Pictures of one folder.
        square: Makes a tensor uint8 [3, S, S] of a picture.
        side: S.
        cache: A folder of its own for what is kept of these files.
        title: What to call the work while it lasts.
        every: Whether one that cannot be read is an error; otherwise it is left out.

    Raises:
        DataError: None of them can be read, or not every one; the message says why the first could
            not.
    """
    kept = gathered_before(files, side, cache)
    if kept is not None and not (every and kept.skipped):
        return kept
    try:
        return _read(files, square, side, title, cache, _fingerprint(files, side), every)
    except OSError as error:
        raise DataError(
            f"The pictures cannot be kept in {cache} ({error.strerror}); free some space there."
        ) from error


def gathered_before(files: Sequence[Path], side: int, cache: Path) -> Gathered | None:
    """What an earlier `gather` of the same files has left, or None; no picture is opened."""
    return _kept(cache, _fingerprint(files, side))


def _read(
    files: Sequence[Path],
    square: Callable[[Image.Image, int], Tensor],
    side: int,
    title: str,
    cache: Path,
    key: str,
    every: bool,
) -> Gathered:
    """Decode into a file beside its place, which gets its name when it is whole."""
    cache.mkdir(parents=True, exist_ok=True)
    remove_leftovers(cache)
    temporary = cache / f".{key}.npy.{secrets.token_hex(4)}.tmp"
    names: list[str] = []
    first: str | None = None
    try:
        # Written, not mapped: on a full disk a mapped page ends the process.
        with temporary.open("xb") as file, progress(title, len(files)) as advance:
            shape = (len(files), CHANNELS, side, side)
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            end = file.tell() + math.prod(shape)
            for path in files:
                try:
                    pixels = square(_decoded(path), side)
                except (PictureError, OSError) as error:
                    if every:
                        why = _reason(error).rstrip(".")
                        raise DataError(
                            f"{path} cannot be read ({why}); mend or remove what is no picture."
                        ) from None
                    first = first or f"{path.name}: {_reason(error)}"
                else:
                    file.write(pixels.numpy().tobytes())
                    names.append(path.name)
                advance(1)
            file.truncate(end)
            file.flush()
            os.fsync(file.fileno())
        if not names:
            raise DataError(f"None of the {len(files):,} pictures can be read ({first})")
        # The names first: the array is what says that there is something.
        write_file(cache / f"{key}.json", json.dumps(names).encode())
        publish_file(temporary, cache / f"{key}.npy")
    finally:
        temporary.unlink(missing_ok=True)
    for old in cache.iterdir():
        if old.suffix in (".npy", ".json") and old.stem != key:
            old.unlink(missing_ok=True)
    skipped = len(files) - len(names)
    if skipped:
        LOG.warning("%s pictures cannot be read and are left out; the first: %s", skipped, first)
    kept = _kept(cache, key)
    assert kept is not None
    return kept


def _kept(cache: Path, key: str) -> Gathered | None:
    try:
        names = json.loads((cache / f"{key}.json").read_bytes())
        # "c": pages are read when they are needed and never written back.
        array = np.load(cache / f"{key}.npy", mmap_mode="c", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if array.dtype != np.uint8 or array.ndim != 4 or not 0 < len(names) <= len(array):
        return None
    return Gathered(
        torch.from_numpy(array)[: len(names)], tuple(names), skipped=len(array) - len(names)
    )


def _fingerprint(files: Sequence[Path], side: int) -> str:
    """A name for the content of files, which changes when one is added, removed or written."""
    digest = hashlib.sha256(f"{side}".encode())
    for path in files:
        try:
            seen = path.stat()
        except OSError:
            continue
        digest.update(f"{path.name}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()[:32]


def _decoded(path: Path) -> Image.Image:
    if is_array(path):
        return array_picture(path)
    with path.open("rb") as file:
        return read_picture(file.read(MAX_BYTES + 1), max_bytes=MAX_BYTES)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"the file cannot be opened ({error.strerror})."
    return str(error)
