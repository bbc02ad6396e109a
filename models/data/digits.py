"""scikit-learn's 1,797 small digits: no download, always there.

They are 8x8 with values 0 to 16 and are brought to MNIST's shape, so that every recipe for MNIST
can run on them. The test split is the same for every seed: no choice of seed can train on it.
"""

import torch
from torch import Tensor

from models.data.dataset import DataError, Dataset, Split
from models.data.resize import resize

__all__ = ["load_digits"]

_TEST_SHARE = 1 / 7
_OFFICIAL_TRAIN = 60_000


def load_digits(*, validation: int, image_size: int, seed: int) -> Dataset:
    """Load the digits, split by class.

    Args:
        validation: Held-out pictures as they are counted for MNIST's 60,000: the same share of the
            train split is held out here.
        image_size: Side of the square pictures in pixels.
        seed: Draws the validation split.

    Raises:
        DataError: `validation` is no share of 60,000.
    """
    # scikit-learn takes a second to import, and only this data set needs it.
    from sklearn import datasets

    if not 0 <= validation < _OFFICIAL_TRAIN:
        raise DataError(
            f"validation={validation} is no share of 60,000 train pictures; choose 0 to 59,999."
        )
    raw = datasets.load_digits()
    images = torch.from_numpy(raw.images).float().unsqueeze(1) / 16
    labels = torch.from_numpy(raw.target).long()
    whole = Split(images=resize(images, image_size), labels=labels)
    train, test = _hold_out(whole, _TEST_SHARE, seed=0)
    train, held_out = _hold_out(train, validation / _OFFICIAL_TRAIN, seed=seed)
    return Dataset(
        name="digits",
        train=train,
        validation=held_out,
        test=test,
        class_names=tuple("0123456789"),
        source="scikit-learn load_digits: Optical Recognition of Handwritten Digits, UCI (1998)",
        terms="CC BY 4.0; E. Alpaydin and C. Kaynak, UCI Machine Learning Repository",
    )


def _hold_out(split: Split, share: float, *, seed: int) -> tuple[Split, Split]:
    """Divide `split` so that `share` of every class is in the second part."""
    generator = torch.Generator().manual_seed(seed)
    held_out = torch.zeros(len(split), dtype=torch.bool)
    for label in range(10):
        members = (split.labels == label).nonzero().squeeze(1)
        held_out[_draw(members, round(share * len(members)), generator)] = True
    return split.take((~held_out).nonzero().squeeze(1)), split.take(held_out.nonzero().squeeze(1))


def _draw(members: Tensor, count: int, generator: torch.Generator) -> Tensor:
    return members[torch.randperm(len(members), generator=generator)[:count]]
