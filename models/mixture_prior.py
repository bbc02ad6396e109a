"""A prior of several normal distributions, equally likely.

Shape legend: B batch, D latent dimensions, M components.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from models.losses import gaussian_log_prob

__all__ = ["MixturePrior"]


@dataclass(frozen=True, slots=True, eq=False)
class MixturePrior:
    """p(z) = sum_m N(z; mean_m, exp(logvar_m)) / M."""

    mean_MD: Tensor
    logvar_MD: Tensor

    def kl(self, mu_BD: Tensor, logvar_BD: Tensor) -> Tensor:
        """Return the KL of diagonal Gaussians to it, by dimension [B, D], in nats.

        It is the tightest bound that keeps a component for each example,
        sum_m r_m KL(q || N_m) + KL(r || 1/M) with r_m ~ exp(-KL(q || N_m)); Approximating the
        Kullback Leibler Divergence Between Gaussian Mixture Models (Hershey and Olsen, 2007).
        What the choice of a component costs is spread evenly over the dimensions.
        """
        mu, logvar = mu_BD.unsqueeze(1), logvar_BD.unsqueeze(1)
        gap = (mu - self.mean_MD).square() * torch.exp(-self.logvar_MD)
        ratio = logvar - self.logvar_MD
        kl_BMD = 0.5 * (gap + ratio.exp() - 1 - ratio)
        log_r_BM = F.log_softmax(-kl_BMD.sum(2), dim=1)
        r_BM = log_r_BM.exp()
        choice_B = (r_BM * (log_r_BM + math.log(r_BM.shape[1]))).sum(1, keepdim=True)
        return (r_BM.unsqueeze(2) * kl_BMD).sum(1) + choice_B / mu.shape[2]

    def log_probs(self, z_BD: Tensor) -> Tensor:
        """Return the log density of codes under each component [B, M], in nats."""
        return gaussian_log_prob(z_BD.unsqueeze(1), self.mean_MD, self.logvar_MD)

    def log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z) [B] in nats."""
        each_BM = self.log_probs(z_BD)
        return each_BM.logsumexp(1) - math.log(each_BM.shape[1])

    def placed(self, noise_BD: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Make draws from N(0, I) draws from the mixture [B, D].

        Args:
            noise_BD: The draws, on the CPU.
            generator: Chooses the component of each, on the CPU.
        """
        mean, logvar = self.mean_MD.cpu(), self.logvar_MD.cpu()
        component = torch.randint(len(mean), (len(noise_BD),), generator=generator)
        return mean[component] + noise_BD * torch.exp(0.5 * logvar[component])
