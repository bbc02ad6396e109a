"""Named recipes: a model, its data and its training in one row each."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import torch

from models.families import ModelConfig, build
from models.networks import NetworkConfig, parameter_count
from models.preprocessing import DataConfig
from models.semi.config import SemiConfig
from models.ssvae import SSVAEConfig
from models.training.config import TrainingConfig
from models.vae import VAEConfig

__all__ = ["PARTS", "RECIPES", "Recipe", "get_recipe", "with_overrides"]

PARTS = ("model", "data", "training")
"""The configurations of a recipe."""
MOST_PARAMETERS = 500_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What `python -m models train NAME` trains."""

    name: str
    summary: str
    model: ModelConfig
    data: DataConfig
    training: TrainingConfig
    thumbnails: int = field(default=3000)
    """Examples whose pictures are kept in the atlas."""
    codes: int = 0
    """Examples whose codes are kept in the atlas, drawn from all; 0 keeps every one."""
    components: int = 0
    """Most components of the mixture that is fitted to the codes and kept in the atlas; 0 keeps
    none."""
    licence: str = "MIT"


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
        training=TrainingConfig(
            epochs=100,
            batch_size=256,
            learning_rate=3e-3,
            warmup=0.01,
            adam_beta2=0.99,
            weight_decay=0.02,
            beta_warmup_epochs=2,
        ),
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
        training=TrainingConfig(
            epochs=100,
            batch_size=256,
            learning_rate=3e-3,
            warmup=0.01,
            adam_beta2=0.99,
            weight_decay=0.02,
            beta=beta,
            beta_warmup_epochs=5,
        ),
        thumbnails=500,
        codes=10_000,
        components=64,
    )


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
    _odyssey("odyssey-mnist", "Handwritten digits in a space to fly through.", "mnist"),
    _odyssey("odyssey-fashion", "Clothes and shoes in a space to fly through.", "fashion-mnist"),
    *(_sampler(beta) for beta in (0.1, 1.0, 10.0)),
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
        **overrides: Field names of the three configurations, `network.` before those of the
            network; None leaves a field as it is.

    Raises:
        ValueError: A field is unknown, its value out of range, or all together are no model.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    parts = {part: _replaced(getattr(recipe, part), given) for part in PARTS}
    if given:
        raise ValueError(f"Recipe '{recipe.name}' has no field {', '.join(sorted(given))}.")
    changed = dataclasses.replace(recipe, **parts)
    _require_model(changed)
    return changed


def _require_model(recipe: Recipe) -> None:
    """Build a recipe's model once without weights, whatever its size."""
    try:
        with torch.device("meta"):
            count = parameter_count(build(recipe.model))
    except (RuntimeError, OverflowError) as error:
        cause = str(error).partition("\n")[0].rstrip(".")
        raise ValueError(f"No model can be built like this: {cause:.200}.") from None
    if count > MOST_PARAMETERS:
        raise ValueError(
            f"The model would have {count:,} parameters; this studio is for up to "
            f"{MOST_PARAMETERS:,}."
        )


def _replaced(config: Any, given: dict[str, object]) -> Any:
    """Return a configuration with the given fields, taken out of `given`; inner ones have dots."""
    changes: dict[str, object] = {}
    for name in (f.name for f in dataclasses.fields(config)):
        if name in given:
            changes[name] = given.pop(name)
        dotted = {key: key.partition(".")[2] for key in given if key.startswith(f"{name}.")}
        if dotted and dataclasses.is_dataclass(inner := changes.get(name, getattr(config, name))):
            below = {short: given.pop(key) for key, short in dotted.items()}
            changes[name] = _replaced(inner, below)
            given.update({f"{name}.{short}": value for short, value in below.items()})
    return dataclasses.replace(config, **changes) if changes else config
