"""The pictures of a project, in memory: all of its data set, or those that its checkpoint keeps.

Shapes: N samples of the project, M pictures that are here, C channels, H height, W width.
"""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from models.data import DataError, Dataset, load_as
from models.labels.errors import LabelError
from models.labels.project import Project
from models.registry import Registry

__all__ = ["Pictures", "find_pictures", "load_dataset"]

_LOADED: weakref.WeakValueDictionary[tuple[object, ...], Pictures] = weakref.WeakValueDictionary()
_LOADING = threading.Lock()


# No slots: `cached_property` keeps the positions in the instance's dictionary.
@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a project that are here."""

    images: Tensor
    """uint8 [M, C, H, W]"""
    rows: NDArray[np.int64]
    """int64 [M]: which of the N samples they are, each at most once"""
    samples: int
    """N"""
    truth: NDArray[np.int16] | None
    """int16 [M]: true classes, -1 unknown; None where none is known"""
    sentence: str
    """What they are"""

    def __len__(self) -> int:
        return len(self.images)

    @property
    def all_here(self) -> bool:
        """Whether every sample has its picture."""
        return len(self) == self.samples

    @cached_property
    def positions(self) -> NDArray[np.int64]:
        """Where each sample's picture is, int64 [N]; -1 for one that is not here."""
        found = np.full(self.samples, -1, np.int64)
        found[self.rows] = np.arange(len(self.rows))
        return found

    def at(self, sample: int) -> int:
        """Return where a sample's picture is.

        Raises:
            LabelError: There is no such sample, or its picture is not here.
        """
        if not 0 <= sample < self.samples:
            raise LabelError(
                f"There is no sample {sample}; they are numbered 0 to {self.samples - 1}."
            )
        position = int(self.positions[sample])
        if position < 0:
            raise LabelError(f"The picture of sample {sample} is not on this machine.")
        return position

    def spread(self, values: NDArray[np.uint8], absent: int) -> NDArray[np.uint8]:
        """Return values of pictures [M] as values of samples [N]."""
        if self.all_here:
            return values
        found = np.full(self.samples, absent, np.uint8)
        found[self.rows] = values
        return found


def find_pictures(project: Project, registry: Registry, shape: tuple[int, ...]) -> Pictures:
    """Return a project's pictures; of one data set they are in memory once for all projects.

    Args:
        project: The project.
        registry: Has the checkpoint that it began from, whose atlas may keep some pictures, and the
            workspace, where data sets may lie.
        shape: (C, H, W) that the model takes.

    Raises:
        LabelError: The data set is another than the project was made for.
        DataError: There are no pictures; one sentence on what to put where.
    """
    workspace = registry.workspace
    key = (str(workspace), project.dataset, shape, project.rows)
    with _LOADING:
        if (known := _LOADED.get(key)) is not None:
            return known
        try:
            dataset = load_dataset(project.dataset, workspace, shape)
        except DataError:
            if kept := _kept_pictures(project, registry):
                return kept
            raise
        found = _of_dataset(project, dataset)
        _LOADED[key] = found
        return found


def load_dataset(name: str, workspace: Path, shape: tuple[int, ...]) -> Dataset:
    """Load a project's data set, nothing of its training split held out.

    Raises:
        DataError: It is not here, or its pictures do not fit; nothing is downloaded.
    """
    return load_as(name, shape, workspace=workspace, validation=0, download=False)


def _of_dataset(project: Project, dataset: Dataset) -> Pictures:
    count = len(dataset.train)
    if count != project.rows:
        raise LabelError(
            f"The data set {project.dataset} has {count:,} training pictures now, and the project "
            f"'{project.name}' was made for {project.rows:,}; put the old ones back."
        )
    labels = dataset.train.labels
    known = bool((labels >= 0).any())
    return Pictures(
        dataset.train.images,
        np.arange(count),
        count,
        labels.numpy().astype(np.int16) if known else None,
        f"All {count:,} training pictures of {project.dataset}.",
    )


def _kept_pictures(project: Project, registry: Registry) -> Pictures | None:
    """Return the pictures in the atlas of a project's checkpoint, if it tells which they are."""
    if project.checkpoint is None:
        return None
    checkpoint = registry.open(project.checkpoint, "cpu")
    atlas = checkpoint.atlas
    rows = getattr(atlas, "rows", None)
    if atlas is None or rows is None or checkpoint.config.data.dataset != project.dataset:
        return None
    count = len(atlas.thumbnails)
    which = rows[:count].numpy().astype(np.int64)
    if not count or len(np.unique(which)) < count or which.min() < 0 or which.max() >= project.rows:
        return None
    return Pictures(
        atlas.thumbnails,
        which,
        project.rows,
        atlas.labels[:count].numpy().astype(np.int16),
        f"{project.dataset} is not on this machine, so these are the {count:,} of its "
        f"{project.rows:,} training pictures that {checkpoint.name} keeps.",
    )
