"""The capacity of a JointVAE: the KL is held at a number of nats that grows with the steps.

Learning Disentangled Joint Continuous and Discrete Representations (Dupont, 2018),
arXiv 1804.00104, equation 7; Understanding disentangling in beta-VAE (Burgess et al., 2018),
arXiv 1804.03599.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.latent.parts import Parts
from models.posterior import Coded
from models.training.latent.config import LatentConfig
from models.training.latent.cost import LatentCost

__all__ = ["CapacityCost", "capacity_at"]

Schedule = tuple[float, float, float, float]


def capacity_at(schedule: Schedule, step: float, most: float = math.inf) -> float:
    """Return a capacity in nats: linear from the first to the last over so many steps.

    Args:
        schedule: First and last nats, the steps in between, and a weight that has no part in it.
        step: Steps done; infinite for the last capacity.
        most: What the part can hold.
    """
    first, last, steps, _ = schedule
    done = 1.0 if step >= steps else step / steps
    return min(first + (last - first) * done, most)


class CapacityCost(LatentCost):
    """gamma |KL_z - C_z(t)| + gamma |KL_c - C_c(t)|, with C_c at most sum_i log K_i."""

    def __init__(self, config: LatentConfig, parts: Parts) -> None:
        self.config, self.parts = config, parts
        self.most = sum(math.log(classes) for classes in parts.discrete)

    def __call__(self, coded: Coded) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of a batch, and both KLs beside their capacities."""
        step, config = math.inf if coded.step is None else coded.step, self.config
        cost, told = coded.kl_D.new_zeros(()), dict[str, Tensor]()
        count = self.parts.continuous
        for name, kl, schedule, most in (
            ("continuous", coded.kl_D[:count].sum(), config.continuous_capacity, math.inf),
            ("discrete", coded.kl_D[count:].sum(), config.discrete_capacity, self.most),
        ):
            if name == "discrete" and not self.parts.discrete:
                continue
            capacity = capacity_at(schedule, step, most)
            cost = cost + schedule[-1] * (kl - capacity).abs()
            told |= {f"kl_{name}": kl, f"capacity_{name}": torch.full_like(kl, capacity)}
        return cost, told
