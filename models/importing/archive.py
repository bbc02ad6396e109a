"""Zip files from strangers: what they claim is looked at before anything is unpacked."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from models.checkpoint import CheckpointError

__all__ = ["Member", "opened_zip", "read_member"]

Member = zipfile.ZipInfo
# What Python's reader raises on damaged files.
DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    OverflowError,
)
TAIL = 22 + 65535 + 20 + 56
ENTRY = 46 + 200
"""Bytes in the list of members for each: the entry itself, its name, and what programs add."""


@contextmanager
def opened_zip(path: Path, label: str, *, members: int) -> Iterator[zipfile.ZipFile]:
    """Open a zip file of at most so many members, none of them encrypted or a link.

    Raises:
        CheckpointError: It is none, damaged, or holds what it must not.
    """
    with path.open("rb") as file:
        _require_short_list(file, label, members)
        try:
            archive = zipfile.ZipFile(file)
        except DAMAGE:
            raise CheckpointError(
                f"{label} is no zip file, or was cut off; copy it again."
            ) from None
        with archive:
            if len(archive.infolist()) > members:
                raise _too_many(label, members)
            for member in archive.infolist():
                _require_plain(member, label)
            yield archive


def read_member(archive: zipfile.ZipFile, member: Member, limit: int, label: str) -> bytes:
    """Return a member's content, counting what comes out and not believing what was declared.

    Raises:
        CheckpointError: It is longer than `limit` bytes, or damaged.
    """
    try:
        with archive.open(member) as file:
            content = file.read(limit + 1)
    except DAMAGE:
        raise CheckpointError(
            f"{label} is damaged: {member.filename!r:.80} cannot be unpacked; copy it again."
        ) from None
    if len(content) > limit:
        raise CheckpointError(
            f"{label} is refused: {member.filename!r:.80} unpacks to more than {limit:,} bytes."
        )
    return content


def _require_plain(member: Member, label: str) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise CheckpointError(f"{label} is refused: {member.filename!r:.80} is a link.")
    if member.flag_bits & 0x1:
        raise CheckpointError(f"{label} is refused: {member.filename!r:.80} is encrypted.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise CheckpointError(
            f"{label} is refused: {member.filename!r:.80} is compressed in an unusual way."
        )


def _require_short_list(file: BinaryIO, label: str, members: int) -> None:
    """Look at the length of the list of members, which is read whole before it can be counted."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - TAIL))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at >= 0 and len(tail) >= at + 22:
        (length,) = struct.unpack_from("<I", tail, at + 12)
        large = tail.rfind(b"PK\x06\x06", 0, at)
        if length == 0xFFFFFFFF and large >= 0 and len(tail) >= large + 48:
            (length,) = struct.unpack_from("<Q", tail, large + 40)
        if length > members * ENTRY:
            raise _too_many(label, members)
    file.seek(0)


def _too_many(label: str, members: int) -> CheckpointError:
    return CheckpointError(f"{label} is refused: it holds more than {members} files.")
