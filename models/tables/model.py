"""The VAE for rows: it takes and gives them in the table's own units.

Shape legend: B batch, C columns, D latent dimensions, N rows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.layers import drawn_parameter
from models.mixture_prior import MixturePrior
from models.posterior import Posterior
from models.tables.config import TableConfig
from models.tables.scaling import RowLikelihood
from models.vae import VAE

__all__ = ["TableVAE"]


class TableVAE(VAE):
    """A VAE for rows [B, C], each column in a unit of its own."""

    config: TableConfig
    likelihood: RowLikelihood
    # A mean of 70,000 is infinite in 16 bits, and one of 10,000 is known to the next 8.
    exact = ("likelihood.centre", "likelihood.unit")

    def __init__(self, config: TableConfig) -> None:
        super().__init__(config)
        self.likelihood = RowLikelihood(
            config.shape[0], config.likelihood, config.scaling, config.scale
        )
        if config.components:
            shape = (config.components, config.latent_dim)
            self.prior_mean = drawn_parameter(*shape)
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

    @property
    def _mixture(self) -> MixturePrior:
        return MixturePrior(self.prior_mean, self.prior_logvar)

    def divergence(self, posterior: Posterior) -> Tensor:
        """Return the KL to the prior of every example and dimension [B, D], in nats.

        Of a mixture it is a bound; see `MixturePrior.kl`.
        """
        if not self.config.components:
            return posterior.kl()
        return self._mixture.kl(posterior.mu, posterior.logvar)

    def prior_log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z) [B] in nats."""
        if not self.config.components:
            return super().prior_log_prob(z_BD)
        return self._mixture.log_prob(z_BD)

    def prior_sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw from the prior [count, D]; the generator and the draws live on the CPU."""
        z_BD = super().prior_sample(count, generator)
        if not self.config.components:
            return z_BD
        return self._mixture.placed(z_BD, generator)
