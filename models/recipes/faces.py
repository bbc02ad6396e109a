"""Faces to morph."""

from __future__ import annotations

import dataclasses

from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes.recipe import Recipe
from models.training.config import TrainingConfig
from models.vae import VAEConfig

__all__ = ["FACES"]


def _faces(
    dataset: str,
    summary: str,
    *,
    channels: tuple[int, ...],
    training: TrainingConfig,
    colours: int = 3,
    latent_dim: int = 128,
    held_out: int = 500,
    licence: str = "MIT",
) -> Recipe:
    """Faces of 64 x 64 to be morphed; the network adds to what principal components tell."""
    return Recipe(
        name=f"faces-{dataset.removeprefix('faces-')}",
        summary=summary,
        model=VAEConfig(
            shape=(colours, 64, 64),
            latent_dim=latent_dim,
            network=NetworkConfig(
                kind="convolutional",
                channels=channels,
                encoder_hidden=(),
                decoder_hidden=(),
                head="shuffled",
                principal=32,
            ),
            likelihood="gaussian-learned",
            scale=0.08,
        ),
        data=DataConfig(dataset=dataset, binarise="none", validation=held_out),
        training=training,
        # A picture has 12 kB: an atlas shall not outweigh the weights.
        thumbnails=48,
        codes=2000,
        licence=licence,
    )


FACE_TRAINING = TrainingConfig(
    epochs=50,
    batch_size=64,
    learning_rate=2e-3,
    warmup=0.03,
    adam_beta2=0.99,
    weight_decay=0.05,
    # Losses are thousands of nats: this cuts outliers only.
    clip_norm=2000,
    average=0.998,
    ssim_weight=8000,
    mirror=True,
)

FACES = (
    _faces(
        "celeba",
        "Photographed faces to morph, with attributes; non-commercial research only.",
        channels=(32, 64, 128, 256),
        training=dataclasses.replace(
            FACE_TRAINING,
            epochs=100,
            guide="celeba",
            guide_weight=2000,
            attribute_weight=400,
            shift=3,
            tint=0.1,
        ),
        licence="Trained on CelebA, non-commercial research use only",
    ),
    _faces(
        "faces-synthetic",
        "Drawn faces to morph, with exact attributes; no download.",
        channels=(24, 48, 96, 192),
        training=dataclasses.replace(FACE_TRAINING, epochs=40),
        latent_dim=64,
        held_out=1000,
    ),
    _faces(
        "olivetti",
        "Forty people in grey, ten pictures of each: a training of minutes.",
        channels=(24, 48, 96, 192),
        # 320 pictures are soon known by heart.
        training=dataclasses.replace(
            FACE_TRAINING,
            epochs=80,
            batch_size=32,
            average=0.99,
            weight_decay=0.1,
            shift=3,
            tint=0.1,
            patience=10,
        ),
        colours=1,
        latent_dim=32,
        held_out=40,
    ),
)
