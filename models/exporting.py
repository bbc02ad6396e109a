"""Checkpoints on their way out: verified copies, as a folder or as one zip file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from models.atomic import write_file, write_folder
from models.checkpoint import CheckpointError, verify
from models.registry import Registry

__all__ = ["export_folder", "export_zip", "write_zip"]

EPOCH = (1980, 1, 1, 0, 0, 0)


def export_folder(registry: Registry, name: str, into: Path) -> Path:
    """Copy a checkpoint to `into/<name>`, whole or not at all, and return that folder.

    Raises:
        CheckpointError: It is missing or damaged, or something lies there already.
        OSError: The copy failed; nothing is left behind.
    """
    target = into / name
    files = verify(registry.folder(name))
    try:
        write_folder(target, files)
    except FileExistsError:
        raise CheckpointError(
            f"There is a '{target.name}' in {into} already; move it away or choose another folder."
        ) from None
    return target


def export_zip(registry: Registry, name: str) -> bytes:
    """Return a checkpoint as a zip file: the same bytes for the same checkpoint, nothing packed.

    Raises:
        CheckpointError: It is missing or damaged.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file, content in sorted(verify(registry.folder(name)).items()):
            member = zipfile.ZipInfo(f"{name}/{file}", EPOCH)
            member.create_system = 3  # Said of every system, so that all write the same bytes.
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return buffer.getvalue()


def write_zip(registry: Registry, name: str, into: Path) -> Path:
    """Write a checkpoint to `into/<name>.zip`, whole or not at all, and return that file.

    Raises:
        CheckpointError: It is missing or damaged, or something lies there already.
        OSError: The write failed; nothing is left behind.
    """
    target = into / f"{name}.zip"
    content = export_zip(registry, name)
    if target.exists():
        raise CheckpointError(
            f"There is a '{target.name}' in {into} already; move it away or choose another folder."
        )
    into.mkdir(parents=True, exist_ok=True)
    write_file(target, content)
    return target
