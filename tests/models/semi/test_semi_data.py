import pytest
import torch

from models.semi.data import as_labels, drawn_labels, labelled_split


def test_labels_are_drawn_from_every_class_by_the_seed(digits):
    labels = digits.train.labels
    given = drawn_labels(labels, 5, 0)
    held = given >= 0
    assert torch.equal(given[held], labels[held])
    assert given[held].bincount().tolist() == [5] * 10
    assert torch.equal(given, drawn_labels(labels, 5, 0))
    assert not torch.equal(given, drawn_labels(labels, 5, 1))


def test_a_labelled_data_set_knows_no_other_labels(digits):
    given = drawn_labels(digits.train.labels, 2, 0)
    taught = labelled_split(digits, given)
    assert torch.equal(taught.train.labels, given)
    assert taught.train.images is digits.train.images
    assert (taught.test.labels == -1).all()
    assert (taught.validation.labels == -1).all()
    assert (digits.test.labels >= 0).all()


def test_what_is_missing_is_nan_or_negative():
    given = torch.tensor([1.0, float("nan"), -3.0, 9.0])
    assert as_labels(given, 4).tolist() == [1, -1, -1, 9]
    assert as_labels(torch.tensor([2, -1]), 2).tolist() == [2, -1]


def test_labels_that_fit_nothing_are_refused(digits):
    with pytest.raises(ValueError, match="whole numbers"):
        as_labels(torch.tensor([0.5]), 1)
    with pytest.raises(ValueError, match=r"1,411 labels, one an example, not 3"):
        labelled_split(digits, torch.zeros(3))
    with pytest.raises(ValueError, match="Label 10 is no class; there are 10"):
        labelled_split(digits, torch.full((1411,), 10))
