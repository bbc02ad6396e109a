"""One picture as a model sees it: its code, its reconstruction, and how faithful that is.

Shapes: C channels, H height, W width, D latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.checkpoint import Checkpoint, CheckpointConfig
from models.preprocessing import to_unit
from models.ssim import SIDE, ssim

__all__ = ["Portrait", "is_typical", "portray"]


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A picture and its reconstruction."""

    image: Tensor
    """uint8 [C, H, W]"""
    z: Tensor
    """Posterior mean, float32 [D]"""
    reconstruction: Tensor
    """What it decodes to, uint8 [C, H, W]"""
    mse: float
    """Mean squared error of a pixel in [0, 1]"""
    ssim: float | None
    """Structural similarity, 1 for the same picture; None of a picture too small for it"""
    typical: bool | None
    """Whether it is reconstructed as well as 95 % of held-out examples; None where not measured"""


@torch.inference_mode()
def portray(checkpoint: Checkpoint, image: Tensor) -> Portrait:
    """Encode a picture and decode it again.

    Args:
        checkpoint: The model.
        image: uint8 [C, H, W] of the model's shape.

    Raises:
        ValueError: It has another shape.
    """
    model = checkpoint.model
    if image.dtype != torch.uint8 or image.shape != model.config.shape:
        raise ValueError(
            f"The model encodes uint8 pictures of {tuple(model.config.shape)}, not {image.dtype} "
            f"of {tuple(image.shape)}."
        )
    x = to_unit(image.unsqueeze(0).to(next(model.parameters()).device))
    mu = model.encode(x).mu
    parameters = model.decode_parameters(mu)
    y = model.likelihood.mean(parameters).float()
    nats = -model.likelihood.log_prob(parameters, x)[0].item()
    large = min(x.shape[2:]) >= SIDE
    return Portrait(
        image=image,
        z=mu[0].float().cpu().clone(),
        reconstruction=y[0].mul(255).add(0.5).to(torch.uint8).cpu().clone(),
        mse=(x - y).square().mean().item(),
        ssim=ssim(x, y)[0].item() if large else None,
        typical=is_typical(checkpoint.config, nats),
    )


def is_typical(config: CheckpointConfig, nats: float) -> bool | None:
    """Whether a picture is reconstructed as well as 95 % of held-out examples.

    Args:
        config: The model's; what it calls a figure may be anything.
        nats: What the reconstruction of the picture costs.

    Returns:
        None where that was not measured.
    """
    usual = config.metrics.get("reconstruction_95")
    # NaN fails the comparison, too, and a whole number may be larger than any float.
    if not isinstance(usual, int | float) or not abs(usual) < math.inf:
        return None
    return nats <= usual
