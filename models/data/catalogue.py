"""The data sets there are, where they are looked for, and `load`."""

import os
from dataclasses import replace
from pathlib import Path

from models.data.dataset import DataError, Dataset, Split
from models.data.digits import load_digits
from models.data.download import download as download_set
from models.data.mnist import FASHION_MNIST, MNIST, IdxSet
from models.data.resize import resize

__all__ = ["DATASETS", "find_root", "load"]

DATASETS: dict[str, str] = {
    "mnist": "MNIST: 60,000 + 10,000 handwritten digits, 28x28 grey, 55 MB; CC BY-SA 3.0",
    "fashion-mnist": "Fashion-MNIST: 60,000 + 10,000 garments, 28x28 grey, 55 MB; MIT",
    "digits": "Digits: 1,797 small handwritten digits, needs no download; CC BY 4.0",
}
"""Name to one line: what it is, its size and its terms."""

_IDX_SETS: dict[str, IdxSet] = {idx_set.name: idx_set for idx_set in (MNIST, FASHION_MNIST)}
_WORKSPACE = Path("workspace")


def load(
    name: str,
    *,
    workspace: Path | None = None,
    validation: int = 5000,
    download: bool = True,
    image_size: int | None = None,
    seed: int = 0,
) -> Dataset:
    """Load a data set into memory as uint8 tensors.

    It is looked for in `$STUDIO_DATASETS`, then in `<workspace>/datasets`, then downloaded there.

    Args:
        name: A key of `DATASETS`.
        workspace: The studio's folder; `./workspace` if None.
        validation: How many of the last rows of the official train split are held out; `digits`
            holds out the same share of its fewer rows.
        download: Whether fetching over the network is allowed.
        image_size: New side of the pictures in pixels; None keeps 28.
        seed: Draws the validation split of `digits`; the others have a fixed one.

    Raises:
        DataError: One sentence on what is wrong with which file and what to do.
    """
    if name not in DATASETS:
        raise DataError(f"There is no data set {name!r}; choose one of {', '.join(DATASETS)}.")
    if image_size is not None and not 4 <= image_size <= 256:
        raise DataError(f"image_size={image_size} is out of range; choose 4 to 256 pixels.")
    if name not in _IDX_SETS:
        return load_digits(validation=validation, image_size=image_size or 28, seed=seed)
    root = find_root(name, workspace)
    if root is None:
        root = _datasets_folder(workspace)
        _fetch(_IDX_SETS[name], root, allowed=download)
    dataset = _IDX_SETS[name].read(root, validation=validation)
    return dataset if image_size in (None, dataset.shape[-1]) else _resized(dataset, image_size)


def find_root(name: str, workspace: Path | None = None) -> Path | None:
    """The first folder searched that holds files of the data set, or None.

    A folder counts with any one of the files: someone who has three of the four wants to hear which
    one is missing, not to download the set again.
    """
    if name not in _IDX_SETS:
        return None
    named = os.environ.get("STUDIO_DATASETS")
    roots = [Path(named).expanduser()] if named else []
    roots.append(_datasets_folder(workspace))
    return next((root for root in roots if _IDX_SETS[name].is_in(root)), None)


def _datasets_folder(workspace: Path | None) -> Path:
    return (workspace or _WORKSPACE) / "datasets"


def _fetch(idx_set: IdxSet, root: Path, *, allowed: bool) -> None:
    if not allowed:
        raise DataError(idx_set.absent(root, "downloading is switched off"))
    download_set(idx_set, root)


def _resized(dataset: Dataset, size: int) -> Dataset:
    def resized(split: Split) -> Split:
        return Split(images=resize(split.images, size), labels=split.labels)

    return replace(
        dataset,
        train=resized(dataset.train),
        validation=resized(dataset.validation),
        test=resized(dataset.test),
    )
