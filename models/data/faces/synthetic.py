"""`faces-synthetic`: 12,000 drawn faces that need no download, with exact attributes.

Drawing them takes a minute, so the pictures are kept in the workspace; parameters and attributes
are drawn anew each time.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.atomic import write_file
from models.data.dataset import DataError, Dataset, Split
from models.data.faces.attributes import ATTRIBUTES, face_attributes
from models.data.faces.parameters import FaceParameters
from models.data.faces.population import draw_people
from models.data.faces.render import render_faces
from models.data.progress import progress

__all__ = ["SIDE", "draw_test_faces", "load_synthetic"]

LOG = logging.getLogger(__name__)

COUNT, TEST = 12_000, 2_000
SIDE = 64
SEED = 0
PROBES = 24


def load_synthetic(
    folder: Path, *, validation: int, count: int = COUNT, test: int = TEST
) -> Dataset:
    """Load the drawn faces, or draw them.

    Args:
        folder: Where their pictures are kept.
        validation: How many of the last rows before the test split are held out.
        count: How many faces there are.
        test: How many of the last rows are the test split.

    Raises:
        DataError: `validation` is no share of the train split.
    """
    first, second = count - test - validation, count - test
    if validation < 0 or first < 1:
        raise DataError(
            f"validation={validation} does not fit faces-synthetic; choose 0 to {second - 1:,} of "
            f"its {second:,} train pictures."
        )
    people = draw_people(count, SEED)
    whole = Split(
        images=_images(folder / f"faces-{count}.npy", people),
        labels=torch.full((count,), -1),
        attributes=face_attributes(people),
    )
    return Dataset(
        name="faces-synthetic",
        train=whole.take(slice(first)),
        validation=whole.take(slice(first, second)),
        test=whole.take(slice(second, None)),
        class_names=(),
        attribute_names=ATTRIBUTES,
        source=f"{count:,} faces drawn by models.data.faces (seed {SEED})",
        terms="CC0 1.0; drawn, nobody's faces",
    )


def draw_test_faces(count: int) -> Split:
    """Draw the first faces of the test split alone, which takes a second for some hundreds.

    Args:
        count: How many, at most as many as there are.
    """
    people = draw_people(COUNT, SEED).take(slice(COUNT - TEST, COUNT - TEST + min(count, TEST)))
    return Split(
        images=render_faces(people, SIDE),
        labels=torch.full((len(people),), -1),
        attributes=face_attributes(people),
    )


def _images(path: Path, people: FaceParameters) -> Tensor:
    kept = _kept(path, people)
    if kept is not None:
        return kept
    with progress("Drawing faces", len(people)) as advance:
        images = render_faces(people, SIDE, advance)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        np.save(content, images.numpy(), allow_pickle=False)
        write_file(path, content.getvalue())
    except OSError as error:
        LOG.warning("The faces cannot be kept in %s (%s).", path.parent, error.strerror)
    return images


def _kept(path: Path, people: FaceParameters) -> Tensor | None:
    """The pictures of an earlier time, if they are what would be drawn today.

    Some are drawn again and compared, so that no change of the drawing leaves old pictures behind.
    """
    try:
        images_NCHW = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if images_NCHW.dtype != np.uint8 or images_NCHW.shape != (len(people), 3, SIDE, SIDE):
        return None
    rows = torch.linspace(0, len(people) - 1, min(PROBES, len(people))).long()
    fresh = render_faces(people.take(rows), SIDE)
    # Processors round the last bit of a sine differently.
    if (fresh.int() - torch.from_numpy(images_NCHW[rows.numpy()]).int()).abs().max() > 2:
        return None
    return torch.from_numpy(np.array(images_NCHW))
