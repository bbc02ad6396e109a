"""MNIST and Fashion-MNIST: four IDX files in torchvision's layout, `<root>/<folder>/raw/*`.

Gradient-based learning applied to document recognition (LeCun et al., 1998).
Fashion-MNIST: a Novel Image Dataset (Xiao et al., 2017), arXiv 1708.07747.
"""

from dataclasses import dataclass
from pathlib import Path

import torch

from models.data.dataset import DataError, Dataset, Split
from models.data.idx import read_idx

__all__ = ["FASHION_MNIST", "MNIST", "IdxSet"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IdxSet:
    """What the four files of one set are, to the byte."""

    name: str
    folder: str
    """Also the name of torchvision's class."""
    class_names: tuple[str, ...]
    terms: str
    md5s: tuple[str, str, str, str]
    """Of the uncompressed train images, train labels, test images and test labels."""
    counts: tuple[int, int] = (60_000, 10_000)
    side: int = 28

    @property
    def files(self) -> tuple[str, str, str, str]:
        """Paths below the root, in the order of `md5s`."""
        stems = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
        first, second, third, fourth = (f"{self.folder}/raw/{stem}-ubyte" for stem in stems)
        return first, second, third, fourth

    def is_in(self, root: Path) -> bool:
        """Whether `root` holds any of the files: then they are meant, whole or not."""
        return any((root / file).exists() for file in self.files)

    def absent(self, root: Path, why: str) -> str:
        """The sentence for a set that is in no folder: what is missing, why, and what to do."""
        names = ", ".join(Path(file).name for file in self.files)
        return (
            f"{self.name} is not here and {why}: put {names} (uncompressed) into "
            f"{root / self.folder / 'raw'}, or use a recipe on digits, which needs no download."
        )

    def read(self, root: Path, *, validation: int) -> Dataset:
        """Read and verify all four files below `root`.

        Args:
            root: The folder that holds `<folder>/raw`.
            validation: How many of the last rows of the official train split to hold out.

        Raises:
            DataError: A file is missing or is not the original one, or `validation` is no share of
                the train split.
        """
        train, test = self._read_split(root, 0), self._read_split(root, 1)
        kept = len(train) - validation
        if validation < 0 or kept < 1:
            raise DataError(
                f"validation={validation} does not fit {self.name}; "
                f"choose 0 to {len(train) - 1:,} of its {len(train):,} train pictures."
            )
        return Dataset(
            name=self.name,
            train=Split(images=train.images[:kept], labels=train.labels[:kept]),
            validation=Split(images=train.images[kept:], labels=train.labels[kept:]),
            test=test,
            class_names=self.class_names,
            source=f"{self.folder}, the original IDX files (md5 verified)",
            terms=self.terms,
        )

    def _read_split(self, root: Path, split: int) -> Split:
        images_file, labels_file = self.files[2 * split : 2 * split + 2]
        images_md5, labels_md5 = self.md5s[2 * split : 2 * split + 2]
        count = self.counts[split]
        images = read_idx(
            root / images_file, shape=(count, self.side, self.side), md5=images_md5
        ).unsqueeze(1)
        labels = read_idx(root / labels_file, shape=(count,), md5=labels_md5).to(torch.int64)
        return Split(images=images, labels=labels)


MNIST = IdxSet(
    name="mnist",
    folder="MNIST",
    class_names=tuple("0123456789"),
    terms="CC BY-SA 3.0 as commonly stated; copyright Y. LeCun and C. Cortes",
    md5s=(
        "6bbc9ace898e44ae57da46a324031adb",
        "a25bea736e30d166cdddb491f175f624",
        "2646ac647ad5339dbf082846283269ea",
        "27ae3e4e09519cfbb04c329615203637",
    ),
)

FASHION_MNIST = IdxSet(
    name="fashion-mnist",
    folder="FashionMNIST",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    terms="MIT; copyright Zalando SE",
    md5s=(
        "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "9018921c3c673c538a1fc5bad174d6f9",
        "8181f5470baa50b63fa0f6fddb340f0a",
        "15d484375f8d13e6eb1aabb0c3f46965",
    ),
)
