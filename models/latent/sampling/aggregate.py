"""The aggregate posterior: where the encoder puts the data, all of it or a part.

    q(z) = 1/N sum_n q(z|x_n) = 1/N sum_n N(z; mu_n, sigma_n^2)

Shapes: N encoded examples, D latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.latent.sampling.diagonal import DiagonalGaussian
from models.latent.sampling.noise import normals
from models.losses import gaussian_kl

__all__ = ["Aggregate", "posterior_draws"]

_DRAWS = 2
"""The stream of noise that turns posteriors into draws; samples have 0 and choices 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate:
    """The moments of q(z) in every dimension, and how much each of them says."""

    mean: Tensor
    """float32 [D]"""
    std: Tensor
    """float32 [D]; with the posteriors' own widths, if they are known"""
    spread: Tensor
    """float32 [D]: Var(mu_n), by which a unit counts as active"""
    kl: Tensor | None
    """float32 [D]: E[KL(q(z_d|x) || p(z_d))] in nats; None if the widths are not known.

    It is what a dimension tells of an example, and how far q(z_d) is from the prior on top of
    that: ELBO surgery (Hoffman and Johnson, 2016)."""
    prior_gap: Tensor
    """float32 [D]: KL(N(mean, std^2) || N(0, 1)) in nats, what sampling from the prior gets wrong
    in one dimension alone"""

    @classmethod
    def of(cls, mu_ND: Tensor, logvar_ND: Tensor | None = None) -> Aggregate:
        """Measure encoded examples.

        The variance is Var(mu) + E[sigma^2], the law of total variance.

        Args:
            mu_ND: Posterior means, float [N, D].
            logvar_ND: Logarithms of the posterior variances, if they are known.

        Raises:
            ValueError: There are no examples, or the shapes differ.
        """
        _require_posteriors(mu_ND, logvar_ND)
        mu = mu_ND.double()
        mean, spread = mu.mean(0), mu.var(0, unbiased=False)
        variance, kl = spread, None
        if logvar_ND is not None:
            variance = spread + logvar_ND.double().exp().mean(0)
            kl = gaussian_kl(mu, logvar_ND.double()).mean(0).float()
        # A dimension without any width is infinitely far from the prior; 1e-12 is far enough.
        gap = gaussian_kl(mean, variance.clamp(min=1e-12).log())
        return cls(mean.float(), variance.sqrt().float(), spread.float(), kl, gap.float())

    @property
    def order(self) -> Tensor:
        """The dimensions, the most active first; int64 [D].

        By the KL, which is 0 for a dimension that says nothing, or by the spread of the means
        where the widths are not known.
        """
        activity = self.spread if self.kl is None else self.kl
        return activity.argsort(descending=True, stable=True)

    def gaussian(self) -> DiagonalGaussian:
        """Return the Gaussian with the same moments in every dimension."""
        return DiagonalGaussian(self.mean, self.std)


def posterior_draws(mu_ND: Tensor, logvar_ND: Tensor | None, seed: int = 0) -> Tensor:
    """Draw one code from each posterior: what the decoder was trained on.

    Args:
        mu_ND: Posterior means, float [N, D].
        logvar_ND: Logarithms of their variances; None gives the means themselves.
        seed: Seed of the draws.

    Returns:
        float32 [N, D].

    Raises:
        ValueError: There are no examples, or the shapes differ.
    """
    _require_posteriors(mu_ND, logvar_ND)
    if logvar_ND is None:
        return mu_ND.float()
    noise = normals(seed, *mu_ND.shape, stream=_DRAWS)
    return mu_ND.float() + noise * torch.exp(0.5 * logvar_ND.float())


def _require_posteriors(mu_ND: Tensor, logvar_ND: Tensor | None) -> None:
    if mu_ND.dim() != 2 or not len(mu_ND):
        raise ValueError(f"Posteriors need means [N, D], at least one, not {list(mu_ND.shape)}.")
    if logvar_ND is not None and logvar_ND.shape != mu_ND.shape:
        raise ValueError(
            f"Means of {list(mu_ND.shape)} need variances of that shape, "
            f"not {list(logvar_ND.shape)}."
        )
