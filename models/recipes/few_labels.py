"""Pictures whose classes are told from a few labels."""

from __future__ import annotations

from typing import Any

from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes.recipe import Recipe
from models.semi.config import SemiConfig
from models.ssvae import SSVAEConfig
from models.training.config import TrainingConfig

__all__ = ["FEW_LABELS"]


def _ssvae(name: str, summary: str, dataset: str, **training: Any) -> Recipe:
    """Pictures of 28 x 28 whose classes are told from a few labels."""
    return Recipe(
        name=f"ssvae-{name}",
        summary=summary,
        model=SSVAEConfig(
            latent_dim=16,
            network=NetworkConfig(
                kind="pooled",
                channels=(32, 64, 128),
                encoder_hidden=(),
                decoder_hidden=(256, 512),
            ),
        ),
        data=DataConfig(dataset=dataset, binarise="none"),
        training=TrainingConfig(
            **{
                "epochs": 12,
                "batch_size": 512,
                "warmup": 0.03,
                "adam_beta2": 0.99,
                "weight_decay": 0.01,
                "average": 0.995,
                "semi": SemiConfig(label_free_epochs=10),
                **training,
            }
        ),
        thumbnails=1500,
        codes=2000,
    )


FEW_LABELS = (
    _ssvae("mnist", "Handwritten digits told apart from 50 labels.", "mnist"),
    _ssvae("fashion", "Clothes and shoes told apart from 50 labels.", "fashion-mnist"),
    _ssvae(
        "digits",
        "The small digits told apart from 50 labels; no download.",
        "digits",
        epochs=24,
        batch_size=128,
        average=0.99,
        semi=SemiConfig(label_free_epochs=18),
    ),
)
