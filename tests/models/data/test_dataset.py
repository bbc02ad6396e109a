from dataclasses import replace

import pytest
import torch

from models.data import Dataset, Split


def pictures(count):
    return torch.arange(count, dtype=torch.uint8).view(count, 1, 1, 1)


def split(count, attributes=None):
    return Split(images=pictures(count), labels=torch.arange(count), attributes=attributes)


def dataset(attributes, names):
    whole = split(6, attributes)
    rows = torch.arange(6).split(2)
    train, validation, test = (whole.take(part) for part in rows)
    return Dataset(
        name="six",
        train=train,
        validation=validation,
        test=test,
        class_names=(),
        attribute_names=names,
        source="here",
        terms="none",
    )


def test_takes_rows_in_order():
    taken = split(5, pictures(5).view(5, 1).to(torch.int8)).to("cpu").take(torch.tensor([4, 0]))
    assert len(taken) == 2
    for values in (taken.images, taken.labels, taken.attributes):
        assert values.flatten().tolist() == [4, 0]


def test_takes_a_slice_as_a_view():
    whole = split(5, torch.zeros(5, 2, dtype=torch.int8))
    part = whole.take(slice(1, 3))
    assert part.labels.tolist() == [1, 2]
    assert part.images.data_ptr() == whole.images[1:].data_ptr()


def test_joins_splits_and_copies_nothing_for_an_empty_one():
    whole = split(5, torch.zeros(5, 2, dtype=torch.int8))
    parts = [whole.take(slice(3)), whole.take(slice(3, 5))]
    assert torch.equal(Split.joined(parts).images, whole.images)
    assert Split.joined(parts).attributes.shape == (5, 2)
    assert Split.joined([whole, whole.take(slice(0))]) is whole
    assert Split.joined([replace(part, attributes=None) for part in parts]).attributes is None


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(2)),
    ],
)
def test_refuses_what_is_not_a_split(images, labels):
    with pytest.raises(ValueError, match=r"Split\.(images|labels) must be"):
        Split(images=images, labels=labels)


@pytest.mark.parametrize(
    "attributes",
    [torch.zeros(5, 2), torch.zeros(4, 2, dtype=torch.int8), torch.zeros(5, dtype=torch.int8)],
)
def test_refuses_attributes_that_are_not_a_row_a_picture(attributes):
    with pytest.raises(ValueError, match=r"Split\.attributes must be int8 \[5, A\]"):
        split(5, attributes)


def test_every_attribute_has_a_name():
    attributes = torch.zeros(6, 2, dtype=torch.int8)
    assert dataset(attributes, ("Smiling", "Male")).attribute_names == ("Smiling", "Male")
    assert dataset(None, ()).attribute_names == ()
    for given, names in ((attributes, ("Smiling",)), (None, ("Smiling",)), (attributes, ())):
        with pytest.raises(ValueError, match="attribute_names must name"):
            dataset(given, names)
