"""The VAE for rows: it takes and gives them in the table's own units.

Shape legend: B batch, C columns, D latent dimensions, M components of the prior, N rows.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.losses import gaussian_log_prob
from models.tables.config import TableConfig
from models.tables.scaling import RowLikelihood
from models.vae import VAE, Posterior

__all__ = ["TableVAE"]


class TableVAE(VAE):
    """A VAE for rows [B, C], each column in a unit of its own."""

    config: TableConfig
    likelihood: RowLikelihood

    def __init__(self, config: TableConfig) -> None:
        super().__init__(config)
        self.likelihood = RowLikelihood(
            config.shape[0], config.likelihood, config.scaling, config.scale
        )
        if config.components:
            shape = (config.components, config.latent_dim)
            self.prior_mean = nn.Parameter(torch.randn(shape))
            self.prior_logvar = nn.Parameter(torch.full(shape, -1.0))

    @torch.no_grad()
    def start_from(self, pictures: Tensor) -> None:
        """Let an untrained model start from all its training rows, float32 [N, C].

        Raises:
            ValueError: They cannot be told by the likelihood.
        """
        self.likelihood.fit(pictures)
        self.centre_on(pictures.double().mean(0).float())

    @torch.no_grad()
    def centre_on(self, mean_example: Tensor) -> None:
        """Let an untrained model start from the mean row [C], in the table's units."""
        self.mean_example.copy_(self.likelihood.scaled(mean_example))
        self.offset.copy_(self.likelihood.parameters_of(mean_example))

    def encode(self, x: Tensor) -> Posterior:
        """Return q(z|row) for rows [B, C] in the table's units."""
        return super().encode(self.likelihood.scaled(x))

    def trunk(self, x: Tensor) -> Tensor:
        """Return what the encoder's last layer reads [B, F]."""
        return super().trunk(self.likelihood.scaled(x))

    def posterior_of(self, trunk: Tensor, x: Tensor) -> Posterior:
        """Return the posterior of what the trunk made of x."""
        return super().posterior_of(trunk, self.likelihood.scaled(x))

    def divergence(self, posterior: Posterior) -> Tensor:
        """Return the KL to the prior of every example and dimension [B, D], in nats.

        Of a mixture it is the tightest bound that keeps a component for each example; see
        `SSVAE.divergence`.
        """
        if not self.config.components:
            return posterior.kl()
        mu, logvar = posterior.mu.unsqueeze(1), posterior.logvar.unsqueeze(1)
        gap = (mu - self.prior_mean).square() * torch.exp(-self.prior_logvar)
        ratio = logvar - self.prior_logvar
        kl_BMD = 0.5 * (gap + ratio.exp() - 1 - ratio)
        log_r_BM = F.log_softmax(-kl_BMD.sum(2), dim=1)
        r_BM = log_r_BM.exp()
        choice_B = (r_BM * (log_r_BM + math.log(r_BM.shape[1]))).sum(1, keepdim=True)
        return (r_BM.unsqueeze(2) * kl_BMD).sum(1) + choice_B / mu.shape[2]

    def prior_log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z) [B] in nats."""
        if not self.config.components:
            return super().prior_log_prob(z_BD)
        each_BM = gaussian_log_prob(z_BD.unsqueeze(1), self.prior_mean, self.prior_logvar)
        return each_BM.logsumexp(1) - math.log(each_BM.shape[1])

    def prior_sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw from the prior [count, D]; the generator and the draws live on the CPU."""
        z_BD = super().prior_sample(count, generator)
        if not self.config.components:
            return z_BD
        component = torch.randint(self.config.components, (count,), generator=generator)
        mean, logvar = self.prior_mean.cpu(), self.prior_logvar.cpu()
        return mean[component] + z_BD * torch.exp(0.5 * logvar[component])
