"""Distributions to sample a latent space from, and where a sample lies."""

from models.latent.sampling.aggregate import Aggregate, posterior_draws
from models.latent.sampling.diagonal import DiagonalGaussian
from models.latent.sampling.fit import fit_mixture
from models.latent.sampling.mixture import Mixture
from models.latent.sampling.noise import normals, uniforms
from models.latent.sampling.whereabouts import (
    ExpectedRadius,
    Whereabouts,
    expected_radius,
    radius_density,
    radius_quantile,
    whereabouts,
)

__all__ = [
    "Aggregate",
    "DiagonalGaussian",
    "ExpectedRadius",
    "Mixture",
    "Whereabouts",
    "expected_radius",
    "fit_mixture",
    "normals",
    "posterior_draws",
    "radius_density",
    "radius_quantile",
    "uniforms",
    "whereabouts",
]
