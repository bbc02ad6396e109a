"""From stored bytes to what a model sees. The choice is part of a checkpoint's configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from pydantic import ConfigDict
from torch import Tensor

from models.share import WHOLE, Share

__all__ = ["Binarise", "DataConfig", "as_seen", "binarised", "prepare", "to_unit"]

LONGEST_NAME = 64
Binarise = Literal["none", "threshold", "min-max", "dynamic"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DataConfig:
    """Which data a model is trained on, and how they are prepared."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    dataset: str = "mnist"
    """Name of the data set, as `python -m models data list` shows it."""
    binarise: Binarise = "dynamic"
    """Keep grey values, cut them at 0.5, cut them half-way between a picture's darkest and lightest
    pixel, or draw every pixel anew each time it is seen."""
    validation: int = 0
    """Training examples held out to watch over training."""
    label_column: str = ""
    """Column of a table of one's own that names each row's class; no class is ever learned from."""
    normal_class: str = ""
    """Learn only from a table's rows of this class, to find the others unusual; empty for all."""

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Fields that have no part in reading this data set."""
        if self.dataset.startswith("table:"):
            return ("binarise",)
        if self.dataset in ("iris", "wine"):
            return ("binarise", "label_column")
        return ("label_column", "normal_class")

    def __post_init__(self) -> None:
        """Check the size of the validation set, and the length of names."""
        if self.validation < 0:
            raise ValueError(f"validation must be 0 or more examples, not {self.validation}.")
        for name in ("label_column", "normal_class"):
            if len(getattr(self, name)) > LONGEST_NAME:
                raise ValueError(f"{name} must have at most {LONGEST_NAME} characters.")


def to_unit(images: Tensor) -> Tensor:
    """Return uint8 images as float32 in [0, 1]; a table's rows (float32) as they are."""
    if images.is_floating_point():
        return images
    return images.to(torch.float32).div_(255)


def prepare(
    images: Tensor,
    mode: Binarise,
    generator: torch.Generator | None = None,
    share: Share = WHOLE,
) -> Tensor:
    """Return uint8 images as the float32 examples that a model is trained on.

    A table's rows (float32) are scaled by the model, and come back as they are.

    Drawing every pixel anew at each sight is dynamic binarisation: On the Quantitative Analysis of
    Deep Belief Networks (Salakhutdinov and Murray, 2008).

    Args:
        images: uint8, any shape.
        mode: Grey values in [0, 1], those cut at 0.5, or half-way between the darkest and lightest
            pixel of the picture, or draws of Bernoulli(image / 255).
        generator: Source of the draws, on the device of `images`.
        share: Which rows of a batch `images` are.
    """
    if mode == "none" or images.is_floating_point():
        return to_unit(images)
    if mode == "threshold":
        return (images > 127).to(torch.float32)
    if mode == "min-max":
        return binarised(to_unit(images), mode)

    # Bytes are drawn faster than floats: of the 255 values 0..254, `image` lie below `image`.
    def draw(rows: int) -> Tensor:
        return images.new_empty((rows, *images.shape[1:])).random_(0, 255, generator=generator)

    return (share.draw(draw, len(images)) < images).to(torch.float32)


def binarised(x: Tensor, mode: Binarise, generator: torch.Generator | None = None) -> Tensor:
    """Return pictures in [0, 1], [B, ...], prepared as `prepare` would prepare their bytes."""
    if mode == "none":
        return x
    if mode == "dynamic":
        return torch.empty_like(x).uniform_(generator=generator).lt(x).to(x.dtype)
    if mode == "min-max":
        flat = x.flatten(1)
        darkest, lightest = flat.amin(1, keepdim=True), flat.amax(1, keepdim=True)
        return (2 * flat > darkest + lightest).to(x.dtype).view_as(x)
    return (x > 0.5).to(x.dtype)


def as_seen(images: Tensor, mode: Binarise) -> Tensor:
    """Return uint8 pictures [B, ...] as a model looks at them that was trained on `mode`.

    Where every pixel was drawn anew each time, it is the grey values that tell the most.
    """
    rows = images.is_floating_point()
    return binarised(to_unit(images), "none" if rows or mode == "dynamic" else mode)
