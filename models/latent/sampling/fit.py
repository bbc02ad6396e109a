"""Fitting mixtures of Gaussians to codes, by expectation maximisation.

Shapes: N codes, D latent dimensions, K components.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from models.latent.sampling.mixture import MOST_COMPONENTS, Mixture, cholesky_factors

__all__ = ["MOST_CODES", "fit_mixture", "most_components"]

COMPONENTS = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of components that are tried where none is asked for."""
MOST_CODES = 10_000
"""Codes that a mixture is fitted to; more cost time and change little."""
MOST_NUMBERS = 2**20
"""Numbers in all covariances together, such as 64 of 128 x 128: a minute's work."""
MOST_ROUNDS = 60
"""Rounds of expectation maximisation."""

_FLOOR = 1e-6
"""Added to every variance, so that a flat cloud of codes still has a density."""


def fit_mixture(
    codes_ND: Tensor, components: int | Sequence[int] | None = None, *, seed: int = 0
) -> Mixture:
    """Fit a mixture to codes by expectation maximisation.

    Of several numbers of components, the one with the least Bayesian information criterion is
    taken: Estimating the Dimension of a Model (Schwarz, 1978). They are tried upwards until one is
    worse than the one before.

    Args:
        codes_ND: Finite codes, float [N, D]; of more than 10,000 a seeded choice is used.
        components: How many, several to choose from, or None for 1, 2, 4, ... 64. Those that the
            codes are too few for are left out of a choice.
        seed: Seed of the choice of codes and of the start.

    Raises:
        ValueError: The codes are too few for the components or not finite, the covariances would
            be too large, or a number of components is out of range.
    """
    if codes_ND.dim() != 2 or len(codes_ND) < 2 or not bool(codes_ND.isfinite().all()):
        raise ValueError(f"A mixture needs at least 2 finite codes, not {list(codes_ND.shape)}.")
    codes = _some(codes_ND, seed).double().numpy()
    most = most_components(len(codes), codes.shape[1])
    if isinstance(components, int):
        if _checked(components) > most:
            raise ValueError(
                f"{len(codes):,} codes of {codes.shape[1]} dimensions carry at most {most} "
                f"Gaussian{'s' if most > 1 else ''}, not {components}."
            )
        return _fit(codes, components, seed)[0]
    wanted = COMPONENTS if components is None else components
    choice = sorted({_checked(k) for k in wanted if k <= most}) or [1]
    best, least = _fit(codes, choice[0], seed)
    for count in choice[1:]:
        fitted, criterion = _fit(codes, count, seed)
        if criterion >= least:
            break
        best, least = fitted, criterion
    return best


def most_components(codes: int, dimensions: int) -> int:
    """Return how many components may be fitted to so many codes.

    Each is seen often enough to have a covariance; with fewer examples each would stand for a few
    of them, and draws would be copies.

    Raises:
        ValueError: One covariance alone would be too large.
    """
    if dimensions**2 > MOST_NUMBERS:
        raise ValueError(
            f"A covariance of {dimensions:,} dimensions is too large to fit; at most "
            f"{math.isqrt(MOST_NUMBERS):,} will do. Mean and width of each dimension still can be."
        )
    seen = min(codes, MOST_CODES) // (2 * (dimensions + 1))
    return max(1, min(seen, MOST_NUMBERS // dimensions**2, MOST_COMPONENTS))


def _some(codes_ND: Tensor, seed: int) -> Tensor:
    if len(codes_ND) <= MOST_CODES:
        return codes_ND
    generator = torch.Generator().manual_seed(seed)
    return codes_ND[torch.randperm(len(codes_ND), generator=generator)[:MOST_CODES]]


def _checked(components: int) -> int:
    if not 1 <= components <= MOST_COMPONENTS:
        raise ValueError(f"A mixture has 1 to {MOST_COMPONENTS} components, not {components}.")
    return components


def _fit(codes_ND: object, components: int, seed: int) -> tuple[Mixture, float]:
    """Return a mixture and its Bayesian information criterion."""
    # scikit-learn takes a second to import, and most who sample fit nothing.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    mixture = GaussianMixture(
        components,
        covariance_type="full",
        reg_covar=_FLOOR,
        max_iter=MOST_ROUNDS,
        # Expectation maximisation seldom gains what full k-means costs.
        init_params="k-means++",
        random_state=seed % 2**32,
    )
    # One thread: a live picture may be decoded on another core meanwhile.
    with threadpool_limits(1), warnings.catch_warnings():
        # After so many rounds the rest would change little.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = mixture.fit(codes_ND)
    found = Mixture(
        torch.from_numpy(fitted.weights_).float().clamp(min=1e-12),
        torch.from_numpy(fitted.means_).float().contiguous(),
        cholesky_factors(torch.from_numpy(fitted.covariances_)),
    )
    return found, float(fitted.bic(codes_ND))
