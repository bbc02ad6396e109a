"""Where examples come from: data sets, `.npy` arrays, folders of either arrays or pictures.

A source is read in ranges of rows, so that no more than a chunk of it is in memory.

Shapes: N rows, C channels, H height, W width.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Literal, Protocol

import torch
from torch import Tensor

from models import data
from models.data import DATASETS, DataError, is_dataset
from models.encode.arrays import ArrayFile
from models.encode.chunk import Chunk
from models.encode.pictures import PictureFolder, is_picture
from models.preprocessing import DataConfig

__all__ = ["Chunk", "Source", "SplitName", "open_source"]

SplitName = Literal["train", "validation", "test", "all"]
Shape = tuple[int, ...]


class Source(Protocol):
    """Rows of examples that can be read in any order, from any process."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def read(self, start: int, stop: int) -> Chunk:
        """Return the rows from `start` up to `stop`."""

    @property
    def labels(self) -> Tensor | None:
        """The class of each row, int64 [N], where it is known."""

    @property
    def names(self) -> Sequence[str] | None:
        """The file name of each row, where each is a file of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """A split of a data set."""

    images: Tensor
    labels: Tensor | None
    names: None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.images)

    def read(self, start: int, stop: int) -> Chunk:
        """Return the rows from `start` up to `stop`."""
        return Chunk(self.images[start:stop])


class Chained:
    """Several sources, one after another."""

    names: None = None

    def __init__(self, parts: Sequence[InMemory | ArrayFile]) -> None:
        self.parts = parts
        self.ends = list(accumulate(len(part) for part in parts))
        known = [part.labels for part in parts if part.labels is not None]
        self.labels = torch.cat(known) if len(known) == len(parts) else None

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.ends[-1]

    def read(self, start: int, stop: int) -> Chunk:
        """Return the rows from `start` up to `stop`, which may lie in several parts."""
        pieces = []
        while start < stop:
            index = bisect_right(self.ends, start)
            first = self.ends[index] - len(self.parts[index])
            end = min(stop, self.ends[index])
            pieces.append(self.parts[index].read(start - first, end - first).examples)
            start = end
        if len({piece.dtype for piece in pieces}) > 1:
            pieces = [p / 255 if p.dtype == torch.uint8 else p for p in pieces]
        return Chunk(torch.cat(pieces))


def open_source(
    where: str,
    shape: Shape,
    config: DataConfig,
    *,
    split: SplitName = "all",
    skip_unreadable: bool = False,
    workspace: Path | None = None,
) -> Source:
    """Open what a person named; nothing but headers is read of arrays and pictures.

    Args:
        where: The name of a data set, a `.npy` file, or a folder of arrays or of pictures.
        shape: The shape of one example that the model takes.
        config: How the model's data were split.
        split: Which part of a data set.
        skip_unreadable: Whether pictures that cannot be read are left out.
        workspace: Where data sets are looked for.

    Raises:
        DataError: There is no such source, it is empty, or it does not fit the model.
    """
    path = Path(where).expanduser()
    if is_dataset(where):
        source: Source = _open_dataset(where, shape, config, split, workspace)
    elif path.is_dir():
        source = _open_folder(path, shape, skip_unreadable)
    elif path.is_file():
        source = ArrayFile(path, shape)
    else:
        raise DataError(
            f"There is no data set, folder or .npy file {where!r:.200}; the data sets are "
            f"{', '.join(DATASETS)}."
        )
    if not len(source):
        part = f"The {split} part of {where}" if is_dataset(where) else str(path)
        raise DataError(f"{part} holds no examples; choose another.")
    return source


def _open_dataset(
    name: str, shape: Shape, config: DataConfig, split: SplitName, workspace: Path | None
) -> Source:
    own = name == config.dataset
    dataset = data.load_as(
        name,
        shape,
        workspace=workspace,
        validation=config.validation,
        label_column=config.label_column,
        normal_class=config.normal_class if own else "",
    )
    parts = (dataset.train, dataset.validation, dataset.test)
    chosen = dict(zip(("train", "validation", "test"), parts, strict=True))
    wanted = parts if split == "all" else (chosen[split],)
    return Chained([InMemory(part.images, part.labels) for part in wanted])


def _open_folder(folder: Path, shape: Shape, skip_unreadable: bool) -> Source:
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    arrays = [path for path in files if path.suffix.lower() == ".npy"]
    pictures = [path.name for path in files if is_picture(path)]
    if arrays and pictures:
        raise DataError(
            f"{folder} holds both arrays ({arrays[0].name}) and pictures ({pictures[0]}); "
            f"keep one kind in a folder."
        )
    if arrays:
        return Chained([ArrayFile(path, shape) for path in arrays])
    if pictures:
        return PictureFolder(folder, pictures, shape, skip_unreadable=skip_unreadable)
    raise DataError(f"{folder} holds neither .npy arrays nor pictures; folders in it are not read.")
