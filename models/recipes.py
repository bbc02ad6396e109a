"""Named recipes: a model, its data and its training in one row each."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.training.config import TrainingConfig
from models.vae import VAEConfig

__all__ = ["RECIPES", "Recipe", "get_recipe", "with_overrides"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What `python -m models train NAME` trains."""

    name: str
    summary: str
    model: VAEConfig
    data: DataConfig
    training: TrainingConfig
    thumbnails: int = field(default=3000)
    """Examples whose pictures are kept in the atlas."""
    licence: str = "MIT"


_ROWS = (
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
        training=TrainingConfig(
            epochs=300,
            batch_size=256,
            learning_rate=3e-3,
            warmup=0.01,
            adam_beta2=0.99,
            weight_decay=0.02,
        ),
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
)

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in _ROWS}


def get_recipe(name: str) -> Recipe:
    """Return a recipe by name.

    Raises:
        ValueError: There is none of that name; the message lists all.
    """
    if name not in RECIPES:
        raise ValueError(f"There is no recipe {name!r:.80}; choose from: {', '.join(RECIPES)}.")
    return RECIPES[name]


def with_overrides(recipe: Recipe, **overrides: object) -> Recipe:
    """Return a recipe with some fields of its model, data or training replaced.

    Args:
        recipe: The recipe to start from.
        **overrides: Field names of the three configurations; None leaves a field as it is.

    Raises:
        ValueError: A field is unknown or its value out of range.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    parts = {}
    for part in ("model", "data", "training"):
        config = getattr(recipe, part)
        own = {f.name for f in dataclasses.fields(config)} & given.keys()
        parts[part] = dataclasses.replace(config, **{name: given.pop(name) for name in own})
    if given:
        raise ValueError(f"Recipe '{recipe.name}' has no field {', '.join(sorted(given))}.")
    return dataclasses.replace(recipe, **parts)
