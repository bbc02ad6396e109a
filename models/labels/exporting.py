"""What a label project has come to, as files: codes and classes of every picture, figures.

Shapes: N samples, M pictures that are here.
"""

from __future__ import annotations

import io
import zipfile
from typing import IO, Any

import numpy as np
import torch

from models.data import Split
from models.labels.desk import Desk
from models.labels.errors import LabelError
from models.labels.sight import Sight
from models.semi import figures
from models.semi.canvas import Stage
from models.semi.infer import infer

__all__ = ["figures_zip", "write_latent"]

LANDMARKS = 2500
DRAWN = 12_000
"""Pictures that a figure shows; more would hide each other"""


def write_latent(desk: Desk, file: IO[bytes]) -> None:
    """Write what the model says of every picture as a compressed `.npz` of plain arrays.

    They are those of `models.semi.infer.Inferred`. Beside them lie `given`, int16 [M], the labels
    given (-1: none), and `rows`, int64 [M], which samples the pictures are.
    """
    sight, pictures = _whole(desk), desk.pictures
    truth = np.full(len(pictures), -1) if pictures.truth is None else pictures.truth
    said = infer(
        sight.model.model,
        Split(images=pictures.images, labels=torch.from_numpy(truth.astype(np.int64))),
        binarise=sight.model.data.binarise,
        landmarks=LANDMARKS,
        previous=sight.view.xy.numpy(),
    )
    beside = {"given": desk.labels(), "rows": pictures.rows}
    arrays: dict[str, Any] = said.arrays() | beside
    np.savez_compressed(file, **arrays)


def figures_zip(desk: Desk) -> bytes:
    """Draw the map and what is told on it, and return a zip of pictures."""
    sight, pictures, project = _whole(desk), desk.pictures, desk.project
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    some = order[:DRAWN].sort().values
    at = some.numpy()
    given = desk.labels()
    certainty, classes = (part.numpy() for part in sight.told.probabilities[some].max(1))
    known = pictures.truth is not None and bool((pictures.truth >= 0).any())
    coloured = pictures.truth[at].astype(np.int64) if pictures.truth is not None else classes
    count = int((given >= 0).sum())
    stage = Stage(
        project.name,
        f"{len(at):,} pictures of {project.dataset}, {count:,} of {len(pictures):,} labelled",
        sight.view.xy[some].numpy(),
        coloured,
        project.class_names,
        given=np.flatnonzero(given[at] >= 0),
    )
    images = pictures.images[some]
    drawn = {"map.png": figures.latent(stage)}
    drawn["reconstructions.png"] = figures.reconstructions(
        images.numpy(),
        _reconstructed(desk, some),
        coloured,
        project.class_names,
        title="Pictures, and what the latent space keeps of them",
        sentence=f"{sight.view.mu.shape[1]} numbers a picture",
    )
    if sight.told.how != "nothing":
        drawn["certainty.png"] = figures.certainty(stage, classes, certainty, images.numpy())
        if known:
            drawn["predictions.png"] = figures.predictions(stage, classes)
    return _zipped(drawn)


def _whole(desk: Desk) -> Sight:
    if not desk.looking.whole:
        raise LabelError(f"{desk.sentence} Ask again after that.")
    return desk.sight


@torch.inference_mode()
def _reconstructed(desk: Desk, rows: torch.Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
    model = desk.sight.model.model
    decoded = [
        model.decode(part).mul(255).round().byte() for part in desk.sight.view.mu[rows].split(1000)
    ]
    return torch.cat(decoded).numpy()


def _zipped(files: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:  # PNGs are packed already.
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()
