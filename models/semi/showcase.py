"""Three stages of one model, drawn: untrained, trained without labels, trained with a few.

Shapes: N images, F features.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from models import data
from models.atomic import remove_folder, write_file
from models.checkpoint import CheckpointConfig, save_checkpoint
from models.data import DataError, Dataset, Split
from models.manifest import to_json_bytes
from models.recipes import Recipe, get_recipe
from models.semi.data import drawn_labels
from models.semi.infer import infer
from models.semi.interactive import InteractiveTrainer
from models.semi.layout import fit_chart, project_2d
from models.semi.outputs import look
from models.semi.stages import Course, Look, stage_figures
from models.ssvae import SSVAE
from models.training.callbacks import Callback
from models.training.outcome import build_atlas
from models.training.recipe import new_model

__all__ = ["COURSES", "course_of", "showcase"]

DRAW = 2024
"""Seed of the images that are taken from a data set."""
COURSES: Mapping[str, Course] = {
    "mnist": Course("ssvae-mnist", 16, 3),
    "fashion-mnist": Course("ssvae-fashion", 16, 3),
    "digits": Course("ssvae-digits", 24, 6),
}
"""Data set to the course of its showcase"""

Tell = Callable[[str], None]


def showcase(
    folder: Path,
    *,
    dataset: str = "mnist",
    images: int = 12_000,
    labels_per_class: int = 5,
    course: Course | None = None,
    seed: int = 0,
    workspace: Path | None = None,
    callbacks: Sequence[Callback] = (),
    precision: str = "bf16",
    tell: Tell = lambda sentence: None,
) -> dict[str, Any]:
    """Train a model in three stages and draw it after each.

    Args:
        folder: Gets seven figures, the checkpoints `stage2_unsupervised` and
            `stage3_semi_supervised`, and `figures.json` with the numbers; all are replaced.
        dataset: A key of `COURSES`.
        images: How many training images are taken; all of them if there are fewer.
        labels_per_class: How many labels of each class are given.
        course: How long it trains; that of `COURSES` if None.
        seed: Of the weights and the labels given.
        workspace: Where data sets are looked for.
        callbacks: Of the trainings.
        precision: "fp32", or "bf16" where that is faster.
        tell: Told what is done next.

    Returns:
        What `figures.json` holds: seconds, and how many are told right at each stage.

    Raises:
        DataError: The data set is not here, or has no course.
        OSError: A file cannot be written.
    """
    begun = time.monotonic()
    course = course or course_of(dataset)
    recipe = _recipe(course, seed)
    loaded, rows = _some(data.load(dataset, workspace=workspace, validation=0), images)
    given = drawn_labels(loaded.train.labels, labels_per_class, seed)
    nothing = torch.full_like(given, -1)
    folder.mkdir(parents=True, exist_ok=True)
    model = new_model(recipe, loaded)
    assert isinstance(model, SSVAE)
    tell("Stage 1: untrained")
    looks = [_look(model.eval(), loaded, recipe, course)]
    trainer = InteractiveTrainer(
        model,
        recipe.training,
        binarise=recipe.data.binarise,
        callbacks=callbacks,
        precision=precision,
    )
    stages = (
        ("stage2_unsupervised", "without labels", course.unlabelled_epochs, nothing),
        ("stage3_semi_supervised", "with labels", course.labelled_epochs, given),
    )
    for number, (name, how, epochs, labels) in enumerate(stages, 2):
        tell(f"Stage {number}: {epochs} epochs {how}")
        trainer.train_epochs(epochs, loaded.train, labels)
        trained = trainer.model
        assert isinstance(trained, SSVAE)
        tell(f"Stage {number}: looking at it")
        looks.append(_look(trained, loaded, recipe, course, looks[-1] if number > 2 else None))
        _save(folder / name, trained, loaded, recipe, looks[-1], labels, rows)
    tell("Drawing")
    for name, figure in stage_figures(looks, loaded.class_names, given, course).items():
        write_file(folder / name, figure)
    numbers = _numbers(looks, given, course, dataset, time.monotonic() - begun)
    write_file(folder / "figures.json", to_json_bytes(numbers))
    return numbers


def course_of(dataset: str) -> Course:
    """Return how long a showcase of a data set trains.

    Raises:
        DataError: There is none.
    """
    if dataset not in COURSES:
        raise DataError(
            f"There is no showcase of {dataset!r:.80}; choose one of {', '.join(COURSES)}."
        )
    return COURSES[dataset]


def _recipe(course: Course, seed: int) -> Recipe:
    recipe = get_recipe(course.recipe)
    semi = recipe.training.semi
    assert semi is not None
    return dataclasses.replace(
        recipe,
        training=dataclasses.replace(
            recipe.training,
            seed=seed,
            epochs=course.unlabelled_epochs + course.labelled_epochs,
            semi=dataclasses.replace(semi, label_free_epochs=course.unlabelled_epochs),
        ),
    )


def _some(dataset: Dataset, count: int) -> tuple[Dataset, Tensor]:
    """Return a data set with so many training images, and which of all they are."""
    order = torch.randperm(len(dataset.train), generator=torch.Generator().manual_seed(DRAW))
    rows = order[:count].sort().values
    return dataclasses.replace(dataset, train=dataset.train.take(rows)), rows


def _look(
    model: SSVAE,
    dataset: Dataset,
    recipe: Recipe,
    course: Course,
    before: Look | None = None,
) -> Look:
    binarise, images = recipe.data.binarise, dataset.train.images
    features = look(model, images, binarise=binarise).features.float()
    directions = normalize(features - features.mean(0))
    begin = None if before is None else torch.from_numpy(before.said.tsne)
    xy = project_2d(directions, most=course.landmarks, previous_xy=begin)
    return Look(
        infer(model, dataset.train, binarise=binarise, xy=xy),
        _neighbours_agree(directions, dataset.train.labels),
        _accuracy(model, dataset.test, recipe),
    )


def _accuracy(model: SSVAE, split: Split, recipe: Recipe) -> float:
    told = look(model, split.images, binarise=recipe.data.binarise).prediction.classes
    return float((told == split.labels).float().mean())


def _neighbours_agree(directions: Tensor, labels: Tensor) -> float:
    """Return the share of unit vectors [N, F] whose nearest other one has the same label."""
    agree = []
    for rows in torch.arange(len(directions)).split(1000):
        near = directions[rows] @ directions.T
        near[torch.arange(len(rows)), rows] = -torch.inf
        agree.append(labels[near.argmax(1)] == labels[rows])
    return float(torch.cat(agree).float().mean())


def _save(
    folder: Path,
    model: SSVAE,
    dataset: Dataset,
    recipe: Recipe,
    seen: Look,
    given: Tensor,
    rows: Tensor,
) -> None:
    """Write a stage as a checkpoint, in place of an earlier showcase's."""
    labelled = bool((given >= 0).any())
    metrics: dict[str, Any] = {"num_labels": int((given >= 0).sum())}
    if labelled:
        metrics["test_accuracy"] = seen.accuracy
    # The map that the labeler shows is the one that was drawn.
    features = look(model, dataset.train.images, binarise=recipe.data.binarise).features
    fit_chart(model, features, torch.from_numpy(seen.said.tsne), tsne=False)
    atlas = build_atlas(model, dataset, recipe, given=given if labelled else None)
    if atlas.rows is not None:
        atlas = dataclasses.replace(atlas, rows=rows[atlas.rows.long()].to(torch.int32))
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
    if folder.exists():
        remove_folder(folder)
    save_checkpoint(folder, config, model, atlas)


def _numbers(
    looks: Sequence[Look], given: Tensor, course: Course, dataset: str, seconds: float
) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "images": len(given),
        "labels": int((given >= 0).sum()),
        "epochs": [course.unlabelled_epochs, course.labelled_epochs],
        "seconds": round(seconds, 1),
        "nearest_neighbour_same_class": [round(seen.neighbours, 4) for seen in looks],
        "test_accuracy": [round(seen.accuracy, 4) for seen in looks],
    }
