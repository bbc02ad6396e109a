"""Where the files of data sets lie, and where they are looked for."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.data.dataset import DataError
from models.data.faces import olivetti
from models.data.faces.celeba import PublishedCelebA, find_celeba
from models.data.faces.faces64 import FACES64
from models.data.mnist import FASHION_MNIST, MNIST, IdxSet
from models.data.own_folder import FOLDER, is_own
from models.tables.data import TABLE

__all__ = [
    "IDX_SETS",
    "celeba_cache",
    "datasets_folder",
    "find_root",
    "own_folder",
    "own_table",
    "published_celeba",
]

IDX_SETS: dict[str, IdxSet] = {idx_set.name: idx_set for idx_set in (MNIST, FASHION_MNIST)}
WORKSPACE = Path("workspace")
NAME_BYTES = 250
"""The longest name that is looked for; file systems keep 255, and `.csv` may be put behind it"""
PATH_BYTES = 2000
"""The longest path that is looked for; systems take 4096, with the folders that it may lie in"""


def find_root(name: str, workspace: Path | None = None) -> Path | None:
    """The first folder searched that holds files of the data set, or None.

    A folder counts with any one of the files: someone who has three of the four wants to hear which
    one is missing, not to download the set again.
    """
    is_in: Callable[[Path], bool]
    if name in IDX_SETS:
        is_in = IDX_SETS[name].is_in
    elif name == "celeba":
        is_in = _has_celeba
    elif name == "olivetti":
        is_in = olivetti.is_in
    else:
        return None
    return next((root for root in _roots(workspace) if is_in(root)), None)


def published_celeba(workspace: Path | None = None) -> tuple[PublishedCelebA, Path] | None:
    """CelebA as published, where that is what `load` reads, and where its pictures are kept."""
    root = find_root("celeba", workspace)
    if root is None or FACES64.is_in(root):
        return None
    found = find_celeba(root)
    return None if found is None else (found, celeba_cache(workspace))


def own_table(name: str, workspace: Path | None = None) -> Path:
    """The file that `table:<name or path>` means.

    A bare name is looked for in the folder `tables` where data sets are.

    Raises:
        DataError: No file can be called so, or it lies elsewhere and only these folders may be
            read.
    """
    given = _expanded(name.removeprefix(TABLE), "table")
    names = (given, given.parent / f"{given.name}.csv")
    below = (
        root / "tables" / name
        for root in _roots(workspace)
        for name in names
        if ".." not in given.parts
    )
    return _readable(next((path for path in below if path.is_file()), given), workspace)


def own_folder(name: str, workspace: Path | None = None) -> Path:
    """The folder (or `.npy` file) that `folder:<path>` means.

    A bare name is looked for where data sets are, so that a checkpoint need not tell where that is.

    Raises:
        DataError: No folder can be called so, or it lies elsewhere and only these folders may be
            read.
    """
    given = _expanded(name.removeprefix(FOLDER), "folder")
    below = (root / given for root in _roots(workspace) if ".." not in given.parts)
    return _readable(next((path for path in below if is_own(path)), given), workspace)


def _readable(path: Path, workspace: Path | None) -> Path:
    """A studio that others log in to reads its own folders, and no other of its machine."""
    if os.environ.get("STUDIO_DATASETS_ONLY", "0") in ("", "0"):
        return path
    if any(path.resolve().is_relative_to(root.resolve()) for root in _roots(workspace)):
        return path
    raise DataError(
        "This studio reads data from its own folders only; put yours into the folder 'datasets' of "
        "its workspace and give the name alone."
    )


def celeba_cache(workspace: Path | None) -> Path:
    """The folder in which the pictures of CelebA as published are kept once they were read."""
    return datasets_folder(workspace) / "read" / "celeba"


def _has_celeba(root: Path) -> bool:
    return FACES64.is_in(root) or find_celeba(root) is not None


def _expanded(given: str, kind: str) -> Path:
    path = Path(given)
    try:
        whole, *parts = (len(os.fsencode(name)) for name in (given, *path.parts))
    except UnicodeEncodeError:
        given = "\0"
    if "\0" in given:
        raise DataError(f"The name of the {kind} holds a character that no file's name may have.")
    if whole > PATH_BYTES or max(parts, default=0) > NAME_BYTES:
        raise DataError(
            f"The name of the {kind} is too long for a file system; choose a shorter one."
        )
    # A user who is not known here has no home; then it is a name like any other.
    with suppress(RuntimeError):
        return path.expanduser()
    return path


def _roots(workspace: Path | None) -> list[Path]:
    named = os.environ.get("STUDIO_DATASETS")
    return [*([Path(named).expanduser()] if named else []), datasets_folder(workspace)]


def datasets_folder(workspace: Path | None) -> Path:
    """The folder of data sets of a workspace, or of `./workspace`."""
    return (workspace or WORKSPACE) / "datasets"
