"""Whether a data set is here, without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.data.catalogue import DATASETS, find_root
from models.data.mnist import FASHION_MNIST, MNIST, IdxSet

__all__ = ["DatasetState", "dataset_state"]

IDX_SETS: dict[str, IdxSet] = {idx_set.name: idx_set for idx_set in (MNIST, FASHION_MNIST)}


@dataclass(frozen=True, slots=True)
class DatasetState:
    """Where a data set is, or what will have to happen first."""

    state: Literal["present", "built-in", "download", "incomplete"]
    sentence: str


def dataset_state(name: str, workspace: Path | None = None) -> DatasetState:
    """Say where a data set of `DATASETS` lies.

    Args:
        name: A key of `DATASETS`.
        workspace: The studio's folder; `./workspace` if None.
    """
    assert name in DATASETS, name
    if name not in IDX_SETS:
        return DatasetState("built-in", "Comes with scikit-learn; nothing to download.")
    idx_set, root = IDX_SETS[name], find_root(name, workspace)
    if root is None:
        size = sum(idx_set.counts) * (idx_set.side**2 + 1) / 1e6
        return DatasetState(
            "download", f"Not here yet: {size:.0f} MB will be downloaded when the training begins."
        )
    absent = [Path(file).name for file in idx_set.files if not (root / file).exists()]
    if absent:
        place = root / idx_set.folder / "raw"
        return DatasetState("incomplete", f"{', '.join(absent)} is missing in {place}.")
    return DatasetState("present", f"Here, in {root / idx_set.folder}.")
