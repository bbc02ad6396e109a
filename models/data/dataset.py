"""What every data set looks like in memory: whole splits as uint8 tensors, or as float32 rows.

Shapes: N images, C channels (or columns), H height, W width, A attributes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["DataError", "Dataset", "Split"]


class DataError(ValueError):
    """A data set cannot be used; the message is one sentence for the person who asked for it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Split:
    """Images and labels of one split; uint8, because floats would take four times the memory.

    Of a table the `images` are its rows, in the table's own units.
    """

    images: Tensor
    """uint8 [N, C, H, W], or float32 [N, C] of a table"""
    labels: Tensor
    """int64 [N]; -1 is unlabelled"""
    attributes: Tensor | None = None
    """int8 [N, A]: 1 has it, 0 has it not, -1 unknown; None where a data set has no attributes"""

    def __post_init__(self) -> None:
        kind = self.images.dtype, self.images.dim()
        if kind not in ((torch.uint8, 4), (torch.float32, 2)):
            raise ValueError(
                f"Split.images must be uint8 [N, C, H, W], or float32 [N, C] of a table, "
                f"not {self.images.dtype} {list(self.images.shape)}."
            )
        if self.labels.dtype != torch.int64 or self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"Split.labels must be int64 [{len(self.images)}], one a picture, "
                f"not {self.labels.dtype} {list(self.labels.shape)}."
            )
        given = self.attributes
        if given is not None and (
            given.dtype != torch.int8 or given.dim() != 2 or len(given) != len(self.images)
        ):
            raise ValueError(
                f"Split.attributes must be int8 [{len(self.images)}, A], a row a picture, "
                f"not {given.dtype} {list(given.shape)}."
            )

    def __len__(self) -> int:
        return len(self.images)

    @classmethod
    def joined(cls, parts: Sequence["Split"]) -> "Split":
        """Several splits of one data set as one, in that order."""
        # Nothing is copied for an empty validation split: the images may be gigabytes.
        parts = [part for part in parts if len(part)] or list(parts[:1])
        if len(parts) == 1:
            return parts[0]
        known = [part.attributes for part in parts if part.attributes is not None]
        return cls(
            images=torch.cat([part.images for part in parts]),
            labels=torch.cat([part.labels for part in parts]),
            attributes=torch.cat(known) if len(known) == len(parts) else None,
        )

    def to(self, device: torch.device | str) -> "Split":
        """The same split on `device`."""
        return Split(
            images=self.images.to(device),
            labels=self.labels.to(device),
            attributes=None if self.attributes is None else self.attributes.to(device),
        )

    def take(self, indices: Tensor | slice) -> "Split":
        """The rows at `indices` (int64 [M], in that order), or a view of a slice of them."""
        return Split(
            images=self.images[indices],
            labels=self.labels[indices],
            attributes=None if self.attributes is None else self.attributes[indices],
        )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Dataset:
    """Three splits that share no picture, with what a screen needs to name them."""

    name: str
    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    """One a class; none where nothing is labelled"""
    source: str
    """Where it was read from, for the model card."""
    terms: str
    """The licence, in short."""
    attribute_names: tuple[str, ...] = ()
    """One a column of `Split.attributes`"""
    redistributable: bool = True
    """Whether its pictures may be kept in a checkpoint, which may be given away"""
    columns: tuple[str, ...] = ()
    """Names of a table's columns; none of pictures"""
    rows_digest: str = ""
    """Tells which rows of a table may be learned from; empty of pictures"""

    def __post_init__(self) -> None:
        for split in (self.train, self.validation, self.test):
            columns = 0 if split.attributes is None else split.attributes.shape[1]
            if columns != len(self.attribute_names):
                raise ValueError(
                    f"Dataset.attribute_names must name the {columns} columns of its splits' "
                    f"attributes, not {len(self.attribute_names)}."
                )
        wide = (len(self.columns),) if self.columns else ()
        if (self.columns or self.train.images.dim() == 2) and self.shape != wide:
            raise ValueError(
                f"Dataset.columns must name the {self.shape} columns of its rows, not "
                f"{len(self.columns)}."
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """(C, H, W) of one picture, or (columns,) of one row."""
        return tuple(self.train.images.shape[1:])
