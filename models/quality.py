"""How good a model's samples are: the Frechet distance of decoded codes from test pictures.

Shapes: N samples, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from models.data import Dataset
from models.features import Features, load_features
from models.frechet import Moments, frechet_distance
from models.latent.atlas import Atlas
from models.latent.sampling import DiagonalGaussian, fit_mixture
from models.vae import VAE

__all__ = ["SampleQuality", "Sampler", "frechet_of_samples", "sample_quality", "samplers"]

SAMPLES = 10_000
CHUNK = 500


class Sampler(Protocol):
    """Whatever codes can be drawn from."""

    def sample(self, count: int, seed: int) -> Tensor:
        """Return `count` codes [count, D]."""


@dataclass(frozen=True, slots=True)
class SampleQuality:
    """The distances, named as in a card, and how they were measured."""

    distances: dict[str, float]
    conditions: str


def sample_quality(
    model: VAE, dataset: Dataset, atlas: Atlas | None = None, *, seed: int = 0
) -> SampleQuality | None:
    """Judge samples from the prior and, with an atlas, from what is fitted to its codes.

    Args:
        model: A model in eval mode.
        dataset: The data set; its test pictures are what samples are compared with.
        atlas: Encoded examples of that model.
        seed: Seed of the samples.

    Returns:
        None if there is no feature network for the data set, or not for pictures of that size.
    """
    found = load_features(dataset.name)
    if found is None or dataset.shape != model.config.shape:
        return None
    network, card = found
    if dataset.shape != network.shape:
        return None
    real = Moments.of(network.features(dataset.test.images))
    distances = frechet_of_samples(
        model, network, real, samplers(model.config.latent_dim, atlas), seed=seed
    )
    conditions = (
        f"Frechet distances: means of {SAMPLES:,} decoded codes (seed {seed}) from "
        f"{len(dataset.test):,} test pictures, in the features {card.sha256[:8]} of a classifier "
        f"with {card.accuracy:.1%} accuracy; training pictures score {card.floor:.2f}."
    )
    return SampleQuality(distances, conditions)


def samplers(dimensions: int, atlas: Atlas | None) -> dict[str, Sampler]:
    """Return what codes are drawn from, by the names that a card gives their distances."""
    found: dict[str, Sampler] = {"frechet": DiagonalGaussian.prior(dimensions)}
    if atlas is not None:
        found["frechet_gaussian"] = fit_mixture(atlas.draws(), 1)
        if atlas.mixture is not None:
            found["frechet_mixture"] = atlas.mixture
    return found


def frechet_of_samples(
    model: VAE,
    network: Features,
    real: Moments,
    sources: Mapping[str, Sampler],
    *,
    samples: int = SAMPLES,
    seed: int = 0,
) -> dict[str, float]:
    """Return the distance between decoded samples of each source and real pictures.

    Args:
        model: Decodes; what is compared is the mean of p(x|z).
        network: Gives the features.
        real: Moments of the real pictures' features.
        sources: What codes are drawn from, by name.
        samples: How many codes of each.
        seed: Seed of the codes; all sources share the noise.
    """
    return {
        name: frechet_distance(
            Moments.of(_features(model, network, source.sample(samples, seed))), real
        )
        for name, source in sources.items()
    }


@torch.inference_mode()
def _features(model: VAE, network: Features, z_ND: Tensor) -> Tensor:
    device = next(model.parameters()).device
    return torch.cat([network.features(model.decode(z.to(device))) for z in z_ND.split(CHUNK)])
