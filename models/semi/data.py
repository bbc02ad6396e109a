"""A data set as a person has labelled it: what is not said here cannot be learned from.

Shapes: N training examples.
"""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor

from models.data import Dataset, Split

__all__ = ["UNLABELLED", "as_labels", "drawn_labels", "labelled_split"]

UNLABELLED = -1


def labelled_split(dataset: Dataset, labels: Tensor) -> Dataset:
    """Return a data set whose training labels are a person's, and which knows no other ones.

    Args:
        dataset: The data set.
        labels: Integers [N] for its training split, -1 where no label was given.

    Raises:
        ValueError: There is not one label an example, or one is no class.
    """
    count, classes = len(dataset.train), len(dataset.class_names)
    given = as_labels(labels, count)
    if int(given.max()) >= max(1, classes):
        raise ValueError(f"Label {int(given.max())} is no class; there are {classes}.")
    return dataclasses.replace(
        dataset,
        train=dataclasses.replace(dataset.train, labels=given),
        validation=_without(dataset.validation),
        test=_without(dataset.test),
    )


def _without(split: Split) -> Split:
    return dataclasses.replace(split, labels=torch.full_like(split.labels, UNLABELLED))


def as_labels(labels: Tensor, count: int) -> Tensor:
    """Return labels as int64 [N] with -1 for those that are missing: NaN, or below 0.

    Raises:
        ValueError: There are not `count` of them, or one is no whole number.
    """
    if labels.shape != (count,):
        raise ValueError(f"There must be {count:,} labels, one an example, not {len(labels):,}.")
    if labels.is_floating_point():
        labels = labels.nan_to_num(UNLABELLED)
        if not torch.equal(labels, labels.round()):
            raise ValueError("Labels must be whole numbers, or NaN where there is none.")
    return labels.to(torch.int64).clamp(min=UNLABELLED)


def drawn_labels(labels: Tensor, per_class: int, seed: int) -> Tensor:
    """Return the labels of a few examples of each class, drawn by a seed, and -1 elsewhere.

    Args:
        labels: True labels int64 [N].
        per_class: Examples of each class.
        seed: Draws them.
    """
    given = torch.full_like(labels, UNLABELLED)
    generator = torch.Generator().manual_seed(1000 + seed)
    for label in range(int(labels.max()) + 1):
        members = (labels == label).nonzero().squeeze(1)
        chosen = members[torch.randperm(len(members), generator=generator)[:per_class]]
        given[chosen] = label
    return given
