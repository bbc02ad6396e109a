"""`faces64`: the first 9,000 faces of CelebA at 64x64, with its 40 attributes.

Deep Learning Face Attributes in the Wild (Liu et al., 2015), arXiv 1411.7766.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from models.data.dataset import DataError, Dataset, Split
from models.data.original import Original

__all__ = ["CELEBA_TERMS", "FACES64", "Faces64"]

CELEBA_TERMS = (
    "CelebA: non-commercial research only, its pictures are not passed on; "
    "Liu, Luo, Wang and Tang, ICCV 2015"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Faces64:
    """What its two files are, to the byte, and how its rows are split."""

    images: Original
    attributes: Original
    count: int = 9000
    test: int = 1000
    """The last rows"""

    def is_in(self, root: Path) -> bool:
        """Whether `root` holds any of the files: then they are meant, whole or not."""
        return any((root / file.file).exists() for file in (self.images, self.attributes))

    def read(self, root: Path, *, validation: int) -> Dataset:
        """Read and verify both files below `root`.

        Args:
            root: The folder that holds `faces64`.
            validation: How many of the last rows before the test split to hold out.

        Raises:
            DataError: A file is missing or is not the original one, or `validation` is no share of
                the train split.
        """
        most = self.count - self.test - 1
        if not 0 <= validation <= most:
            raise DataError(
                f"validation={validation} does not fit celeba; choose 0 to {most:,} of the "
                f"{most + 1:,} train pictures of faces64."
            )
        # Nothing in the header is believed before the whole file is known to be the original.
        path = self.images.verified(root)
        images_NHWC = np.load(path, mmap_mode="r", allow_pickle=False)
        names, attributes = _read_attributes(self.attributes.verified(root))
        whole = Split(
            images=torch.from_numpy(np.ascontiguousarray(images_NHWC.transpose(0, 3, 1, 2))),
            labels=torch.full((self.count,), -1),
            attributes=attributes,
        )
        first, second = self.count - self.test - validation, self.count - self.test
        return Dataset(
            name="celeba",
            train=whole.take(slice(first)),
            validation=whole.take(slice(first, second)),
            test=whole.take(slice(second, None)),
            class_names=(),
            attribute_names=names,
            source="faces64: the first 9,000 faces of CelebA at 64x64 (sha256 verified)",
            terms=CELEBA_TERMS,
            redistributable=False,
        )


def _read_attributes(path: Path) -> tuple[tuple[str, ...], torch.Tensor]:
    with path.open(newline="", encoding="ascii") as file:
        header, *rows = csv.reader(file)
    values = np.array([row[1:] for row in rows]).astype(np.int8)
    return tuple(header[1:]), torch.from_numpy(values)


FACES64 = Faces64(
    images=Original(
        "faces64/images.npy",
        110_592_128,
        "1f1b2e939e5f7666038d4c10e5aee4b4c9b4d9369c971ec61add2771fdfe3f37",
    ),
    attributes=Original(
        "faces64/attributes.csv",
        819_473,
        "6e4759a4db9eeaf83dcaa21e64a4de244996485bf527dee38b6e6c62ae0cb5b1",
    ),
)
