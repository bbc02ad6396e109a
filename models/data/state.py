"""Whether a data set is here, without reading it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from models.data.catalogue import is_dataset
from models.data.dataset import DataError
from models.data.faces.faces64 import FACES64
from models.data.mnist import FASHION_MNIST, MNIST, IdxSet
from models.data.own_folder import FOLDER, is_own
from models.data.places import find_root, own_folder, own_table
from models.tables.data import BUILT_IN, TABLE

__all__ = ["DatasetState", "dataset_state"]

IDX_SETS: dict[str, IdxSet] = {idx_set.name: idx_set for idx_set in (MNIST, FASHION_MNIST)}


@dataclass(frozen=True, slots=True)
class DatasetState:
    """Where a data set is, or what will have to happen first."""

    state: Literal["present", "built-in", "download", "incomplete"]
    sentence: str


def dataset_state(name: str, workspace: Path | None = None) -> DatasetState:
    """Say where a data set lies.

    Args:
        name: A key of `DATASETS`, `folder:<path>` or `table:<path>`.
        workspace: The studio's folder; `./workspace` if None.
    """
    assert is_dataset(name), name
    try:
        return _state(name, workspace)
    except DataError as error:  # It may not be read, or no file can be called so.
        return DatasetState("incomplete", str(error))


def _state(name: str, workspace: Path | None) -> DatasetState:
    if name.startswith(FOLDER):
        return _folder(own_folder(name, workspace))
    if name.startswith(TABLE):
        path = own_table(name, workspace)
        if path.is_file():
            return DatasetState("present", f"Here, {path}.")
        return DatasetState("incomplete", f"There is no table {path}.")
    if name in ("digits", *BUILT_IN):
        return DatasetState("built-in", "Comes with scikit-learn; nothing to download.")
    if name == "faces-synthetic":
        return DatasetState("built-in", "Drawn here; nothing to download.")
    root = find_root(name, workspace)
    if name == "celeba":
        return _celeba(root)
    if name == "olivetti":
        if root is None:
            return DatasetState("download", "Not here yet: 4 MB will be downloaded.")
        return DatasetState("present", f"Here, in {root}.")
    return _idx(IDX_SETS[name], root)


def _idx(idx_set: IdxSet, root: Path | None) -> DatasetState:
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


def _celeba(root: Path | None) -> DatasetState:
    if root is None:
        return DatasetState(
            "incomplete", "It is not here, and its terms do not let it be downloaded."
        )
    if not FACES64.is_in(root):
        return DatasetState("present", f"Here, as published, in {root}.")
    files = (FACES64.images.file, FACES64.attributes.file)
    absent = [Path(file).name for file in files if not (root / file).exists()]
    if absent:
        return DatasetState("incomplete", f"{absent[0]} is missing in {root / 'faces64'}.")
    return DatasetState("present", f"Here, in {root / 'faces64'}.")


def _folder(folder: Path) -> DatasetState:
    if is_own(folder):
        return DatasetState("present", f"Here, in {folder}.")
    return DatasetState("incomplete", f"There is no folder {folder}.")
