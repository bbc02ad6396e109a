"""What an encoder says of examples.

Shape legend: B batch, D latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.losses import gaussian_kl, gaussian_log_prob
from models.share import WHOLE, Share

__all__ = ["Coded", "Posterior"]


@dataclass(frozen=True, slots=True)
class Posterior:
    """The diagonal Gaussian q(z|x): mu [B, D] and logvar [B, D]."""

    mu: Tensor
    logvar: Tensor

    def kl(self) -> Tensor:
        """Return the KL to the prior of every example and dimension [B, D], in nats."""
        return gaussian_kl(self.mu, self.logvar)

    def sample(self, generator: torch.Generator | None = None, share: Share = WHOLE) -> Tensor:
        """Draw z = mu + sigma * epsilon [B, D], differentiable in mu and logvar."""

        def draw(rows: int) -> Tensor:
            shape = (rows, self.mu.shape[1])
            return torch.empty(shape, device=self.mu.device, dtype=self.mu.dtype).normal_(
                generator=generator
            )

        noise = share.draw(draw, len(self.mu))
        return self.mu + noise * torch.exp(0.5 * self.logvar)

    def typical(self) -> Tensor:
        """Return the likeliest code of every example [B, D]."""
        return self.mu

    def log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log q(z|x) [B] of one code for each example, in nats."""
        return gaussian_log_prob(z_BD, self.mu, self.logvar)

    def repeated(self, times: int) -> Posterior:
        """Return each row's posterior several times, one after another [B * times, D]."""
        return Posterior(*(t.repeat_interleave(times, 0) for t in (self.mu, self.logvar)))


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A batch and its codes, as what charges for them sees them."""

    posterior: Posterior
    z_BD: Tensor
    """A draw from each posterior"""
    kl_D: Tensor
    """Mean KL to the prior over the whole batch, in nats"""
    prior_B: Tensor
    """log p(z) of the draws"""
    step: int | None
    """Steps of the training done; None outside of it"""
