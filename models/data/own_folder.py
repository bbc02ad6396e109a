"""`folder:<path>`: a person's own pictures, with tables of labels and attributes if there are any.

Pictures are files (PNG, JPEG, WebP, GIF, BMP, or `.npy` with one picture each), or the rows of one
`.npy` file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from models.data.array_pictures import ArrayStack, holds_many, is_array
from models.data.attribute_csv import read_attribute_csv
from models.data.dataset import DataError, Dataset, Split
from models.data.gathered import gather, picture_files
from models.data.label_csv import is_label_csv, read_label_csv
from models.data.pictures import PictureError, as_square

__all__ = ["FOLDER", "is_own", "load_folder"]

FOLDER = "folder:"
MOST = 100_000
FEWEST = 10
TEST_SHARE = 10
GREY = (19595, 38470, 7471)
"""Red, green and blue in the lightness of ITU-R BT.601, of 65,536, as Pillow has it"""
CHUNK = 2000


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """What the tables beside the pictures say."""

    class_names: tuple[str, ...]
    labels: dict[str, int]
    attribute_names: tuple[str, ...]
    attributes: dict[str, list[int]]


def is_own(place: Path) -> bool:
    """Whether there are pictures of one's own to look for: a folder, or an array in a file."""
    return place.is_dir() or (is_array(place) and place.is_file())


def load_folder(
    folder: Path,
    name: str,
    *,
    validation: int | None,
    side: int,
    cache: Path,
    seed: int,
    channels: int = 3,
) -> Dataset:
    """Load the pictures that lie directly in a folder, or in one array, as central squares.

    A tenth of them, the same for every seed, is the test split.

    Args:
        folder: Where they lie, or a `.npy` file of many. Beside them may lie `labels.csv`
            (`file,label`) and `attributes.csv`; a single table may have any name. The rows of an
            array are called 0, 1, 2, ... there.
        name: What the data set is called.
        validation: How many are held out beside the test split; None for a tenth.
        side: Side of the squares in pixels.
        cache: Where what was read is kept.
        seed: Draws the validation split.
        channels: 3 for colour, 1 for grey.

    Raises:
        DataError: There are no pictures or too many, one cannot be read, a table has a fault, or
            `validation` leaves nothing to train on.
    """
    if not is_own(folder):
        raise DataError(f"There is no folder {folder}; name one with your pictures.")
    stack = _stack(folder)
    if stack is None:
        names, tables, images = _files(folder, side, cache)
    else:
        names, tables, images = _rows(stack, folder, side)
    if channels == 1 and images.shape[1] == 3:
        images = torch.cat([_grey(part) for part in images.split(CHUNK)])
    if channels == 3 and images.shape[1] == 1:
        images = images.expand(-1, 3, -1, -1)
    unknown = [-1] * len(tables.attribute_names)
    given = [tables.attributes.get(file, unknown) for file in names]
    whole = Split(
        images=images,
        labels=torch.tensor([tables.labels.get(file, -1) for file in names]),
        attributes=torch.tensor(given, dtype=torch.int8) if unknown else None,
    )
    train, held_out, test = _divided(whole, validation, folder, seed)
    return Dataset(
        name=name,
        train=train,
        validation=held_out,
        test=test,
        class_names=tables.class_names,
        attribute_names=tables.attribute_names,
        source=f"{len(whole):,} pictures of one's own",
        terms="one's own pictures",
    )


def _files(folder: Path, side: int, cache: Path) -> tuple[tuple[str, ...], _Tables, Tensor]:
    """Read a picture from each file of a folder."""
    files = picture_files(folder, arrays=True)
    _require_count(len(files), folder)
    # The tables first: reading the pictures may take minutes.
    tables = _tables(folder, {path.name for path in files})
    found = gather(
        files,
        _square,
        side,
        cache=cache / _own_place(folder),
        title=f"Reading {folder.name}",
        every=True,
    )
    return found.names, tables, found.images


def _rows(stack: Path, folder: Path, side: int) -> tuple[tuple[str, ...], _Tables, Tensor]:
    """Read the rows of an array."""
    array = ArrayStack(stack)
    _require_count(len(array), folder)
    names = tuple(str(row) for row in range(len(array)))
    tables = _tables(folder if folder.is_dir() else None, set(names))
    squares = [as_square(picture, side, 1 if picture.mode == "L" else 3) for picture in array]
    return names, tables, torch.stack(squares)


def _stack(folder: Path) -> Path | None:
    """Return the array that holds all pictures, if it is one."""
    if not folder.is_dir():
        return folder
    files = picture_files(folder, arrays=True)
    if len(files) != 1 or not is_array(files[0]):
        return None
    try:
        return files[0] if holds_many(files[0]) else None
    except PictureError as error:
        raise DataError(f"{files[0]} cannot be read ({str(error).rstrip('.')}).") from None


def _require_count(count: int, place: Path) -> None:
    if FEWEST <= count <= MOST:
        return
    if place.is_dir():
        raise DataError(
            f"{place} holds {count:,} pictures; put {FEWEST} to {MOST:,} of them (PNG, JPEG, WebP, "
            f"GIF, BMP, .npy) directly into it, not links or further folders."
        )
    raise DataError(f"{place} holds {count:,} pictures; save {FEWEST} to {MOST:,} of them.")


def _grey(pictures: Tensor) -> Tensor:
    """Return pictures uint8 [N, 3, H, W] in grey, uint8 [N, 1, H, W]."""
    weights = torch.tensor(GREY, dtype=torch.int32).view(1, 3, 1, 1)
    summed = (pictures.to(torch.int32) * weights).sum(1, keepdim=True)
    return (summed + (1 << 15)).bitwise_right_shift(16).to(torch.uint8)


def _square(picture: Image.Image, side: int) -> Tensor:
    return as_square(picture, side, 3)


def _own_place(folder: Path) -> str:
    return (
        "folder-" + hashlib.sha256(str(folder.resolve()).encode(errors="replace")).hexdigest()[:16]
    )


def _tables(folder: Path | None, files: set[str]) -> _Tables:
    labelled, attributed = (None, None) if folder is None else _which(folder)
    labels = None if labelled is None else read_label_csv(labelled, files)
    attributes = None if attributed is None else read_attribute_csv(attributed, files)
    return _Tables(
        class_names=labels.names if labels else (),
        labels=labels.rows if labels else {},
        attribute_names=attributes.names if attributes else (),
        attributes=attributes.rows if attributes else {},
    )


def _which(folder: Path) -> tuple[Path | None, Path | None]:
    """Return the table of labels and that of attributes, as far as they are there."""
    tables = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".csv" and path.is_file() and not path.is_symlink()
    )
    named = {path.name: path for path in tables}
    labels, attributes = named.get("labels.csv"), named.get("attributes.csv")
    if labels or attributes:
        return labels, attributes
    if len(tables) > 1:
        raise DataError(
            f"{folder} holds {len(tables)} tables ({tables[0].name}, {tables[1].name}); call the "
            f"one with the classes labels.csv and the one with the attributes attributes.csv."
        )
    if not tables:
        return None, None
    return (tables[0], None) if is_label_csv(tables[0]) else (None, tables[0])


def _divided(
    whole: Split, validation: int | None, folder: Path, seed: int
) -> tuple[Split, Split, Split]:
    count = len(whole)
    test = max(1, count // TEST_SHARE)
    held_out = test if validation is None else validation
    if not 0 <= held_out <= count - test - 2:
        raise DataError(
            f"validation={held_out} does not fit the {count:,} pictures of {folder}; choose 0 to "
            f"{count - test - 2:,}."
        )
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    others = order[test:]
    mixed = others[torch.randperm(len(others), generator=torch.Generator().manual_seed(seed))]
    rows = (mixed[held_out:], mixed[:held_out], order[:test])
    train, validating, testing = (whole.take(part.sort().values) for part in rows)
    return train, validating, testing
