"""A decoder run by onnxruntime, faster than torch for a few small pictures.

For one to nine digits it is two to four times as fast, for as many faces up to twice, and for 64
faces not at all (`python -m models bench decode`).

It is optional (`pip install -e .[fast]`), and only where it says the same as torch is it
used: after it is made, both decode the same codes, and a difference above 1e-5 is a refusal.

Shapes: N codes, D latent dimensions, images [N, C, H, W].
"""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.vae import VAE

__all__ = ["OnnxDecoder", "OnnxUnavailable"]

TOLERANCE = 1e-5
OPSET = 17
TRIED = (1, 3, 16)
"""Numbers of codes with which both are compared"""


class OnnxUnavailable(RuntimeError):
    """The decoder cannot be run by onnxruntime; the message says why."""


class OnnxDecoder:
    """From codes float32 [N, D] to images float32 [N, C, H, W], on the CPU.

    Args:
        model: In eval mode; its weights are taken as they are now.
        threads: Of each call.

    Raises:
        OnnxUnavailable: onnxruntime is not installed, the decoder cannot be exported, or its
            pictures differ from torch's by more than 1e-5.
    """

    difference: float
    """The largest difference to torch that was seen"""

    def __init__(self, model: VAE, *, threads: int = 1) -> None:
        try:
            import onnx  # noqa: F401 - torch's exporter needs it
            import onnxruntime
        except ImportError as lack:
            raise OnnxUnavailable(
                f"{lack.name} is not installed; `pip install onnxruntime onnx` adds what is needed."
            ) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        # Threads that spin while they wait would slow the rest of the studio down.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            exported = _exported(model)
            self._session: Any = onnxruntime.InferenceSession(
                exported, options, providers=["CPUExecutionProvider"]
            )
            self.difference = self._compared(model)
        except Exception as error:  # Exporter and runtime raise whatever their layers do.
            if isinstance(error, OnnxUnavailable):
                raise
            raise OnnxUnavailable(
                f"onnxruntime cannot run this decoder ({type(error).__name__})."
            ) from None

    def __call__(self, z_ND: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Return the images of codes."""
        images: np.ndarray[Any, Any] = self._session.run(None, {"z": z_ND})[0]
        return images

    @torch.inference_mode()
    def _compared(self, model: VAE) -> float:
        generator = torch.Generator().manual_seed(0)
        largest = 0.0
        for count in TRIED:
            z = 2 * torch.randn(count, model.config.latent_dim, generator=generator)
            ours, theirs = self(z.numpy()), model.decode(z).numpy()
            if ours.shape != theirs.shape or not np.isfinite(ours).all():
                raise OnnxUnavailable("onnxruntime gives other pictures than torch.")
            largest = max(largest, float(np.abs(ours - theirs).max()))
        if largest > TOLERANCE:
            raise OnnxUnavailable(
                f"onnxruntime's pictures differ from torch's by {largest:.1e}, more than "
                f"{TOLERANCE:.0e}."
            )
        return largest


class _Decode(nn.Module):
    def __init__(self, model: VAE) -> None:
        super().__init__()
        self.model = model

    def forward(self, z: Tensor) -> Tensor:
        return self.model.decode(z)


def _exported(model: VAE) -> bytes:
    """Return the decoder as ONNX. It is traced: the newer exporter takes seconds a model."""
    device = next(model.parameters()).device
    if device.type != "cpu":
        raise OnnxUnavailable(f"The model lies on {device}, and onnxruntime decodes on the CPU.")
    packed = io.BytesIO()
    traced = torch.zeros(2, model.config.latent_dim)
    quiet = logging.getLogger("torch.onnx")
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), torch.inference_mode(False):
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _Decode(model).eval(),
                (traced,),
                packed,  # type: ignore[arg-type]
                input_names=["z"],
                output_names=["images"],
                dynamic_axes={"z": {0: "n"}, "images": {0: "n"}},
                opset_version=OPSET,
                dynamo=False,
            )
    finally:
        quiet.setLevel(level)
    return packed.getvalue()
