"""Attribute directions: learned from labels, moved along, held apart."""

import pytest
import torch

from models.latent.directions import Directions, fit_directions, held_out_auc

SIZE = 6
NAMES = ("smile", "hat", "age")


@pytest.fixture(scope="module")
def labelled():
    """Codes whose first coordinate makes the smile, the second the hat; age follows the hat."""
    codes = torch.randn(4000, SIZE, generator=torch.Generator().manual_seed(0))
    codes[:, 0] *= 3
    smile = codes[:, 0] > 0
    hat = codes[:, 1] > 0.5
    age = codes[:, 2] + codes[:, 1] > 0
    return codes, torch.stack([smile, hat, age], dim=1).to(torch.int8)


@pytest.mark.parametrize("kind", ["normal", "means"])
def test_directions_point_to_where_the_attribute_is(labelled, kind):
    found = fit_directions(*labelled, NAMES, kind)
    assert found.names == NAMES
    assert abs(found.normals[0, 0]) > 0.98
    assert found.normals[0, 0] > 0
    assert found.normals[1, 1] > 0.95


def width_of_both_sides(codes, has, step):
    """Standard deviation of codes along a step where as many have the attribute as lack it."""
    along = codes @ (step / step.norm())
    sides = along[has == 1], along[has == 0]
    within = (sides[0].var() + sides[1].var()) / 2
    return (within + (sides[0].mean() - sides[1].mean()).square() / 4).sqrt()


def test_a_step_is_one_standard_deviation_of_codes_of_which_half_have_it(labelled):
    codes, attributes = labelled
    found = fit_directions(codes, attributes, NAMES)
    pairs = zip(attributes.T, found.normals, strict=True)
    along = torch.stack([width_of_both_sides(codes, has, normal) for has, normal in pairs])
    torch.testing.assert_close(found.widths, along, rtol=1e-3, atol=0)
    torch.testing.assert_close(
        torch.linalg.vector_norm(found.steps, dim=1), along, rtol=1e-3, atol=0
    )
    before = found.scores(codes[:5])
    after = found.scores(found.move(codes[:5], {"smile": 2.0}))
    torch.testing.assert_close(after[:, 0] - before[:, 0], torch.full((5,), 2.0))


def test_steps_of_the_population_are_as_wide_as_all_codes(labelled):
    codes, attributes = labelled
    found = fit_directions(codes, attributes, NAMES)
    plain = found.in_population()
    along = (codes @ found.normals.T).std(0)
    torch.testing.assert_close(plain.widths, along, rtol=1e-4, atol=0)
    assert torch.equal(plain.normals, found.normals)


def test_a_rare_attribute_is_no_further_away_than_a_frequent_one():
    """Wearers lie 3 from the others, whose share makes the population wider or narrower."""
    widths = {}
    for share in (0.5, 0.05):
        codes = torch.randn(20_000, 2, generator=torch.Generator().manual_seed(0))
        has = (torch.arange(20_000) < share * 20_000).to(torch.int8)
        codes[:, 0] += 3 * has
        found = fit_directions(codes, has[:, None], ["glasses"], "means")
        widths[share] = found.widths.item(), found.in_population().widths.item()
    assert widths[0.5][0] == pytest.approx(widths[0.05][0], rel=0.02)
    assert widths[0.5][1] == pytest.approx(widths[0.5][0], rel=0.001)
    assert widths[0.05][1] < 0.7 * widths[0.05][0]


def test_directions_without_weights_of_the_sides_are_as_they_were(labelled):
    found = fit_directions(*labelled, NAMES)
    tensors = found.to_tensors()
    del tensors["balanced"]
    older = Directions.from_tensors(tensors, NAMES)
    assert found.weighs_evenly
    assert not older.weighs_evenly
    again = Directions.from_tensors(older.to_tensors(), NAMES)
    assert not again.weighs_evenly
    assert torch.equal(older.steps, found.in_population().steps)
    assert torch.equal(
        older.conditional("age", ["hat"]), found.in_population().conditional("age", ["hat"])
    )


def test_some_of_them(labelled):
    found = fit_directions(*labelled, NAMES)
    some = found.only(["age", "smile"])
    assert some.names == ("age", "smile")
    assert torch.equal(some.steps, found.steps[[2, 0]])


def test_moves_add_up_and_go_back(labelled):
    codes, attributes = labelled
    found = fit_directions(codes, attributes, NAMES)
    there = found.move(codes[:3], {"smile": 1.5, "hat": -2.0})
    one_by_one = found.move(found.move(codes[:3], {"hat": -2.0}), {"smile": 1.5})
    torch.testing.assert_close(there, one_by_one)
    torch.testing.assert_close(found.move(there, {"smile": -1.5, "hat": 2.0}), codes[:3])


def test_a_conditional_direction_leaves_the_others_scores(labelled):
    codes, attributes = labelled
    found = fit_directions(codes, attributes, NAMES)
    assert abs(found.normals[2] @ found.normals[1]) > 0.5, "age has the hat in it"
    step = found.conditional("age", ["hat", "smile", "age"])
    moved = found.scores(codes[:4] + 3 * step) - found.scores(codes[:4])
    assert moved[:, :2].abs().max() < 1e-4
    assert (moved[:, 2] > 1).all()
    width = width_of_both_sides(codes, attributes[:, 2], step)
    torch.testing.assert_close(step.norm(), width, rtol=1e-3, atol=0)


def test_with_nothing_to_keep_it_is_the_direction_itself(labelled):
    found = fit_directions(*labelled, NAMES)
    torch.testing.assert_close(found.conditional("hat", []), found.steps[1])


def test_a_direction_within_the_others_cannot_be_held_apart(labelled):
    found = fit_directions(*labelled, NAMES)
    twins = Directions(
        names=("a", "b"),
        mean=found.mean,
        covariance=found.covariance,
        normals=found.normals[[0, 0]].contiguous(),
    )
    with pytest.raises(ValueError, match="Nothing of the direction 'a' is left"):
        twins.conditional("a", ["b"])


def test_unknown_labels_take_no_part(labelled):
    codes, attributes = labelled
    wrong = attributes.clone()
    wrong[:2000, 0] = -1
    found = fit_directions(codes, wrong, NAMES)
    expected = fit_directions(codes[2000:], attributes[2000:], NAMES)
    torch.testing.assert_close(found.normals[0], expected.normals[0], atol=1e-5, rtol=0)


def test_an_attribute_that_hardly_occurs_is_left_out(labelled):
    codes, attributes = labelled
    rare = attributes.clone()
    rare[:, 1] = 0
    rare[:9, 1] = 1
    assert fit_directions(codes, rare, NAMES).names == ("smile", "age")
    with pytest.raises(ValueError, match="No attribute has at least 10"):
        fit_directions(codes, torch.zeros_like(attributes), NAMES)


def test_labels_that_do_not_fit_are_refused(labelled):
    codes, attributes = labelled
    with pytest.raises(ValueError, match=r"need labels \[4000, 2\], not \[4000, 3\]"):
        fit_directions(codes, attributes, NAMES[:2])
    with pytest.raises(ValueError, match="finite codes"):
        fit_directions(codes.clone().fill_(torch.nan), attributes, NAMES)


def test_an_unknown_name_is_refused_with_the_known_ones(labelled):
    found = fit_directions(*labelled, NAMES)
    with pytest.raises(ValueError, match="no direction 'beard'; there are: smile, hat, age"):
        found.move(torch.zeros(1, SIZE), {"beard": 1.0})


def test_directions_survive_a_file(labelled):
    found = fit_directions(*labelled, NAMES)
    tensors = found.to_tensors()
    assert tensors["balanced"].dtype == torch.float16
    again = Directions.from_tensors(tensors, NAMES)
    assert torch.equal(again.steps, found.steps)
    assert torch.equal(again.balanced, found.balanced)
    older = tensors | {"balanced": tensors["balanced"].float()}
    assert torch.equal(Directions.from_tensors(older, NAMES).balanced, found.balanced)
    age = ("age", ["hat", "smile"])
    assert torch.equal(again.conditional(*age), found.conditional(*age))


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("normals", torch.ones(3, SIZE), "unit vectors"),
        ("normals", torch.eye(SIZE)[:2], r"float32 \[3, 6\]"),
        ("mean", torch.full((SIZE,), torch.nan), "finite"),
        ("covariance", torch.eye(SIZE).double(), "float32"),
        ("covariance", None, "lack covariance"),
        ("balanced", torch.ones(3, SIZE), "triangles of 6 x 6"),
        ("balanced", torch.ones(2, 21), "balanced should be of 3 attributes"),
        ("balanced", torch.full((3, 21), torch.nan), "balanced should be finite"),
        ("balanced", torch.ones(3, 21).double(), "balanced should be float32"),
    ],
)
def test_damaged_directions_are_refused(labelled, part, value, words):
    tensors = fit_directions(*labelled, NAMES).to_tensors() | {part: value}
    with pytest.raises(ValueError, match=words):
        Directions.from_tensors({k: v for k, v in tensors.items() if v is not None}, NAMES)


def test_the_auc_of_a_hand_counted_case():
    scores = torch.tensor([0.1, 0.4, 0.35, 0.8, 99.0])
    labels = torch.tensor([0, 0, 1, 1, -1])
    assert held_out_auc(scores, labels) == pytest.approx(0.75)
    with pytest.raises(ValueError, match="with the attribute and without"):
        held_out_auc(scores, torch.ones(5))
