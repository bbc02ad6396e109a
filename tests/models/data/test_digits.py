import pytest
import torch

from models.data import DataError, load


def rows(split):
    return {bytes(image.flatten().tolist()) for image in split.images}


def test_splits_share_no_picture_and_every_class_is_in_each():
    dataset = load("digits")
    splits = (dataset.train, dataset.validation, dataset.test)
    assert sum(len(split) for split in splits) == 1797
    assert sum(len(rows(split)) for split in splits) == len(set().union(*map(rows, splits)))
    for split in splits:
        counts = split.labels.bincount(minlength=10)
        assert counts.min() > 0.8 * counts.max()


def test_the_seed_moves_validation_but_never_the_test_split():
    first, again, other = load("digits", seed=1), load("digits", seed=1), load("digits", seed=2)
    assert torch.equal(first.validation.images, again.validation.images)
    assert not torch.equal(first.validation.images, other.validation.images)
    assert torch.equal(first.test.images, other.test.images)


def test_has_the_shape_and_range_of_mnist():
    images = load("digits").train.images
    assert images.shape[1:] == (1, 28, 28)
    assert images.dtype == torch.uint8
    assert images.min() == 0
    assert images.max() == 255


def test_no_validation_and_too_much():
    assert len(load("digits", validation=0).validation) == 0
    with pytest.raises(DataError, match="choose 0 to 59,999"):
        load("digits", validation=60_000)
