"""Weights in a safetensors file, which is numbers and nothing else."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from models.checkpoint import CheckpointError

__all__ = ["read_safetensors"]


def read_safetensors(path: Path, label: str) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors of a safetensors file by name, and what was done to get at them: nothing.

    Raises:
        CheckpointError: It is none, or damaged.
    """
    try:
        return dict(safetensors.torch.load(path.read_bytes())), []
    except (SafetensorError, ValueError, RuntimeError, KeyError, TypeError):
        raise CheckpointError(
            f"{label} is no safetensors file, or was cut off; copy it again."
        ) from None
