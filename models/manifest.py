"""The manifest of a checkpoint: sha256 and size of each of its files, compared before parsing.

File formats are no integrity checks: a flipped bit in a weights file often loads without a word.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

__all__ = ["CheckpointError", "read_file", "seal", "sha256", "to_json_bytes", "verify"]

MAX_FILE_BYTES = 1 << 30
REQUIRED = ("config.json", "model.safetensors", "README.md")
KNOWN = (*REQUIRED, "atlas.safetensors")


class CheckpointError(ValueError):
    """A checkpoint cannot be used; the message says which one and why."""


def seal(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files with their manifest."""
    manifest = {name: {"sha256": sha256(data), "size": len(data)} for name, data in files.items()}
    return {**files, "manifest.json": to_json_bytes(manifest)}


def verify(folder: Path) -> dict[str, bytes]:
    """Read every file of a checkpoint and compare it with the manifest.

    Returns:
        The verified bytes of each file, `manifest.json` included.

    Raises:
        CheckpointError: A file is missing, too large or not the one that was saved, or the
            manifest lists one that is unknown.
    """
    raw = read_file(folder / "manifest.json", folder.name)
    manifest = _parse_manifest(raw, folder.name)
    files = {"manifest.json": raw}
    for name, (digest, size) in manifest.items():
        data = read_file(folder / name, folder.name)
        if len(data) != size or sha256(data) != digest:
            sizes = f"{len(data):,} bytes instead of {size:,}"
            fault = sizes if len(data) != size else "its checksum differs"
            raise CheckpointError(
                f"Checkpoint '{folder.name}' is damaged: {name} is not the file that was saved "
                f"({fault}); copy it again or train anew."
            )
        files[name] = data
    return files


def read_file(path: Path, name: str) -> bytes:
    """Return one file of a checkpoint.

    Raises:
        CheckpointError: It is missing, a link, over 1 GiB, or cannot be read.
    """
    try:
        if path.is_symlink():
            raise CheckpointError(f"Checkpoint '{name}' is refused: {path.name} is a link.")
        if not path.is_file():
            raise CheckpointError(f"Checkpoint '{name}' is incomplete: {path.name} is missing.")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CheckpointError(f"Checkpoint '{name}' is refused: {path.name} is over 1 GiB.")
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"Checkpoint '{name}' cannot be read: {path.name}: {error.strerror}."
        ) from None


def _parse_manifest(raw: bytes, name: str) -> dict[str, tuple[str, int]]:
    try:
        manifest = {
            str(file): (str(entry["sha256"]), int(entry["size"]))
            for file, entry in json.loads(raw).items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise CheckpointError(f"Checkpoint '{name}' has an unreadable manifest.json.") from None
    missing = [file for file in REQUIRED if file not in manifest]
    foreign = [file for file in manifest if file not in KNOWN]
    if missing or foreign:
        fault = f"lacks {missing[0]}" if missing else f"lists the unknown file {foreign[0]!r:.80}"
        raise CheckpointError(f"Checkpoint '{name}' is refused: its manifest.json {fault}.")
    return manifest


def to_json_bytes(data: object) -> bytes:
    """Return JSON as it lies in a checkpoint; NaN and infinities become null."""
    return (json.dumps(_finite(data), indent=2, ensure_ascii=False) + "\n").encode()


def _finite(data: object) -> object:
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def sha256(data: bytes) -> str:
    """Return the hexadecimal sha256 of a file's content."""
    return hashlib.sha256(data).hexdigest()
