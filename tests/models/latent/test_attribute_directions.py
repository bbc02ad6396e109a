"""What a checkpoint keeps of attribute directions."""

import math

import pytest
import torch

from models.latent.attributes import AttributeDirections, kept_apart, main_attributes
from models.latent.directions import fit_directions

NAMES = ("Smiling", "Hat", "Young")


@pytest.fixture(scope="module")
def learned():
    codes = torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
    attributes = (codes[:, :3] > 0.3).to(torch.int8)
    normal, means = (fit_directions(codes, attributes, NAMES, k) for k in ("normal", "means"))
    effects = torch.arange(36.0).view(2, 2, 3, 3)
    auc = torch.tensor([[0.9, math.nan, 0.8], [0.85, 0.7, 0.75]])
    return AttributeDirections(normal=normal, means=means, auc=auc, effects=effects)


def test_they_survive_a_file(learned):
    again = AttributeDirections.from_tensors(learned.to_tensors(), NAMES)
    for kind in ("normal", "means"):
        assert torch.equal(again.of(kind).steps, learned.of(kind).steps)
    assert not torch.equal(again.normal.normals, again.means.normals)
    assert torch.equal(again.effects, learned.effects)
    torch.testing.assert_close(again.auc, learned.auc, equal_nan=True)


def test_a_file_need_not_hold_effects(learned):
    tensors = learned.to_tensors()
    del tensors["effects"]
    again = AttributeDirections.from_tensors(tensors, NAMES)
    assert again.effects is None
    assert again.effects_of("means", conditional=True) is None
    assert again.figures().keys() == {"direction_auc"}


def test_an_older_file_has_steps_of_the_population(learned):
    tensors = learned.to_tensors()
    del tensors["balanced"]
    again = AttributeDirections.from_tensors(tensors, NAMES)
    assert torch.equal(again.means.steps, learned.means.in_population().steps)
    assert not torch.equal(again.means.steps, learned.means.steps)


def test_the_row_of_a_kind_and_a_way(learned):
    assert torch.equal(learned.effects_of("normal"), learned.effects[0, 0])
    assert torch.equal(learned.effects_of("normal", conditional=True), learned.effects[0, 1])
    assert torch.equal(learned.effects_of("means"), learned.effects[1, 0])
    with pytest.raises(ValueError, match="no kind of direction 'medians'; choose normal or means"):
        learned.of("medians")


def test_a_card_tells_every_auc_and_how_the_main_ones_mix(learned):
    figures = learned.figures()
    assert figures["direction_auc"] == {"Smiling": 0.9, "Hat": None, "Young": 0.8}
    assert figures["cross_effects"] == {
        "raw": {"Smiling": {"Smiling": 0, "Young": 2}, "Young": {"Smiling": 6, "Young": 8}},
        "conditional": {
            "Smiling": {"Smiling": 9, "Young": 11},
            "Young": {"Smiling": 15, "Young": 17},
        },
    }


def test_the_main_attributes_are_held_apart():
    names = ("Bald", "Young", "Male", "Smiling")
    assert main_attributes(names) == ["Smiling", "Male", "Young"]
    assert kept_apart("Male", names) == ["Smiling", "Young"]
    assert kept_apart("Bald", names) == ["Smiling", "Male", "Young"]
    assert main_attributes(("a", "b", "c", "d", "e")) == ["a", "b", "c", "d"]
    assert kept_apart("e", ("a", "e")) == ["a"]


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("auc", torch.ones(3), r"auc should be float32 \[2, 3\]"),
        ("auc", torch.full((2, 3), 1.5), "auc should be 0 to 1"),
        ("auc", torch.full((2, 3), 1.0).double(), "auc should be float32"),
        ("auc", None, "lack auc"),
        ("effects", torch.ones(2, 2, 3, 2), r"effects should be finite, float32 \[2, 2, 3, 3\]"),
        ("effects", torch.full((2, 2, 3, 3), math.inf), "effects should be finite"),
        ("means.normals", torch.ones(3, 4), "unit vectors"),
        ("normal.normals", None, "lack normal.normals"),
        ("mean", torch.zeros(5), "covariance should be"),
    ],
)
def test_damaged_ones_are_refused(learned, part, value, words):
    tensors = learned.to_tensors() | {part: value}
    with pytest.raises(ValueError, match=words):
        AttributeDirections.from_tensors(
            {name: tensor for name, tensor in tensors.items() if tensor is not None}, NAMES
        )


def test_other_names_are_refused(learned):
    with pytest.raises(ValueError, match=r"float32 \[2, 4\]"):
        AttributeDirections.from_tensors(learned.to_tensors(), NAMES[:2])
