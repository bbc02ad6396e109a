"""The data sets there are, and `load`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from models.data.dataset import DataError, Dataset, Split
from models.data.digits import load_digits
from models.data.download import download as download_set
from models.data.faces import olivetti
from models.data.faces.celeba import find_celeba
from models.data.faces.faces64 import FACES64
from models.data.faces.synthetic import load_synthetic
from models.data.own_folder import FOLDER, load_folder
from models.data.places import (
    IDX_SETS,
    celeba_cache,
    datasets_folder,
    find_root,
    own_folder,
    own_table,
)
from models.data.resize import resize
from models.tables import data as tables
from models.tables.csv_file import read_table

__all__ = [
    "DATASETS",
    "is_dataset",
    "is_table",
    "load",
    "load_as",
    "load_table",
]

DATASETS: dict[str, str] = {
    "mnist": "MNIST: 60,000 + 10,000 handwritten digits, 28x28 grey, 55 MB; CC BY-SA 3.0",
    "fashion-mnist": "Fashion-MNIST: 60,000 + 10,000 garments, 28x28 grey, 55 MB; MIT",
    "digits": "Digits: 1,797 small handwritten digits, needs no download; CC BY 4.0",
    "faces-synthetic": "Drawn faces: 12,000 with exact attributes, 64x64, needs no download; CC0",
    "celeba": "CelebA: faces with 40 attributes, 64x64; non-commercial research only",
    "olivetti": "Olivetti: 400 faces of 40 people, 64x64 grey, 1.4 MB; credit AT&T Cambridge",
    "iris": "Iris: 150 flowers of 3 species, a table of 4 columns, needs no download; CC BY 4.0",
    "wine": "Wine: 178 wines of 3 cultivars, a table of 13 columns, needs no download; CC BY 4.0",
}
"""Name to one line: what it is, its size and its terms."""

FACE = 64
"""Side of pictures that have none of their own"""


@dataclass(frozen=True, slots=True)
class _Wish:
    """The arguments of `load`."""

    name: str
    workspace: Path | None
    validation: int | None
    download: bool
    image_size: int | None
    seed: int
    label_column: str = ""
    normal_class: str = ""
    channels: int = 3

    def held_out(self, usual: int) -> int:
        """The size of the validation split, given that of one that nobody asked about."""
        return usual if self.validation is None else self.validation


def load(
    name: str,
    *,
    workspace: Path | None = None,
    validation: int | None = None,
    download: bool = True,
    image_size: int | None = None,
    seed: int = 0,
    label_column: str = "",
    normal_class: str = "",
    channels: int = 3,
) -> Dataset:
    """Load a data set into memory: pictures as uint8 tensors, rows of a table as float32.

    It is looked for in `$STUDIO_DATASETS`, then in `<workspace>/datasets`, then downloaded there.

    Args:
        name: A key of `DATASETS`, `folder:<path>`, or `table:<name or path>`.
        workspace: The studio's folder; `./workspace` if None.
        validation: How many of the last rows of the train split are held out; None for what is
            usual there (5,000 of MNIST, 500 of CelebA, a picture of each person of Olivetti, a
            tenth of one's own). `digits` holds out the same share of its fewer rows as it would be
            of MNIST's 60,000.
        download: Whether fetching over the network is allowed.
        image_size: New side of the pictures in pixels; None keeps theirs, 64 of faces and of
            pictures of one's own.
        seed: Draws the validation split of `digits`, `olivetti` and one's own pictures; the others
            have a fixed one.
        channels: 1 for pictures of one's own in grey, 3 in colour; the others are as they are.
        label_column: The column of a table of one's own that names each row's class.
        normal_class: Only a table's rows of this class.

    Raises:
        DataError: One sentence on what is wrong with which file and what to do.
    """
    if not is_dataset(name):
        raise DataError(
            f"There is no data set {name!r:.80}; choose one of {', '.join(DATASETS)}, or "
            f"{FOLDER}<path> for pictures of your own, {tables.TABLE}<path> for a CSV."
        )
    if image_size is not None and not 4 <= image_size <= 256:
        raise DataError(f"image_size={image_size} is out of range; choose 4 to 256 pixels.")
    wish = _Wish(
        name,
        workspace,
        validation,
        download,
        image_size,
        seed,
        label_column,
        normal_class,
        channels,
    )
    if name in _TABLES or name.startswith(tables.TABLE):
        return _load_table(wish)
    loader = _load_folder if name.startswith(FOLDER) else _LOADERS[name]
    dataset = loader(wish)
    return dataset if image_size in (None, dataset.shape[-1]) else _resized(dataset, image_size)


def load_as(
    name: str,
    shape: tuple[int, ...],
    *,
    workspace: Path | None = None,
    validation: int | None = None,
    download: bool = True,
    label_column: str = "",
    normal_class: str = "",
) -> Dataset:
    """Load a data set for a model that takes examples of a shape: scaled, if that is enough.

    Raises:
        DataError: As `load`, or the examples do not fit the model.
    """
    rows = is_table(name)
    if rows != (len(shape) == 1):
        holds, takes = ("rows of a table", "pictures") if rows else ("pictures", "rows of a table")
        raise DataError(f"{name} holds {holds}, and the model takes {takes}.")
    dataset = load(
        name,
        workspace=workspace,
        validation=validation,
        download=download,
        image_size=None if rows else shape[-1],
        channels=3 if rows else shape[0],
        label_column=label_column,
        normal_class=normal_class,
    )
    if dataset.shape != shape:
        raise DataError(
            f"{name} has examples of the shape {dataset.shape}, and the model takes {shape}."
        )
    return dataset


def is_dataset(name: str) -> bool:
    """Whether `load` knows the name."""
    own = any(name.startswith(kind) and len(name) > len(kind) for kind in (FOLDER, tables.TABLE))
    return name in DATASETS or own


def is_table(name: str) -> bool:
    """Whether a data set's examples are rows of a table, and no pictures."""
    return name in _TABLES or name.startswith(tables.TABLE)


def load_table(
    name: str, *, workspace: Path | None = None, label_column: str = ""
) -> "tables.Table":
    """Read a whole table: `iris`, `wine`, or `table:<name or path>`.

    Raises:
        DataError: It is not there, or something in it is wrong; one sentence says what.
    """
    if name in _TABLES:
        return tables.built_in(name)
    path = own_table(name, workspace)
    if not path.is_file():
        raise DataError(
            f"There is no table {path}; give the path of a CSV, or the name of one in "
            f"{datasets_folder(workspace) / 'tables'}."
        )
    return read_table(path, label_column, name=path.name)


def _load_idx(wish: _Wish) -> Dataset:
    idx_set, root = IDX_SETS[wish.name], find_root(wish.name, wish.workspace)
    if root is None:
        root = datasets_folder(wish.workspace)
        if not wish.download:
            raise DataError(idx_set.absent(root, "downloading is switched off"))
        download_set(idx_set, root)
    return idx_set.read(root, validation=wish.held_out(5000))


def _load_digits(wish: _Wish) -> Dataset:
    return load_digits(
        validation=wish.held_out(5000), image_size=wish.image_size or 28, seed=wish.seed
    )


def _load_synthetic(wish: _Wish) -> Dataset:
    folder = datasets_folder(wish.workspace) / "faces-synthetic"
    return load_synthetic(folder, validation=wish.held_out(1000))


def _load_celeba(wish: _Wish) -> Dataset:
    root = find_root("celeba", wish.workspace)
    if root is None:
        raise DataError(
            f"celeba is not here and is not downloaded: put faces64 or its published folder "
            f"(img_align_celeba, list_attr_celeba.txt) into {datasets_folder(wish.workspace)}, "
            f"or use a recipe on faces-synthetic, which needs no download."
        )
    if FACES64.is_in(root):
        return FACES64.read(root, validation=wish.held_out(500))
    published = find_celeba(root)
    assert published is not None
    return published.read(
        validation=wish.held_out(500),
        side=wish.image_size or FACE,
        cache=celeba_cache(wish.workspace),
    )


def _load_olivetti(wish: _Wish) -> Dataset:
    root = find_root("olivetti", wish.workspace)
    if root is None:
        root = datasets_folder(wish.workspace)
        if not wish.download:
            raise DataError(olivetti.absent(root, "downloading is switched off"))
        olivetti.download(root)
    return olivetti.read_olivetti(root, validation=wish.held_out(40), seed=wish.seed)


def _load_folder(wish: _Wish) -> Dataset:
    return load_folder(
        own_folder(wish.name, wish.workspace),
        wish.name,
        validation=wish.validation,
        side=wish.image_size or FACE,
        cache=datasets_folder(wish.workspace) / "read",
        seed=wish.seed,
        channels=wish.channels,
    )


def _load_table(wish: _Wish) -> Dataset:
    return tables.table_dataset(
        load_table(wish.name, workspace=wish.workspace, label_column=wish.label_column),
        wish.name,
        validation=wish.held_out(0),
        seed=wish.seed,
        normal_class=wish.normal_class,
    )


_TABLES = ("iris", "wine")
_LOADERS: dict[str, Callable[[_Wish], Dataset]] = {
    "mnist": _load_idx,
    "fashion-mnist": _load_idx,
    "digits": _load_digits,
    "faces-synthetic": _load_synthetic,
    "celeba": _load_celeba,
    "olivetti": _load_olivetti,
}


def _resized(dataset: Dataset, size: int) -> Dataset:
    def resized(split: Split) -> Split:
        return replace(split, images=resize(split.images, size))

    return replace(
        dataset,
        train=resized(dataset.train),
        validation=resized(dataset.validation),
        test=resized(dataset.test),
    )
