"""Held-out examples to look at: the test split of a data set that is on this machine already.

The name of a data set may come from a config of somebody else's. So only data sets that the studio
knows are looked for, no folder of one's own, and no sentence tells where anything lies.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from models.data.catalogue import DATASETS, load_as
from models.data.dataset import DataError, Split
from models.data.faces.attributes import ATTRIBUTES
from models.data.faces.synthetic import SIDE, draw_test_faces
from models.data.places import published_celeba
from models.data.resize import resize
from models.data.state import dataset_state

__all__ = ["HeldOut", "has_held_out", "load_held_out"]

LOG = logging.getLogger(__name__)

MOST = 2000
"""Examples that are kept: the first of a larger test split"""
DRAWN = 240
"""Faces that are drawn, which takes a second or two"""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """Examples that no training saw, with the names of their attributes."""

    split: Split
    attribute_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.split)

    def attributes_of(self, row: int) -> dict[str, int]:
        """Return the known attributes of a row, each 1 or 0."""
        if self.split.attributes is None:
            return {}
        values = self.split.attributes[row].tolist()
        found = zip(self.attribute_names, values, strict=True)
        return {name: value for name, value in found if value >= 0}


def has_held_out(name: str, workspace: Path | None = None) -> bool:
    """Whether a data set's test split can be had without a download; nothing is read.

    Of CelebA as published that takes its official splits, and pictures that a training has gathered
    already: there are 200,000 files.
    """
    if name not in DATASETS or dataset_state(name, workspace).state not in ("present", "built-in"):
        return False
    published = published_celeba(workspace) if name == "celeba" else None
    if published is None:
        return True
    celeba, cache = published
    return celeba.partition is not None and any(cache.glob("*.npy"))


def load_held_out(
    name: str,
    shape: tuple[int, ...],
    *,
    workspace: Path | None = None,
    validation: int | None = None,
) -> HeldOut:
    """Load the beginning of a data set's test split for a model of a shape; never a download.

    Args:
        name: The data set, a key of `DATASETS`.
        shape: C, H and W of the model's pictures.
        workspace: The studio's folder; `./workspace` if None.
        validation: How many were held out of the training besides, where that decides on the rest.

    Raises:
        DataError: It is not on this machine, it is damaged, or it holds no such pictures. The
            message names no folder; the log does.
    """
    if not has_held_out(name, workspace):
        known = name if name in DATASETS else "a folder of pictures, or of data that is not known"
        raise DataError(f"There are no held-out examples of {known} on this machine.")
    try:
        found = _load(name, shape, workspace, validation)
    except DataError as error:
        LOG.warning("No held-out examples of %s: %s", name, error)
        raise DataError(
            f"The held-out examples of {name} are damaged, or they do not fit the shape of this "
            "model's pictures; the studio's log says which."
        ) from error
    if found is None:
        raise DataError(f"{name} holds out no examples for a test, or they were not gathered yet.")
    return found


def _load(
    name: str, shape: tuple[int, ...], workspace: Path | None, validation: int | None
) -> HeldOut | None:
    square = shape[0] == 3 and len(set(shape[1:])) == 1
    if name == "faces-synthetic" and square:
        split = draw_test_faces(DRAWN)
        if shape[-1] != SIDE:
            split = Split(
                images=resize(split.images, shape[-1]),
                labels=split.labels,
                attributes=split.attributes,
            )
        return HeldOut(split, ATTRIBUTES)
    published = published_celeba(workspace) if name == "celeba" else None
    if published is not None:
        celeba, cache = published
        if not square:
            raise DataError(f"celeba has square pictures in colour, and the model takes {shape}.")
        official = celeba.official_test(side=shape[-1], cache=cache, most=MOST)
        return None if official is None else HeldOut(*official)
    dataset = load_as(name, shape, workspace=workspace, validation=validation, download=False)
    some = dataset.test.take(slice(MOST))
    if not len(some):
        return None
    # A copy lets go of the training split, which is most of the memory.
    own = Split(
        images=some.images.clone(),
        labels=some.labels.clone(),
        attributes=None if some.attributes is None else some.attributes.clone(),
    )
    return HeldOut(own, dataset.attribute_names)
