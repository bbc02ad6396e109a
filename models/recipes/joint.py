"""Pictures whose codes have classes beside continuous numbers, found without labels."""

from __future__ import annotations

import math

from models.joint import JointVAEConfig
from models.joint.discovery import DiscoveryConfig
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes.recipe import Recipe
from models.training.config import TrainingConfig
from models.training.latent.config import LatentConfig

__all__ = ["JOINT"]


def _mnist(
    name: str,
    summary: str,
    continuous: int,
    training: TrainingConfig,
    *,
    feature_channels: tuple[int, ...] = (),
) -> Recipe:
    """Digits whose codes have ten classes."""
    return Recipe(
        name=name,
        summary=summary,
        model=JointVAEConfig.of(
            continuous,
            (10,),
            network=NetworkConfig(
                encoder_hidden=(512, 256), decoder_hidden=(256,), normalisation="batch"
            ),
            decoder="templates",
            feature_channels=feature_channels,
        ),
        data=DataConfig(dataset="mnist", binarise="none"),
        training=training,
        thumbnails=120,
        codes=1000,
    )


MNIST_TRAINING = TrainingConfig(
    epochs=22,
    batch_size=256,
    adam_beta2=0.99,
    average=0.99,
    clip_norm=0,
    latent=LatentConfig(
        kind="capacity",
        continuous_capacity=(3.0, 12.0, 1260.0, 30.0),
        # Pressed harder, classes are sure of themselves before they differ.
        discrete_capacity=(0.0, math.log(10), 490.0, 3.0),
        reassign_until=0.67,
        starts=3,
        start_epochs=6,
    ),
)

JOINT = (
    _mnist(
        "joint-mnist",
        "Handwritten digits: three continuous numbers and ten classes.",
        3,
        MNIST_TRAINING,
    ),
    _mnist(
        "joint-mnist-10",
        "Handwritten digits: ten continuous numbers and ten classes.",
        10,
        MNIST_TRAINING,
    ),
    _mnist(
        "joint-mnist-best",
        "Handwritten digits: ten continuous numbers, and ten classes found by views.",
        10,
        TrainingConfig(
            epochs=16,
            batch_size=512,
            warmup=0.03,
            adam_beta2=0.99,
            weight_decay=0.01,
            clip_norm=1000,
            average=0.995,
            latent=LatentConfig(
                kind="capacity",
                continuous_capacity=(3.0, 13.0, 1100.0, 30.0),
                discrete_capacity=(0.0, math.log(10), 100.0, 3.0),
            ),
            discovery=DiscoveryConfig(),
        ),
        feature_channels=(32, 64, 128),
    ),
    Recipe(
        name="joint-olivetti",
        summary="Forty people in grey: two continuous numbers and ten classes.",
        model=JointVAEConfig.of(
            2,
            (10,),
            shape=(1, 64, 64),
            network=NetworkConfig(
                kind="convolutional",
                channels=(16, 32, 64, 64),
                encoder_hidden=(256,),
                decoder_hidden=(256,),
                normalisation="batch",
            ),
            likelihood="gaussian-learned",
        ),
        data=DataConfig(dataset="olivetti", binarise="none"),
        training=TrainingConfig(
            epochs=140,
            batch_size=32,
            average=0.99,
            clip_norm=2000,
            shift=2,
            latent=LatentConfig(
                kind="capacity",
                continuous_capacity=(0.0, 9.0, 800.0, 30.0),
                discrete_capacity=(0.0, math.log(10), 600.0, 3.0),
                reassign_until=0.6,
            ),
        ),
        thumbnails=40,
    ),
    Recipe(
        name="joint-digits",
        summary="The small digits: three continuous numbers and ten classes; no download.",
        model=JointVAEConfig.of(
            3,
            (10,),
            network=NetworkConfig(encoder_hidden=(256, 256), decoder_hidden=(256, 256)),
        ),
        data=DataConfig(dataset="digits", binarise="none"),
        training=TrainingConfig(
            epochs=100,
            average=0.99,
            clip_norm=1000,
            latent=LatentConfig(
                kind="capacity",
                continuous_capacity=(0.0, 5.0, 2000, 30.0),
                discrete_capacity=(0.0, math.log(10), 1000, 30.0),
            ),
        ),
        thumbnails=1000,
    ),
)
