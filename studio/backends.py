"""What runs the decoders: eager torch, or onnxruntime where it is installed and says the same.

The choice is made at start (`--backend`). A decoder that onnxruntime cannot run, or whose pictures
would differ, runs in torch, and the log says why.
"""

from __future__ import annotations

import logging
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from torch import nn

from models.bench.machine import installed
from models.checkpoint import Checkpoint
from models.onnx_decoder import OnnxDecoder, OnnxUnavailable
from studio.turns import Compute, Float

__all__ = ["BACKENDS", "Backend", "OnnxBackend", "chosen"]

Backend = Literal["auto", "torch", "onnx"]
BACKENDS: tuple[Backend, ...] = ("auto", "torch", "onnx")
NEEDED = ("onnxruntime", "onnx")
MOST_KEPT = 8
"""Decoders that are kept beside their models; each has weights of its own"""
LOG = logging.getLogger(__name__)


def chosen(name: str, eager: Compute) -> Compute:
    """Return what decodes.

    Args:
        name: "torch", "onnx", or "auto": onnxruntime where it is installed.
        eager: Torch's way, for what onnxruntime cannot do.

    Raises:
        ValueError: There is no such backend, or it is not installed.
    """
    if name not in BACKENDS:
        raise ValueError(f"{name!r:.40} is no backend; choose {', '.join(BACKENDS)}.")
    missing = [package for package in NEEDED if installed(package) is None]
    if name == "onnx" and missing:
        raise ValueError(
            f"{' and '.join(missing)} not found; `pip install onnxruntime onnx` adds what decodes "
            "faster, or start with --backend torch."
        )
    return eager if name == "torch" or missing else OnnxBackend(eager)


class OnnxBackend:
    """Decodes by onnxruntime whatever it can; made ready at a model's first picture.

    Args:
        eager: Torch's way, for the others.
    """

    def __init__(self, eager: Compute) -> None:
        self._eager = eager
        self._decoders: WeakKeyDictionary[nn.Module, OnnxDecoder | None] = WeakKeyDictionary()

    def __call__(self, checkpoint: Checkpoint, z_ND: Float) -> Float:
        """Return images float32 [N, C, H, W]; called from one thread."""
        model = checkpoint.model
        if model not in self._decoders:
            if len(self._decoders) >= MOST_KEPT:
                del self._decoders[next(iter(self._decoders))]
            self._decoders[model] = _made(checkpoint)
        decoder = self._decoders[model]
        return self._eager(checkpoint, z_ND) if decoder is None else decoder(np.asarray(z_ND))


def _made(checkpoint: Checkpoint) -> OnnxDecoder | None:
    try:
        return OnnxDecoder(checkpoint.model)
    except OnnxUnavailable as reason:
        LOG.warning("'%s' is decoded by torch: %s", checkpoint.name, reason)
        return None
