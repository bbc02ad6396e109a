"""Checkpoints in the studio's own layout, as a folder or a zip file."""

from __future__ import annotations

import zipfile
from pathlib import Path

from models.checkpoint import CheckpointError, verify
from models.importing.archive import Member, opened_zip, read_member
from models.manifest import FILES, MAX_FILE_BYTES, require_sealed

__all__ = ["read_layout", "read_zip"]

MEMBERS = 64
SMALL_FILE_BYTES = 4 << 20
SUSPICIOUS_RATIO = 100
SUSPICIOUS_BYTES = 32 << 20


def read_layout(folder: Path) -> tuple[dict[str, bytes], str]:
    """Return the verified files of a checkpoint folder, and its name.

    The checkpoint may also lie in the folder's only subfolder. Other files are left alone.

    Raises:
        CheckpointError: It holds no checkpoint, or a damaged one.
    """
    if not (folder / "manifest.json").exists():
        inner = [p for p in folder.iterdir() if p.is_dir() and (p / "manifest.json").is_file()]
        if len(inner) != 1 or inner[0].is_symlink():
            raise CheckpointError(
                f"The folder {folder.name!r:.80} holds no checkpoint: manifest.json is missing."
            )
        (folder,) = inner
    return verify(folder), folder.resolve().name


def read_zip(path: Path, label: str) -> tuple[dict[str, bytes], str]:
    """Return the verified files of a zipped checkpoint, and its name: that of its top folder.

    Raises:
        CheckpointError: It is no zip file, holds no checkpoint, a damaged one, or what it must not.
    """
    with opened_zip(path, label, members=MEMBERS) as archive:
        members, top = _members(archive, label)
        budget = MAX_FILE_BYTES
        files = {}
        for file, member in members.items():
            small = file.endswith((".json", ".md"))
            files[file] = read_member(
                archive, member, min(budget, SMALL_FILE_BYTES) if small else budget, label
            )
            budget -= len(files[file])
    require_sealed(files, top or path.stem)
    return files, top or path.stem


def _members(archive: zipfile.ZipFile, label: str) -> tuple[dict[str, Member], str]:
    """Return the members by the name of their file, and the folder they all lie in, or ''."""
    members: dict[str, Member] = {}
    tops = set()
    for member in archive.infolist():
        if member.is_dir() or _is_apples(member.filename):
            continue
        top, _, file = member.filename.rpartition("/")
        if file not in FILES or "/" in top or "\\" in top or top in (".", ".."):
            raise CheckpointError(
                f"{label} is refused: it holds {member.filename!r:.80}, which belongs to no "
                "checkpoint."
            )
        if file in members:
            raise CheckpointError(f"{label} is refused: it holds {file} twice.")
        _require_no_bomb(member, label)
        members[file] = member
        tops.add(top)
    if not members or len(tops) > 1:
        fault = "its files lie in several folders" if members else "it holds no checkpoint"
        raise CheckpointError(f"{label} is refused: {fault}.")
    return members, tops.pop()


def _is_apples(name: str) -> bool:
    """Whether macOS put it beside the files; it is never read."""
    return name.startswith("__MACOSX/") or name.endswith("/.DS_Store")


def _require_no_bomb(member: Member, label: str) -> None:
    large = member.file_size > SUSPICIOUS_BYTES
    if large and member.file_size > SUSPICIOUS_RATIO * max(1, member.compress_size):
        raise CheckpointError(
            f"{label} is refused: {member.filename!r:.80} unpacks to {member.file_size:,} bytes, "
            f"over {SUSPICIOUS_RATIO} times what is packed; weights never do."
        )
