"""What every data set looks like in memory: whole splits as uint8 tensors.

Shapes: N images, C channels, H height, W width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["DataError", "Dataset", "Split"]


class DataError(ValueError):
    """A data set cannot be used; the message is one sentence for the person who asked for it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """Images and labels of one split; uint8, because floats would take four times the memory."""

    images: Tensor
    """uint8 [N, C, H, W]"""
    labels: Tensor
    """int64 [N]"""

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.dim() != 4:
            raise ValueError(
                f"Split.images must be uint8 [N, C, H, W], "
                f"not {self.images.dtype} {list(self.images.shape)}."
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"Split.labels must be int64 [{len(self.images)}], one a picture, "
                f"not {self.labels.dtype} {list(self.labels.shape)}."
            )

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> "Split":
        """The same split on `device`."""
        return Split(images=self.images.to(device), labels=self.labels.to(device))

    def take(self, indices: Tensor) -> "Split":
        """The rows at `indices` (int64 [M]), in that order."""
        return Split(images=self.images[indices], labels=self.labels[indices])


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dataset:
    """Three splits that share no picture, with what a screen needs to name them."""

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    source: str
    """Where it was read from, for the model card."""
    terms: str
    """The licence, in short."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of one picture."""
        channels, height, width = self.train.images.shape[1:]
        return channels, height, width
