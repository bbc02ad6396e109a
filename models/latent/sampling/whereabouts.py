"""Where a code lies: how likely the prior is to give it, how far out, and whether data is near.

The radius of a draw from N(0, I) in D dimensions has the chi distribution: for large D it is
nearly sqrt(D), and nearly nothing lies near the origin although the density is highest there.

Shapes: B codes, D latent dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.latent.density import CHARTED, Density
from models.latent.sampling.diagonal import DiagonalGaussian

__all__ = [
    "ExpectedRadius",
    "Whereabouts",
    "expected_radius",
    "radius_density",
    "radius_quantile",
    "whereabouts",
]


@dataclass(frozen=True, slots=True)
class ExpectedRadius:
    """The radius of draws from N(0, I)."""

    mean: float
    std: float


@dataclass(frozen=True, slots=True, eq=False)
class Whereabouts:
    """One entry a code."""

    log_density: Tensor
    """float64 [B]: log N(z; 0, I) in nats"""
    radius: Tensor
    """float64 [B]"""
    quantile: Tensor
    """float64 [B]: share of the prior's draws that lie closer to the origin, 0 to 1"""
    expected: ExpectedRadius
    distance: Tensor | None
    """float32 [B]: distance to the k-th nearest encoded code; None without any"""
    percentile: Tensor | None
    """float32 [B], 0 to 100: see `Density.percentile`; None without encoded codes"""

    @property
    def charted(self) -> Tensor | None:
        """Whether the model has been near each code; bool [B], None if that is not known."""
        return None if self.percentile is None else self.percentile >= CHARTED


def whereabouts(z_BD: Tensor, density: Density | None = None) -> Whereabouts:
    """Return where codes lie.

    Args:
        z_BD: Finite codes.
        density: The codes that the decoder has seen, if they are known.

    Raises:
        ValueError: `z_BD` is no batch of codes, or does not fit the density's.
    """
    if z_BD.dim() != 2 or not z_BD.shape[1] or not bool(z_BD.isfinite().all()):
        raise ValueError(f"Ask about finite codes [B, D], not {list(z_BD.shape)}.")
    dimensions = z_BD.shape[1]
    distance = percentile = None
    if density is not None:
        distance = density.distance(z_BD)
        percentile = density.percentile_at(distance)
    radius = torch.linalg.vector_norm(z_BD.double(), dim=1)
    return Whereabouts(
        log_density=DiagonalGaussian.prior(dimensions).log_prob(z_BD),
        radius=radius,
        quantile=radius_quantile(radius, dimensions),
        expected=expected_radius(dimensions),
        distance=distance,
        percentile=percentile,
    )


def expected_radius(dimensions: int) -> ExpectedRadius:
    """Return mean and standard deviation of the chi distribution.

    mean = sqrt(2) Gamma((D + 1) / 2) / Gamma(D / 2),  mean^2 + std^2 = D.

    Raises:
        ValueError: There is no dimension.
    """
    from scipy.special import gammaln

    _require_dimensions(dimensions)
    ratio = gammaln((dimensions + 1) / 2) - gammaln(dimensions / 2)
    mean = math.sqrt(2) * math.exp(ratio)
    return ExpectedRadius(mean, math.sqrt(max(0.0, dimensions - mean**2)))


def radius_quantile(radius_B: Tensor, dimensions: int) -> Tensor:
    """Return the share of draws from N(0, I) with a smaller radius; float64 [B]."""
    from scipy.special import gammainc

    squared = radius_B.double().square().numpy()
    return torch.from_numpy(gammainc(dimensions / 2, squared / 2))


def radius_density(radius_B: Tensor, dimensions: int) -> Tensor:
    """Return the density of the chi distribution at radii of 0 or more; float64 [B].

    p(r) = r^(D - 1) exp(-r^2 / 2) / (2^(D / 2 - 1) Gamma(D / 2)).

    Raises:
        ValueError: There is no dimension.
    """
    from scipy.special import gammaln, xlogy

    _require_dimensions(dimensions)
    radius = radius_B.double().numpy()
    # By its logarithm: both factors leave what float64 holds in a few hundred dimensions.
    scale = (dimensions / 2 - 1) * math.log(2) + gammaln(dimensions / 2)
    log_density = xlogy(dimensions - 1, radius) - radius**2 / 2 - scale
    return torch.from_numpy(log_density).exp()


def _require_dimensions(dimensions: int) -> None:
    if dimensions < 1:
        raise ValueError(f"A radius needs at least 1 dimension, not {dimensions}.")
