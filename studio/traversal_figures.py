"""Grids of traversals as pictures to keep, with titles and values.

Shapes: D latent dimensions, N pictures, H and W height and width, C channels.
"""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.checkpoint import Checkpoint
from models.figures import all_traversals, classes_by_continuous, plane
from models.figures.checkpoint import Range
from models.figures.examples import class_words
from models.latent.information import Information
from models.latent.parts import Parts
from models.latent.traversals import every_row
from studio.traversal_requests import Span, View, named, part_names

__all__ = ["grid_figure"]


def grid_figure(
    checkpoint: Checkpoint, z_D: Tensor, view: View, of: str, span: Span, images: np.ndarray
) -> bytes:
    """Return a grid as a PNG file.

    Args:
        checkpoint: Whose grid it is.
        z_D: What it goes through.
        view: What kind of grid.
        of: The parts that change.
        span: How far.
        images: What its codes decode to, uint8 [N, H, W, C].
    """
    shown = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
    figure = _figure(checkpoint, z_D, view, of, span, shown)
    buffer = io.BytesIO()
    figure.save(buffer, "PNG")
    return buffer.getvalue()


def _figure(
    checkpoint: Checkpoint, z_D: Tensor, view: View, of: str, span: Span, shown_NCHW: Tensor
) -> Image.Image:
    parts = Parts.of(checkpoint.config.model)
    asked, names, words = named(of, parts), part_names(parts), class_words(checkpoint)
    ends = Range(low=span.low, high=span.high, steps=span.steps, spacing=span.spacing).words
    if view == "plane":
        across, up = (names[index] for index in asked)
        title, told = f"{checkpoint.name}: {across} and {up}", f"Both go {ends}."
        return plane(shown_NCHW, span.places(), (across, up), title=title, sentence=told)
    if view == "classes":
        part, name = asked[0] - parts.continuous, names[asked[1]]
        return classes_by_continuous(
            shown_NCHW,
            span.places(),
            words[part].rows,
            name,
            title=f"{checkpoint.name}: each class of {names[asked[0]]}, and {name}",
            sentence=f"A row is a class; in it {name} goes {ends}.",
            details=words[part].details,
        )
    told_of = Information.of(parts, checkpoint.config.metrics, checkpoint.atlas)
    steps = (span.low, span.high, span.steps, span.spacing)
    rows = {row.title: row for row in every_row(z_D, parts, told_of, *steps)}
    chosen = [rows[names[index]] for index in asked]
    alone = all(index >= parts.continuous for index in asked)
    way = "through its classes" if alone else ends
    return all_traversals(
        chosen,
        shown_NCHW.split([len(row.codes) for row in chosen]),
        title=f"{checkpoint.name}: traversals",
        sentence=f"One part of the code changes in each row, {way}; the others stand still.",
        class_names=[part.names for part in words],
    )
