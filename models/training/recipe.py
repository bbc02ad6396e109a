"""From a recipe to a registered checkpoint: load, train, measure, build the atlas, save."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from models import data
from models.checkpoint import CheckpointConfig
from models.data import Dataset, Split
from models.evaluate import encode, evaluate
from models.latent.atlas import Atlas
from models.preprocessing import to_unit
from models.recipes import Recipe
from models.registry import Registry
from models.training.callbacks import Callback
from models.training.trainer import Trainer
from models.vae import VAE

__all__ = ["build_atlas", "new_model", "train_recipe"]


def train_recipe(
    recipe: Recipe,
    registry: Registry,
    *,
    name: str,
    device: torch.device | str = "cpu",
    precision: str = "fp32",
    compiled: bool = False,
    half: bool = False,
    callbacks: Sequence[Callback] = (),
    report: Callable[[str], None] = lambda line: None,
) -> Path:
    """Train a recipe and save it under `name`.

    Args:
        recipe: Model, data and training.
        registry: Where the checkpoint goes; its workspace may hold data sets.
        name: Name of the checkpoint; a number is added if it is taken.
        device: Where to train.
        precision: "fp32" or "bf16".
        compiled: Whether to compile the loss.
        half: Whether to keep the weights in 16 bits; they are measured as they are kept.
        callbacks: Watch the training.
        report: Called with a line before each stage.

    Returns:
        The checkpoint's folder.

    Raises:
        DataError: The data set is missing or damaged.
        TrainingDiverged: The loss became NaN or infinite.
        CheckpointError: The name is none.
    """
    dataset = data.load(
        recipe.data.dataset, workspace=registry.workspace, validation=recipe.data.validation
    )
    model = new_model(recipe, dataset).to(device)
    trainer = Trainer(
        model,
        recipe.training,
        binarise=recipe.data.binarise,
        callbacks=callbacks,
        compiled=compiled,
        precision=precision,
    )
    report(
        f"Training {recipe.name} on {len(dataset.train):,} examples of {dataset.name} ({device})."
    )
    trainer.fit(dataset.train, dataset.validation if len(dataset.validation) else None)
    if trainer.interrupted:
        report("Stopped; what was learned so far is kept.")
    if half:
        model.half().float()
    metrics = _measure(model, dataset, recipe, report)
    metrics["epochs"] = len(trainer.history)
    metrics["training_seconds"] = round(trainer.seconds, 1)
    config = CheckpointConfig(
        recipe=recipe.name,
        model=recipe.model,
        data=recipe.data,
        training=recipe.training,
        class_names=dataset.class_names,
        metrics=metrics,
        licence=recipe.licence,
        terms=dataset.terms,
    )
    atlas = build_atlas(model, dataset, recipe.thumbnails)
    # Another training may have taken the name meanwhile; nothing learned is lost for it.
    return registry.save(registry.free_name(name), config, model, atlas, half=half)


def _measure(
    model: VAE, dataset: Dataset, recipe: Recipe, report: Callable[[str], None]
) -> dict[str, Any]:
    """Return the figures of the card, or none if a person does not want to wait for them."""
    report("Measuring on the test split ...")
    try:
        return evaluate(model, dataset, binarise=recipe.data.binarise)
    except KeyboardInterrupt:
        report("Not measured; its card has no figures. `python -m models evaluate` prints them.")
        return {}


def new_model(recipe: Recipe, dataset: Dataset) -> VAE:
    """Return an untrained model, centred on the mean of the training examples."""
    torch.manual_seed(recipe.training.seed)  # The initialisers of torch.nn read only this one.
    model = VAE(recipe.model)
    some = dataset.train.images[:: max(1, len(dataset.train) // 10_000)]
    model.centre_on(to_unit(some).mean(0))
    return model


def build_atlas(model: VAE, dataset: Dataset, thumbnails: int, seed: int = 0) -> Atlas:
    """Encode a data set's training examples (and validation ones) into an atlas."""
    both = Split(
        images=torch.cat([dataset.train.images, dataset.validation.images]),
        labels=torch.cat([dataset.train.labels, dataset.validation.labels]),
    )
    return Atlas.build(
        encode(model, both),
        both.labels,
        both.images,
        dataset.class_names,
        thumbnails=thumbnails,
        seed=seed,
    )
