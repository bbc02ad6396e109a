"""CelebA as its authors publish it: 202,599 aligned faces, a list of 40 attributes, and splits.

Deep Learning Face Attributes in the Wild (Liu et al., 2015), arXiv 1411.7766.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from models.data.dataset import DataError, Dataset, Split
from models.data.faces.faces64 import CELEBA_TERMS
from models.data.gathered import gather, gathered_before, picture_files
from models.data.pictures import as_square

__all__ = ["PublishedCelebA", "find_celeba"]

FOLDERS = ("celeba", "CelebA", ".")
IMAGES = ("img_align_celeba", "Img/img_align_celeba", "img_align_celeba/img_align_celeba")
LISTS = ("", "Anno/", "Eval/")
CROP = 148 / 178
"""The square around the face, of the width of an aligned picture"""
MOST_BYTES = 200_000_000
TRAIN, VALIDATION, TEST = 0, 1, 2


@dataclass(frozen=True, slots=True)
class PublishedCelebA:
    """Where the parts of a published folder lie."""

    images: Path
    attributes: Path
    partition: Path | None
    """Which pictures are for training, validation and test; None if it was left out"""

    def read(self, *, validation: int, side: int, cache: Path) -> Dataset:
        """Read the folder, or what is there of it.

        Args:
            validation: How many are held out: the first of the official validation split, or the
                last before the test split where nothing says which pictures are official.
            side: Side of the pictures in pixels.
            cache: Where the pictures are kept once they are cut out and scaled.

        Raises:
            DataError: A list has a fault, no picture can be read, or `validation` is no share.
        """
        names, told, files = self._files()
        part_of = self._parts()
        found = gather(files, _cut_out, side, cache=cache, title="Reading CelebA")
        whole = Split(
            images=found.images,
            labels=torch.full((len(found.names),), -1),
            attributes=torch.from_numpy(np.stack([told[name] for name in found.names])),
        )
        parts = torch.tensor([int(part_of[n][0]) if n in part_of else TRAIN for n in found.names])
        train, held_out, test = _divided(whole, parts, validation)
        official = (
            "official splits" if bool((parts == TEST).any()) else "the last tenth is the test"
        )
        return Dataset(
            name="celeba",
            train=train,
            validation=held_out,
            test=test,
            class_names=(),
            attribute_names=names,
            source=f"{len(whole):,} pictures of img_align_celeba, {official}",
            terms=CELEBA_TERMS,
            redistributable=False,
        )

    def official_test(
        self, *, side: int, cache: Path, most: int
    ) -> tuple[Split, tuple[str, ...]] | None:
        """The beginning of the official test split and the attributes' names.

        Nothing is cut out for it: None where the pictures were not gathered before, or where no
        list says which of them are for the test.

        Args:
            side: Side of the pictures in pixels.
            cache: Where `read` keeps them.
            most: How many are wanted.

        Raises:
            DataError: A list has a fault, or no picture is there.
        """
        names, told, files = self._files()
        found = gathered_before(files, side, cache)
        if found is None:
            return None
        of_test = {name for name, part in self._parts().items() if int(part[0]) == TEST}
        rows = [row for row, name in enumerate(found.names) if name in of_test][:most]
        if not rows:
            return None
        split = Split(
            images=found.images[rows],
            labels=torch.full((len(rows),), -1),
            attributes=torch.from_numpy(np.stack([told[found.names[row]] for row in rows])),
        )
        return split, names

    def _files(self) -> tuple[tuple[str, ...], dict[str, np.ndarray], list[Path]]:
        """Names of the attributes, the row of each picture, and the pictures that are there."""
        names, told = _listed(self.attributes, ("-1", "0", "1"))
        files = [path for path in picture_files(self.images) if path.name in told]
        if not files:
            raise DataError(
                f"{self.images} holds none of the pictures that {self.attributes.name} lists; "
                f"unpack img_align_celeba.zip there."
            )
        return names, told, files

    def _parts(self) -> dict[str, np.ndarray]:
        return {} if self.partition is None else _listed(self.partition, ("0", "1", "2"))[1]


def find_celeba(root: Path) -> PublishedCelebA | None:
    """The published folder below a root, in any of the layouts it is handed around in."""
    for folder in (root / name for name in FOLDERS):
        images = next((folder / name for name in IMAGES[::-1] if (folder / name).is_dir()), None)
        attributes = _list(folder, "list_attr_celeba")
        if images is not None and attributes is not None:
            return PublishedCelebA(images, attributes, _list(folder, "list_eval_partition"))
    return None


def _list(folder: Path, stem: str) -> Path | None:
    candidates = (folder / f"{place}{stem}{end}" for place in LISTS for end in (".txt", ".csv"))
    return next((path for path in candidates if path.is_file()), None)


def _cut_out(picture: Image.Image, side: int) -> Tensor:
    """The square of 148 pixels in the middle of 178 x 218, or the same share of another size."""
    edge = min(round(picture.width * CROP), picture.width, picture.height)
    left, top = (picture.width - edge) // 2, (picture.height - edge) // 2
    return as_square(picture.crop((left, top, left + edge, top + edge)), side, 3)


def _listed(path: Path, allowed: tuple[str, ...]) -> tuple[tuple[str, ...], dict[str, np.ndarray]]:
    """Column names and the row of each picture, int8; -1 in the file is 0 here.

    The lists are plain text: the number of pictures, the names, then a line each. Some copies are
    CSV, and the list of splits has neither number nor names.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(f"{path} is far longer than the original; replace it with that.")
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError:
        raise DataError(f"{path} is not plain text; replace it with the original file.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the file.") from error
    names: tuple[str, ...] = ()
    rows: dict[str, np.ndarray] = {}
    for number, line in enumerate(lines, 1):
        words = line.replace(",", " ").split()
        if not words or (number == 1 and len(words) == 1 and words[0].isdecimal()):
            continue
        if not rows and not words[0].lower().endswith((".jpg", ".png")):
            names = tuple(word for word in words if word not in ("image_id", "partition"))
            continue
        if len(words) - 1 != (count := len(names) or 1):
            raise DataError(
                f"{path}, line {number}: there are {len(words) - 1} values where {count} belong."
            )
        if not set(words[1:]) <= set(allowed):
            raise DataError(
                f"{path}, line {number}: a value is none of {', '.join(allowed)}; replace it with "
                f"the original file."
            )
        rows[words[0]] = np.array([max(0, int(word)) for word in words[1:]], dtype=np.int8)
    if not rows:
        raise DataError(f"{path} lists no pictures; replace it with the original file.")
    return names, rows


def _divided(whole: Split, parts: Tensor, validation: int) -> tuple[Split, Split, Split]:
    count = len(whole)
    if bool((parts == TEST).any()) and bool((parts == TRAIN).any()):
        rows = [(parts == part).nonzero().squeeze(1) for part in (TRAIN, VALIDATION, TEST)]
        if 0 <= validation <= len(rows[VALIDATION]):
            rows[VALIDATION] = rows[VALIDATION][:validation]
        elif validation < len(rows[TRAIN]):
            cut = len(rows[TRAIN]) - validation
            rows[VALIDATION], rows[TRAIN] = rows[TRAIN][cut:], rows[TRAIN][:cut]
    else:
        last = count - max(1, count // 10)
        rows = list(torch.arange(count).tensor_split([max(0, last - validation), last]))
    train, held_out, test = rows
    if validation < 0 or len(held_out) != validation or len(train) < 1:
        raise DataError(
            f"validation={validation} does not fit the {count:,} pictures of celeba; choose fewer."
        )
    return _taken(whole, train), _taken(whole, held_out), _taken(whole, test)


def _taken(whole: Split, rows: Tensor) -> Split:
    """The rows, without a copy where they follow each other, as they do in the original."""
    if len(rows) and int(rows[-1]) - int(rows[0]) == len(rows) - 1:
        return whole.take(slice(int(rows[0]), int(rows[-1]) + 1))
    return whole.take(rows)
