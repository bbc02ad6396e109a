"""Pictures of digits and clothes: a map, spaces to fly through, codes to sample."""

from __future__ import annotations

import dataclasses

from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes.recipe import Recipe
from models.training.config import TrainingConfig
from models.vae import VAEConfig

__all__ = ["PICTURES"]

LONG_TRAINING = TrainingConfig(
    epochs=300,
    batch_size=256,
    learning_rate=3e-3,
    warmup=0.01,
    adam_beta2=0.99,
    weight_decay=0.02,
)


def _odyssey(name: str, summary: str, dataset: str) -> Recipe:
    """Pictures of 28 x 28 in three latent dimensions, to be flown through."""
    return Recipe(
        name=name,
        summary=summary,
        model=VAEConfig(
            latent_dim=3,
            network=NetworkConfig(
                kind="convolutional",
                channels=(16, 32),
                encoder_hidden=(512, 512),
                decoder_hidden=(512, 512, 512, 512),
                fourier=64,
                fourier_scale=1.5,
                dropout=0.1,
            ),
        ),
        data=DataConfig(dataset=dataset),
        training=dataclasses.replace(LONG_TRAINING, epochs=100, beta_warmup_epochs=2),
        thumbnails=500,
    )


def _sampler(beta: float) -> Recipe:
    """Digits in eight dimensions to sample from; only the weight of the KL differs."""
    return Recipe(
        name=f"sampler-mnist-beta{beta:g}",
        summary=f"Handwritten digits in eight dimensions, to sample from; beta {beta:g}.",
        model=VAEConfig(
            latent_dim=8,
            network=NetworkConfig(
                encoder_hidden=(320, 320), decoder_hidden=(320, 320, 320), dropout=0.1
            ),
        ),
        data=DataConfig(dataset="mnist"),
        training=dataclasses.replace(LONG_TRAINING, epochs=100, beta=beta, beta_warmup_epochs=5),
        thumbnails=500,
        codes=10_000,
        components=64,
    )


PICTURES = (
    Recipe(
        name="navigator-mnist",
        summary="Handwritten digits in two latent dimensions: the map of the navigator.",
        model=VAEConfig(
            latent_dim=2,
            network=NetworkConfig(
                encoder_hidden=(512, 512),
                decoder_hidden=(512, 512, 512, 512),
                fourier=64,
                dropout=0.1,
            ),
        ),
        data=DataConfig(dataset="mnist"),
        training=LONG_TRAINING,
    ),
    Recipe(
        name="navigator-digits",
        summary="The small digits that come with scikit-learn, in two dimensions; no download.",
        model=VAEConfig(
            latent_dim=2,
            network=NetworkConfig(
                encoder_hidden=(256, 256), decoder_hidden=(256, 256, 256), dropout=0.1
            ),
        ),
        data=DataConfig(dataset="digits", validation=5000),
        training=TrainingConfig(epochs=150, average=0.99, weight_decay=0.01),
        thumbnails=1000,
    ),
    _odyssey("odyssey-mnist", "Handwritten digits in a space to fly through.", "mnist"),
    _odyssey("odyssey-fashion", "Clothes and shoes in a space to fly through.", "fashion-mnist"),
    *(_sampler(beta) for beta in (0.1, 1.0, 10.0)),
)
