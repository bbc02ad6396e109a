"""All that is needed to go on with a training exactly where it stood, as one file.

Weights, averaged weights, optimiser, generators and position; a checksum over all of it, because
safetensors checks only its header.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

__all__ = ["StateError", "TrainingState"]

FACTS, CHECKSUM = "facts", "sha256"


class StateError(ValueError):
    """A training's state cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A training at one step."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any]
    """Plain JSON values: position, history."""

    def to_bytes(self) -> bytes:
        """Return the state as a safetensors file."""
        facts = torch.frombuffer(bytearray(json.dumps(self.facts).encode()), dtype=torch.uint8)
        tensors = {k: t.detach().cpu().contiguous() for k, t in self.tensors.items()}
        tensors[FACTS] = facts
        tensors[CHECKSUM] = torch.frombuffer(bytearray(_digest(tensors)), dtype=torch.uint8)
        return safetensors.torch.save(tensors)

    @staticmethod
    def from_bytes(data: bytes) -> TrainingState:
        """Read a state.

        Raises:
            StateError: It is damaged.
        """
        try:
            tensors = safetensors.torch.load(data)
            checksum = tensors.pop(CHECKSUM).numpy().tobytes()
            if _digest(tensors) != checksum:
                raise StateError("its checksum differs")
            facts = json.loads(tensors.pop(FACTS).numpy().tobytes())
            return TrainingState(tensors, facts)
        except StateError:
            raise
        except (SafetensorError, ValueError, RuntimeError, KeyError, TypeError) as error:
            raise StateError(f"it is no saved training ({error!s:.100})") from None

    def copied(self) -> TrainingState:
        """Return the state as it is now, whatever becomes of the model that it was taken of."""
        tensors = {name: t.detach().clone() for name, t in self.tensors.items()}
        return TrainingState(tensors, copy.deepcopy(self.facts))

    def is_finite(self) -> bool:
        """Tell whether it is worth going on from."""
        return all(bool(t.isfinite().all()) for t in self.part("model").values())

    def part(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors below a prefix, without it."""
        start = f"{prefix}."
        return {k.removeprefix(start): t for k, t in self.tensors.items() if k.startswith(start)}


def _digest(tensors: dict[str, Tensor]) -> bytes:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.digest()
