"""The cost of a latent that a configuration asks for."""

from __future__ import annotations

import torch

from models.latent.parts import Parts
from models.training.latent.capacity import CapacityCost
from models.training.latent.config import LatentConfig
from models.training.latent.correlation import CorrelationCost
from models.training.latent.cost import LatentCost
from models.training.latent.discriminator import DiscriminatorCost

__all__ = ["make_cost"]


def make_cost(
    config: LatentConfig, parts: Parts, *, device: torch.device, seed: int, processes: int = 1
) -> LatentCost | None:
    """Return what stands in the place of the KL, or None where the KL itself does.

    Args:
        config: What is asked for.
        parts: How codes are laid out.
        device: Where they lie.
        seed: Seed of what learns beside the model.
        processes: How many train one model together.

    Raises:
        ValueError: It compares the examples of a batch, of which each process has only some.
    """
    if config.kind == "beta":
        return None
    if config.kind == "capacity":
        return CapacityCost(config, parts)
    if processes > 1:
        raise ValueError(
            f"latent.kind={config.kind} compares the examples of a batch with each other, so train "
            "in one process, or with latent.kind=beta or capacity."
        )
    if config.kind == "tcvae":
        return CorrelationCost(config)
    return DiscriminatorCost(config, parts, device, seed)
