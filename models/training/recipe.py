"""From a recipe to its data, the labels it may learn from, an untrained model and its trainer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from models import data
from models.data import DataError, Dataset
from models.families import build
from models.joint import JointVAE
from models.joint.objective import DiscoveryObjective
from models.labels.csv_file import read_labels
from models.labels.errors import LabelError
from models.recipes import Recipe
from models.semi.data import drawn_labels
from models.semi.objective import SemiObjective
from models.ssvae import SSVAE, SSVAEConfig
from models.tables.config import TableConfig
from models.training.callbacks.base import Callback
from models.training.distributed import ALONE, Team
from models.training.objective import Objective
from models.training.trainer import Trainer
from models.vae import VAE

__all__ = [
    "fitted",
    "given_labels",
    "load_data",
    "new_model",
    "new_objective",
    "new_trainer",
    "numbers_its_rows",
]

LAST_HELD_OUT = ("mnist", "fashion-mnist")
"""Data sets of which the last rows are held out, and not drawn ones"""


def load_data(recipe: Recipe, workspace: Path) -> Dataset:
    """Return a recipe's data set.

    Raises:
        DataError: It is missing or damaged, or does not fit the model.
    """
    # A table decides its columns; `fitted` gives the model as many.
    table = isinstance(recipe.model, TableConfig) and data.is_table(recipe.data.dataset)
    load = data.load if table else partial(data.load_as, shape=recipe.model.shape)
    dataset = load(
        recipe.data.dataset,
        workspace=workspace,
        validation=recipe.data.validation,
        label_column=recipe.data.label_column,
        normal_class=recipe.data.normal_class,
    )
    classes = len(dataset.class_names)
    if isinstance(recipe.model, SSVAEConfig) and classes != recipe.model.classes:
        raise DataError(
            f"{recipe.data.dataset} has {classes} classes, and the model tells "
            f"{recipe.model.classes}."
        )
    return dataset


def fitted(recipe: Recipe, dataset: Dataset) -> Recipe:
    """Return a recipe whose model has the columns of the table that it is to be trained on."""
    if not isinstance(recipe.model, TableConfig):
        return recipe
    model = replace(recipe.model, columns=dataset.columns, shape=dataset.shape)
    return replace(recipe, model=model)


def given_labels(recipe: Recipe, dataset: Dataset, path: Path) -> Tensor | None:
    """Return the labels that a recipe may learn from, int64 [N], or None if it needs none.

    Args:
        recipe: The recipe.
        dataset: Its data set, from whose labels a few are drawn where none are given.
        path: A CSV file of labels; it need not exist.

    Raises:
        LabelError: The file cannot be used; the message names the line.
    """
    semi, labels = recipe.training.semi, dataset.train.labels
    if semi is None:
        return None
    if path.exists():
        if not numbers_its_rows(recipe, dataset):
            raise LabelError(
                f"A file of labels numbers all training pictures, and {dataset.name} draws those "
                "that are held out from among them; train with validation=0."
            )
        return torch.from_numpy(read_labels(path, len(labels), dataset.class_names))
    return drawn_labels(labels, semi.labels_per_class, recipe.training.seed)


def numbers_its_rows(recipe: Recipe, dataset: Dataset) -> bool:
    """Tell whether a row has the number that it has where nothing is held out."""
    return not recipe.data.validation or dataset.name in LAST_HELD_OUT


def new_objective(recipe: Recipe, model: VAE) -> Objective | None:
    """Return what a recipe minimises, if it is anything but the bound."""
    if recipe.training.discovery is not None:
        if not isinstance(model, JointVAE):
            raise ValueError("discovery is for models with discrete parts; leave it out.")
        return DiscoveryObjective(model, recipe.training, binarise=recipe.data.binarise)
    if recipe.training.semi is None:
        return None
    assert isinstance(model, SSVAE)
    return SemiObjective(model, recipe.training, binarise=recipe.data.binarise)


def new_model(recipe: Recipe, dataset: Dataset | Tensor) -> VAE:
    """Return an untrained model that starts from a data set's training examples, or pictures."""
    images = dataset if isinstance(dataset, Tensor) else dataset.train.images
    with torch.random.fork_rng():
        # The initialisers of torch.nn read only this one.
        torch.manual_seed(recipe.training.seed)
        model = build(recipe.model)
    # Of a table every row counts: its scaling is that of all.
    pictures = images.dim() == 4
    model.start_from(images[:: max(1, len(images) // 10_000)] if pictures else images)
    return model


def new_trainer(
    recipe: Recipe,
    model: VAE,
    *,
    callbacks: Sequence[Callback] = (),
    precision: str = "fp32",
    compiled: bool = False,
    team: Team = ALONE,
    attribute_names: Sequence[str] = (),
) -> Trainer:
    """Return what trains a recipe's model; the other arguments are those of `Trainer`."""
    return Trainer(
        model,
        recipe.training,
        binarise=recipe.data.binarise,
        callbacks=callbacks,
        compiled=compiled,
        precision=precision,
        team=team,
        attribute_names=attribute_names,
        objective=new_objective(recipe, model),
    )
