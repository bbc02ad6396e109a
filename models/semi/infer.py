"""Everything a model says of one split of a data set, as plain arrays in one file.

Shapes: N examples, C channels, H height, W width, D latent dimensions.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.atomic import publish_file
from models.checkpoint import Checkpoint
from models.data import Split
from models.preprocessing import Binarise, as_seen
from models.semi.layout import EXACT, project_2d
from models.semi.outputs import fast, look
from models.ssvae import SSVAE
from models.vae import VAE

__all__ = ["Inferred", "SplitName", "infer", "no_classifier", "write_inferred"]

CHUNK = 1000
SplitName = Literal["train", "test"]
Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Inferred:
    """The arrays of one split; row i is everywhere the same example, the i-th of the split."""

    input: Array
    """uint8 [N, C, H, W]: what the model saw, 0..255; float32 [N, C] of a table"""
    latent: Array
    """float32 [N, D], posterior means"""
    tsne: Array
    """float32 [N, 2]: a t-SNE of `latent` begun from its principal components; of more than 10,000
    rows the others lie among their nearest. `latent` itself if it has two columns."""
    reconstructed: Array
    """uint8 [N, C, H, W], the mean of p(x | latent); float32 [N, C] of a table"""
    labels: Array
    """int64 [N], true classes; -1 is unknown"""
    pred_classes: Array
    """int64 [N]; -1 from a model without a classifier"""
    pred_certainty: Array
    """float32 [N] in 0..1, the probability of the class told; NaN without a classifier"""

    def arrays(self) -> dict[str, Array]:
        """Return every array under its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def infer(
    model: VAE,
    split: Split,
    *,
    binarise: Binarise = "none",
    seed: int = 0,
    landmarks: int = EXACT,
    previous: Array | None = None,
    xy: Tensor | None = None,
    progress: Callable[[str], None] = lambda stage: None,
) -> Inferred:
    """Return everything a model says of a split.

    Args:
        model: Any model of pictures of that shape, in eval mode.
        split: The examples, with their true labels.
        binarise: How the model was trained to see pictures.
        seed: Of the t-SNE.
        landmarks: Examples that t-SNE looks at; the others lie among their nearest.
        previous: Where it begins in place of the principal components, float32 [N, 2].
        xy: Positions [N, 2] to take in place of a t-SNE.
        progress: Told what is done next.
    """
    progress("encoding")
    outputs = look(model, split.images, binarise=binarise)
    progress("reconstructing")
    seen, decoded = _pictures(model, split.images, outputs.mu, binarise)
    if xy is None:
        progress("projecting")
        xy = _in_the_plane(outputs.mu, seed, landmarks, previous)
    told = outputs.prediction
    knows = isinstance(model, SSVAE)
    return Inferred(
        input=seen.numpy(),
        latent=outputs.mu.numpy(),
        tsne=xy.numpy(),
        reconstructed=decoded.numpy(),
        labels=split.labels.cpu().numpy(),
        pred_classes=(told.classes if knows else torch.full_like(told.classes, -1)).numpy(),
        pred_certainty=(
            told.certainty if knows else torch.full_like(told.certainty, torch.nan)
        ).numpy(),
    )


def no_classifier(checkpoint: Checkpoint) -> str | None:
    """Return what is to be said of a checkpoint that tells no classes; None of one that does."""
    if isinstance(checkpoint.model, SSVAE):
        return None
    return (
        f"{checkpoint.name} has no classifier: pred_classes is -1 and pred_certainty NaN "
        "throughout."
    )


def write_inferred(path: Path, inferred: Inferred) -> int:
    """Write the arrays as one compressed `.npz` and return its size in bytes.

    Raises:
        OSError: The write failed; what was at `path` is intact.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            plain: dict[str, Any] = inferred.arrays()
            np.savez_compressed(file, **plain)
            size = file.tell()
        publish_file(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return size


def _pictures(model: VAE, images: Tensor, mu: Tensor, binarise: Binarise) -> tuple[Tensor, Tensor]:
    device = next(model.parameters()).device
    seen, decoded = [], []
    with fast(device):
        for rows in torch.arange(len(images)).split(CHUNK):
            seen.append(_bytes(as_seen(images[rows], binarise)))
            decoded.append(_bytes(model.decode(mu[rows].to(device))))
    return torch.cat(seen), torch.cat(decoded)


def _bytes(x: Tensor) -> Tensor:
    if x.dim() == 2:
        return x.float().cpu()
    return x.float().clamp(0, 1).mul(255).round().to(torch.uint8).cpu()


def _in_the_plane(codes: Tensor, seed: int, landmarks: int, previous: Array | None) -> Tensor:
    if codes.shape[1] == 1:
        return torch.cat([codes, torch.zeros_like(codes)], dim=1)
    begin = None if previous is None else torch.from_numpy(previous)
    return project_2d(codes, seed, most=landmarks, previous_xy=begin)
