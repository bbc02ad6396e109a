"""A Gaussian with a mean and a width for each dimension, and the prior.

Shapes: B codes, D latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.latent.sampling.noise import normals

__all__ = ["DiagonalGaussian"]

_LOG_TWO_PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class DiagonalGaussian:
    """N(mu, diag(sigma^2)); a dimension with sigma 0 stands still.

    Raises:
        ValueError: The parts do not fit each other, are not finite, or a sigma is negative.
    """

    mu: Tensor
    """float [D]"""
    sigma: Tensor
    """float [D], 0 or more"""

    def __post_init__(self) -> None:
        if self.mu.dim() != 1 or not len(self.mu) or self.mu.shape != self.sigma.shape:
            raise ValueError(
                f"A Gaussian needs a mu and a sigma for each dimension, not "
                f"{list(self.mu.shape)} and {list(self.sigma.shape)}."
            )
        if not bool(self.mu.isfinite().all()) or not bool(self.sigma.isfinite().all()):
            raise ValueError("Every mu and sigma must be a finite number.")
        if bool((self.sigma < 0).any()):
            raise ValueError(f"Every sigma must be 0 or more, not {self.sigma.min():g}.")

    @classmethod
    def prior(cls, dimensions: int) -> DiagonalGaussian:
        """Return N(0, I)."""
        return cls(torch.zeros(dimensions), torch.ones(dimensions))

    @classmethod
    def point(cls, z_D: Tensor) -> DiagonalGaussian:
        """Return the distribution that gives nothing but z."""
        return cls(z_D.float(), torch.zeros(len(z_D)))

    @property
    def dimensions(self) -> int:
        """D."""
        return len(self.mu)

    def sample(self, count: int, seed: int) -> Tensor:
        """Return z = mu + sigma * epsilon, float32 [count, D], the same for a seed everywhere.

        Row i does not depend on `count`, nor its first dimensions on D.
        """
        noise = normals(seed, count, self.dimensions)
        return self.mu.float() + self.sigma.float() * noise

    def log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log N(z; mu, sigma^2), float64 [B], in nats.

        Raises:
            ValueError: A sigma is 0, so that there is no density, or `z_BD` has another shape.
        """
        if bool((self.sigma == 0).any()):
            raise ValueError("There is no density where a sigma is 0.")
        if z_BD.dim() != 2 or z_BD.shape[1] != self.dimensions:
            raise ValueError(f"Ask about codes [B, {self.dimensions}], not {list(z_BD.shape)}.")
        sigma = self.sigma.double()
        standard = (z_BD.double() - self.mu.double()) / sigma
        return -(0.5 * (standard.square() + _LOG_TWO_PI) + sigma.log()).sum(1)
