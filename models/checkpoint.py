"""A checkpoint is one folder, verified before it is parsed.

    config.json         what it is: recipe, model, data, training, metrics, licence, versions
    model.safetensors   the weights
    atlas.safetensors   encoded examples with labels and thumbnails (not every model has one)
    directions.safetensors   attribute directions and their measures (where there were labels)
    README.md           the model card
    manifest.json       sha256 and size of each of the others

Every byte is compared with the manifest first, and a checkpoint that fails is refused.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from pydantic import ConfigDict
from torch import Tensor

from models.atomic import write_folder
from models.card import card
from models.checkpoint_parts import (
    cause,
    fill,
    parse_atlas,
    parse_directions,
    parse_tensors,
    require_finite,
    require_match,
    without_weights,
)
from models.config import from_json, to_json
from models.families import ModelConfig
from models.latent.atlas import Atlas
from models.latent.attributes import FIGURES, AttributeDirections
from models.manifest import CheckpointError, read_file, seal, sha256, to_json_bytes, verify
from models.packed import pack, unpack
from models.preprocessing import DataConfig
from models.training.config import TrainingConfig
from models.vae import VAE

__all__ = [
    "Checkpoint",
    "CheckpointConfig",
    "CheckpointError",
    "compacted",
    "in_half",
    "load_checkpoint",
    "parse_checkpoint",
    "read_config",
    "save_checkpoint",
    "verify",
    "with_directions",
]

FORMAT = 1


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "torch": version("torch")}


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointConfig:
    """What `config.json` holds. The name is the folder's."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    recipe: str
    model: ModelConfig
    data: DataConfig
    training: TrainingConfig
    class_names: tuple[str, ...] = ()
    attribute_names: tuple[str, ...] = ()
    """One a direction"""
    metrics: dict[str, Any] = field(default_factory=dict)
    licence: str = "MIT"
    run: str = ""
    """Id of the run that trained it."""
    terms: str = ""
    """Terms of the data the weights were learned from."""
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    versions: dict[str, str] = field(default_factory=_versions)
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A verified checkpoint in memory; the model is in eval mode on the asked-for device."""

    name: str
    config: CheckpointConfig
    model: VAE
    atlas: Atlas | None
    card: str
    digest: str
    """sha256 of the manifest: two checkpoints with one digest are the same, byte for byte."""
    directions: AttributeDirections | None = None


def save_checkpoint(
    folder: Path,
    config: CheckpointConfig,
    model: VAE,
    atlas: Atlas | None = None,
    *,
    directions: AttributeDirections | None = None,
    half: bool = False,
) -> None:
    """Write a checkpoint folder, whole or not at all.

    Args:
        folder: Where; its name is the checkpoint's.
        config: What it is; it names the directions.
        model: The weights.
        atlas: Encoded examples, if there are any.
        directions: Attribute directions, if there are any.
        half: Whether to keep the weights in 16 bits, which halves the file.

    Raises:
        FileExistsError: The folder exists.
        CheckpointError: The weights hold NaN or infinite values.
        OSError: The write failed; nothing is left behind.
    """
    state = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    if half:
        state = in_half(state, model.exact)
    require_finite(state, folder.name)
    files = {
        "config.json": to_json_bytes(to_json(config)),
        "model.safetensors": safetensors.torch.save(state),
        "README.md": card(folder.name, config).encode(),
    }
    if atlas is not None:
        files["atlas.safetensors"] = safetensors.torch.save(pack(atlas.to_tensors()))
    if directions is not None:
        files["directions.safetensors"] = safetensors.torch.save(directions.to_tensors())
    write_folder(folder, seal(files))


def in_half(state: Mapping[str, Tensor], exact: Sequence[str] = ()) -> dict[str, Tensor]:
    """Return weights in 16 bits, but for those that have to stay exact."""
    return {
        name: t.half() if t.is_floating_point() and name not in exact else t
        for name, t in state.items()
    }


def with_directions(
    files: Mapping[str, bytes], name: str, directions: AttributeDirections
) -> dict[str, bytes]:
    """Return the files of a verified checkpoint with other directions, sealed.

    Args:
        files: Name to content, as `verify` returns them.
        name: What the new checkpoint is called.
        directions: Attribute directions of that model.

    Raises:
        CheckpointError: Its configuration cannot be read.
    """
    old = _parse_config(files["config.json"], name)
    others = {k: v for k, v in old.metrics.items() if k not in FIGURES}
    metrics = {**others, **directions.figures()}
    config = replace(old, attribute_names=directions.names, metrics=metrics)
    changed = {
        "config.json": to_json_bytes(to_json(config)),
        "README.md": card(name, config).encode(),
        "directions.safetensors": safetensors.torch.save(directions.to_tensors()),
    }
    return seal({k: v for k, v in {**files, **changed}.items() if k != "manifest.json"})


def compacted(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """Return the files of a verified checkpoint, sealed, with an atlas that takes less room.

    Nothing in it changes by a bit.

    Args:
        files: Name to content, as `verify` returns them.
        name: What the checkpoint is called.

    Raises:
        CheckpointError: Its atlas cannot be read.
    """
    others = {k: v for k, v in files.items() if k != "manifest.json"}
    if (raw := files.get("atlas.safetensors")) is not None:
        tensors = parse_tensors(raw, "atlas.safetensors", name)
        try:
            others["atlas.safetensors"] = safetensors.torch.save(pack(unpack(tensors)))
        except ValueError as error:
            raise CheckpointError(
                f"Checkpoint '{name}' has an unusable atlas: {cause(error)}"
            ) from None
    return seal(others)


def read_config(folder: Path) -> CheckpointConfig:
    """Read a checkpoint's configuration without its weights.

    Raises:
        CheckpointError: It is missing or cannot be read.
    """
    return _parse_config(read_file(folder / "config.json", folder.name), folder.name)


def load_checkpoint(folder: Path, device: torch.device | str = "cpu") -> Checkpoint:
    """Verify a checkpoint folder, then build its model and atlas.

    Raises:
        CheckpointError: For every way in which it can fail; the message names the cause.
    """
    return parse_checkpoint(verify(folder), folder.name, device)


def parse_checkpoint(
    files: Mapping[str, bytes], name: str, device: torch.device | str = "cpu"
) -> Checkpoint:
    """Build model and atlas of a checkpoint whose files are verified already.

    Args:
        files: Name to content, as `verify` returns them.
        name: What the checkpoint is called.
        device: Where the model is to live.

    Raises:
        CheckpointError: The files do not make a checkpoint; the message names the cause.
    """
    config = _parse_config(files["config.json"], name)
    model = without_weights(config.model, name)
    state = parse_tensors(files["model.safetensors"], "model.safetensors", name)
    require_match(state, model.state_dict(), name)
    require_finite(state, name)
    fill(model, state)
    model.to(device).eval().requires_grad_(False)
    return Checkpoint(
        name=name,
        config=config,
        model=model,
        atlas=parse_atlas(files.get("atlas.safetensors"), config.model, config.class_names, name),
        card=files["README.md"].decode(errors="replace"),
        digest=sha256(files["manifest.json"]),
        directions=parse_directions(
            files.get("directions.safetensors"), config.model, config.attribute_names, name
        ),
    )


def _parse_config(raw: bytes, name: str) -> CheckpointConfig:
    try:
        data = json.loads(raw)
        # Looked at first: another format may have fields that this version does not know.
        written = data.get("format", 1) if isinstance(data, dict) else 1
        if written != FORMAT:
            raise CheckpointError(
                f"Checkpoint '{name}' has format {written!r:.20}; this version reads {FORMAT}."
            )
        # JSON can spell halves of letters, which no answer, card or file could hold.
        json.dumps(data, ensure_ascii=False).encode()
        return from_json(CheckpointConfig, data)
    except CheckpointError:
        raise
    except UnicodeError:
        raise CheckpointError(
            f"Checkpoint '{name}' has an unreadable config.json: a text in it is no Unicode."
        ) from None
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            f"Checkpoint '{name}' has an unreadable config.json: {cause(error)}"
        ) from None
