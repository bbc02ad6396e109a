"""The manifest of a checkpoint: sha256 and size of each of its files, compared before parsing.

File formats are no integrity checks: a flipped bit in a weights file often loads without a word.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path

__all__ = [
    "FILES",
    "MAX_FILE_BYTES",
    "REQUIRED",
    "CheckpointError",
    "read_file",
    "require_sealed",
    "seal",
    "sha256",
    "to_json_bytes",
    "verify",
]

MAX_FILE_BYTES = 1 << 30
REQUIRED = ("config.json", "model.safetensors", "README.md")
KNOWN = (*REQUIRED, "atlas.safetensors", "directions.safetensors")
FILES = (*KNOWN, "manifest.json")
"""Every file that a checkpoint may consist of."""


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
    files = {"manifest.json": raw}
    for file, (digest, size) in _parse_manifest(raw, folder.name).items():
        files[file] = read_file(folder / file, folder.name)
        _require_same(files[file], digest, size, file, folder.name)
    return files


def require_sealed(files: Mapping[str, bytes], name: str) -> None:
    """Compare files that lie in memory with their manifest.

    Args:
        files: Name to content, `manifest.json` included.
        name: What the checkpoint is called in messages.

    Raises:
        CheckpointError: A file is missing, too many, or not the one that was saved.
    """
    if "manifest.json" not in files:
        raise CheckpointError(f"Checkpoint '{name}' is incomplete: manifest.json is missing.")
    manifest = _parse_manifest(files["manifest.json"], name)
    for file in files:
        if file not in manifest and file != "manifest.json":
            raise CheckpointError(
                f"Checkpoint '{name}' is refused: its manifest.json does not list {file!r:.80}."
            )
    for file, (digest, size) in manifest.items():
        if file not in files:
            raise CheckpointError(f"Checkpoint '{name}' is incomplete: {file} is missing.")
        _require_same(files[file], digest, size, file, name)


def _require_same(data: bytes, digest: str, size: int, file: str, name: str) -> None:
    if len(data) == size and sha256(data) == digest:
        return
    sizes = f"{len(data):,} bytes instead of {size:,}"
    fault = sizes if len(data) != size else "its checksum differs"
    raise CheckpointError(
        f"Checkpoint '{name}' is damaged: {file} is not the file that was saved "
        f"({fault}); copy it again or train anew."
    )


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
