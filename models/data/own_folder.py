"""`folder:<path>`: a person's own pictures, with a table of attributes if there is one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from models.data.attribute_csv import read_attribute_csv
from models.data.dataset import DataError, Dataset, Split
from models.data.gathered import gather, picture_files
from models.data.pictures import as_square

__all__ = ["FOLDER", "load_folder"]

FOLDER = "folder:"
MOST = 100_000
FEWEST = 10
TEST_SHARE = 10


def load_folder(
    folder: Path, name: str, *, validation: int | None, side: int, cache: Path, seed: int
) -> Dataset:
    """Load the pictures that lie directly in a folder, as central squares in colour.

    A tenth of them, the same for every seed, is the test split.

    Args:
        folder: Where they lie; the table is `attributes.csv` or the only `.csv` there.
        name: What the data set is called.
        validation: How many are held out beside the test split; None for a tenth.
        side: Side of the squares in pixels.
        cache: Where what was read is kept.
        seed: Draws the validation split.

    Raises:
        DataError: There are no pictures or too many, none can be read, the table has a fault, or
            `validation` leaves nothing to train on.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; name one with your pictures.")
    files = picture_files(folder)
    if not FEWEST <= len(files) <= MOST:
        raise DataError(
            f"{folder} holds {len(files):,} pictures; put {FEWEST} to {MOST:,} of them (PNG, JPEG, "
            f"WebP, GIF, BMP) directly into it, not links or further folders."
        )
    # The table first: reading the pictures may take minutes.
    table = _table(folder)
    read = None if table is None else read_attribute_csv(table, {path.name for path in files})
    found = gather(
        files, _square, side, cache=cache / _own_place(folder), title=f"Reading {folder.name}"
    )
    if len(found.names) < FEWEST:
        raise DataError(
            f"Only {len(found.names)} of the pictures in {folder} can be read; {FEWEST} are needed."
        )
    unknown = [-1] * len(read.names) if read else []
    whole = Split(
        images=found.images,
        labels=torch.full((len(found.names),), -1),
        attributes=torch.tensor(
            [read.rows.get(file, unknown) for file in found.names], dtype=torch.int8
        )
        if read
        else None,
    )
    train, held_out, test = _divided(whole, validation, folder, seed)
    left_out = f"; {found.skipped:,} could not be read" if found.skipped else ""
    return Dataset(
        name=name,
        train=train,
        validation=held_out,
        test=test,
        class_names=(),
        attribute_names=read.names if read else (),
        source=f"{len(whole):,} pictures of one's own{left_out}",
        terms="one's own pictures",
    )


def _square(picture: Image.Image, side: int) -> Tensor:
    return as_square(picture, side, 3)


def _own_place(folder: Path) -> str:
    return (
        "folder-" + hashlib.sha256(str(folder.resolve()).encode(errors="replace")).hexdigest()[:16]
    )


def _table(folder: Path) -> Path | None:
    tables = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() == ".csv" and path.is_file() and not path.is_symlink()
    )
    if folder / "attributes.csv" in tables:
        return folder / "attributes.csv"
    if len(tables) > 1:
        raise DataError(
            f"{folder} holds {len(tables)} tables ({tables[0].name}, {tables[1].name}); call the "
            f"one with the attributes attributes.csv."
        )
    return tables[0] if tables else None


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
