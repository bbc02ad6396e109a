"""What a figure needs of a checkpoint: examples, their codes, pictures, and words for its classes.

Shapes: N examples, D latent dimensions, C channels, H height, W width.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from models.checkpoint import Checkpoint
from models.data import Dataset
from models.figures.sheet import bytes_of
from models.latent.atlas import balanced_first
from models.latent.parts import Parts
from models.preprocessing import as_seen

__all__ = [
    "ClassWords",
    "Examples",
    "class_words",
    "decoded",
    "encoded",
    "examples_of",
    "part_name",
]

CHUNK = 256


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Pictures to reconstruct, and to traverse around."""

    images: Tensor
    """uint8 [N, C, H, W]"""
    captions: tuple[str, ...]
    """The class of each, or nothing at all"""
    source: str
    """What they are, as the beginning of a sentence"""


def examples_of(checkpoint: Checkpoint, dataset: Dataset | None, count: int = 25) -> Examples:
    """Choose pictures of all classes: held-out ones, or those that the atlas keeps.

    Raises:
        ValueError: There is no data set, and the checkpoint keeps no pictures.
    """
    names = checkpoint.config.class_names
    if dataset is not None:
        rows = balanced_first(dataset.test.labels.cpu(), count, 0)[:count]
        images, labels = dataset.test.images[rows].cpu(), dataset.test.labels[rows].cpu()
        source, names = f"Held-out pictures of {dataset.name}", dataset.class_names
    elif checkpoint.atlas is not None and len(checkpoint.atlas.thumbnails):
        images = checkpoint.atlas.thumbnails[:count]
        labels = checkpoint.atlas.labels[:count]
        # Not always of the data: what may not be passed on is replaced by what the model draws.
        source = "Pictures that the checkpoint keeps"
    else:
        raise ValueError(
            f"Checkpoint '{checkpoint.name}' keeps no pictures, and its data set is not here; "
            f"name one with --dataset."
        )
    order = labels.long().argsort(stable=True)
    known = bool((labels >= 0).all()) and bool(names)
    captions = tuple(names[int(label)] for label in labels[order]) if known else ()
    return Examples(images[order].contiguous(), captions, source)


@dataclass(frozen=True, slots=True)
class ClassWords:
    """How the classes of one discrete part are called."""

    names: tuple[str, ...]
    """What each of them mostly is in the data, or its number where nobody knows"""
    rows: tuple[str, ...]
    """The same as the head of a row"""
    details: tuple[str, ...]
    """What stands below that"""


def class_words(checkpoint: Checkpoint) -> tuple[ClassWords, ...]:
    """Return what each class of each discrete part means, by the card's `code_classes`."""
    parts = Parts.of(checkpoint.config.model)
    said = checkpoint.config.metrics.get("code_classes")
    found = []
    for part, classes in enumerate(parts.discrete):
        meant = said[part] if isinstance(said, list) and part < len(said) else None
        known = isinstance(meant, list) and len(meant) == classes
        meanings = [
            _meaning(checkpoint, meant[k]) if known and meant else "" for k in range(classes)
        ]
        numbers = [f"{part_name(parts, part)} = {k}" for k in range(classes)]
        both = list(zip(meanings, numbers, strict=True))
        found.append(
            ClassWords(
                names=tuple(meaning or number for meaning, number in both),
                rows=tuple(f"mostly {meaning}" if meaning else number for meaning, number in both),
                details=tuple(number if meaning else "" for meaning, number in both),
            )
        )
    return tuple(found)


def _meaning(checkpoint: Checkpoint, index: object) -> str:
    names = checkpoint.config.class_names
    return names[index] if isinstance(index, int) and 0 <= index < len(names) else ""


@torch.inference_mode()
def decoded(checkpoint: Checkpoint, z_ND: Tensor) -> Tensor:
    """Return what codes decode to, uint8 [N, C, H, W], on the CPU."""
    device = next(checkpoint.model.parameters()).device
    parts = [bytes_of(checkpoint.model.decode(z.to(device))) for z in z_ND.split(CHUNK)]
    return torch.cat(parts)


@torch.inference_mode()
def encoded(checkpoint: Checkpoint, images: Tensor) -> Tensor:
    """Return the likeliest codes [N, D] of pictures uint8 [N, C, H, W], on the CPU."""
    device = next(checkpoint.model.parameters()).device
    seen = as_seen(images, checkpoint.config.data.binarise)
    found = [checkpoint.model.encode(x.to(device)).typical().cpu() for x in seen.split(CHUNK)]
    return torch.cat(found)


def part_name(parts: Parts, part: int) -> str:
    """Return what a discrete part is called."""
    return "c" if len(parts.discrete) == 1 else f"c{part + 1}"
