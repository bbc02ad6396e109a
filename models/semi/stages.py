"""The figures of a model's stages, and what is said in them.

Shapes: N images.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from models.semi import figures
from models.semi.canvas import Stage
from models.semi.infer import Inferred

__all__ = ["Course", "Look", "stage_figures"]


@dataclass(frozen=True, slots=True)
class Course:
    """How long a showcase trains."""

    recipe: str
    """The recipe whose model and training it takes over"""
    unlabelled_epochs: int
    """Without labels"""
    labelled_epochs: int
    """With them"""
    landmarks: int = 5000
    """Examples that t-SNE looks at"""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A model at one stage, looked at."""

    said: Inferred
    """Of the training images, true labels included; `tsne` is of the features"""
    neighbours: float
    """Share of images whose nearest neighbour, by its features, has the same class"""
    accuracy: float
    """Share of the test images whose class is told right"""


def stage_figures(
    looks: Sequence[Look], class_names: tuple[str, ...], given: Tensor, course: Course
) -> dict[str, bytes]:
    """Draw three stages.

    Args:
        looks: Untrained, trained without labels, trained with them.
        class_names: One a class.
        given: The labels given, int64 [N]; -1 is none.
        course: How long was trained.

    Returns:
        File name to PNG.
    """
    first, second, third = looks
    count = f"{len(third.said.labels):,} images"
    few = int((given >= 0).sum())
    titles = (
        "1  Untrained",
        "2  Trained without labels",
        f"3  Trained with {few} labels",
    )
    sentences = (
        _kept_together(first),
        _kept_together(second),
        f"{100 * third.accuracy:.1f} % of unseen images told right",
    )
    before = (
        "Random weights",
        f"{course.unlabelled_epochs} epochs without a label",
        f"{course.labelled_epochs} epochs more, with {few} labels",
    )
    stages = [
        Stage(title, sentence, seen.said.tsne, seen.said.labels, class_names)
        for title, sentence, seen in zip(titles, sentences, looks, strict=True)
    ]
    stages[2] = dataclasses.replace(stages[2], given=(given >= 0).nonzero()[:, 0].numpy())
    drawn = {
        f"stage{number}_latent.png": figures.latent(
            dataclasses.replace(stage, sentence=f"{how} · {count} · {stage.sentence}")
        )
        for number, (stage, how) in enumerate(zip(stages, before, strict=True), 1)
    }
    drawn["stage2_recon.png"] = figures.reconstructions(
        second.said.input,
        second.said.reconstructed,
        second.said.labels,
        class_names,
        title="Pictures, and what the latent space keeps of them",
        sentence=f"{before[1]} · {second.said.latent.shape[1]} numbers a picture",
    )
    drawn |= _told(third, class_names, few)
    drawn["comparison.png"] = figures.comparison(
        stages,
        f"From nothing to {100 * third.accuracy:.1f} % with {few} labels",
        f"The features of {count}, laid flat by t-SNE and coloured by their true class",
    )
    return drawn


def _told(seen: Look, class_names: tuple[str, ...], few: int) -> dict[str, bytes]:
    """Draw what classes are told, and how certainly."""
    said = seen.said
    sentence = (
        f"{100 * seen.accuracy:.1f} % of unseen images are told right; drawn are "
        f"{len(said.labels):,} images of which {few} were labelled"
    )
    stage = Stage("What is told", sentence, said.tsne, said.labels, class_names)
    sure = dataclasses.replace(stage, title="How certain it is")
    told, certain = said.pred_classes, said.pred_certainty
    return {
        "stage3_predictions.png": figures.predictions(stage, told),
        "stage3_certainty.png": figures.certainty(sure, told, certain, said.input),
    }


def _kept_together(seen: Look) -> str:
    return f"the nearest neighbour of {100 * seen.neighbours:.1f} % has the same class"
