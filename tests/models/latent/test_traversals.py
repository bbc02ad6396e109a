"""What traversals go through, in which order, and what they refuse."""

from __future__ import annotations

import math

import pytest
import torch

from models.latent.atlas import Atlas
from models.latent.information import Information
from models.latent.parts import Parts
from models.latent.traversals import (
    QUANTILES,
    class_line,
    discrete_by_continuous,
    every_row,
    line,
    place_of,
    places,
    plane,
    with_class,
)
from models.vae import VAEConfig

PARTS = Parts(2, (3, 2))
CENTRE = torch.tensor([0.5, -0.5, 0, 1, 0, 1, 0])


def test_parts_say_where_everything_lies() -> None:
    assert PARTS.dim == 7
    assert PARTS.slices == (slice(2, 5), slice(5, 7))
    assert PARTS.names() == ("z1", "z2", "c1=0", "c1=1", "c1=2", "c2=0", "c2=1")
    assert Parts.of(VAEConfig(latent_dim=5)) == Parts(5)


@pytest.mark.parametrize("wrong", [(0, ()), (-1, (4,)), (2, (1,))])
def test_parts_that_make_no_code_are_refused(wrong: tuple[int, tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="needs at least"):
        Parts(*wrong)


def test_a_line_changes_one_dimension_alone() -> None:
    codes = line(CENTRE, 1, -2, 2, 5)
    assert codes[:, 1].tolist() == [-2, -1, 0, 1, 2]
    others = [0, *range(2, 7)]
    assert torch.equal(codes[:, others], CENTRE[others].expand(5, 6))


def test_quantiles_share_the_prior_evenly() -> None:
    for low, high in (QUANTILES, (-2.0, 1.0), (3.0, 8.0)):
        values = places(low, high, 9, "quantiles").double()
        assert (values[0], values[-1]) == (pytest.approx(low), pytest.approx(high))
        # Shares from the side where they are small, so that they do not round to 1.
        shares = torch.special.ndtr(-values if low + high > 0 else values).diff()
        assert shares.tolist() == pytest.approx([float(shares.mean())] * 8, rel=1e-3)


@pytest.mark.parametrize("wrong", [(1, 1, 5), (2, -2, 5), (-3, 3, 1), (-3, 9, 5), (-3, 3, 999)])
def test_ranges_that_are_none_are_refused(wrong: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="traversal"):
        places(*wrong)
    with pytest.raises(ValueError, match="traversal"):
        places(math.nan, 3, 5)


def test_a_value_is_found_among_the_places() -> None:
    values = places(-3, 3, 7)
    assert place_of(0.5, values) == pytest.approx(3.5)
    assert place_of(3.4, values) == 6
    assert place_of(3.6, values) is None
    assert place_of(-9.0, values) is None


def test_a_class_line_is_one_hot_and_leaves_the_rest() -> None:
    codes = class_line(CENTRE, PARTS, 0)
    assert torch.equal(codes[:, 2:5], torch.eye(3))
    assert torch.equal(codes[:, [0, 1, 5, 6]], CENTRE[[0, 1, 5, 6]].expand(3, 4))
    assert torch.equal(with_class(CENTRE, PARTS, 1, 1)[5:], torch.tensor([0.0, 1.0]))


def test_a_plane_is_read_from_the_upper_left() -> None:
    codes = plane(CENTRE, 0, 1, -1, 1, 3).view(3, 3, 7)
    assert codes[0, :, 0].tolist() == [-1, 0, 1]
    assert codes[:, 0, 1].tolist() == [1, 0, -1]


def test_classes_go_down_and_a_dimension_across() -> None:
    codes = discrete_by_continuous(CENTRE, PARTS, 0, 1, -1, 1, 3).view(3, 3, 7)
    assert codes[:, 0, 2:5].argmax(1).tolist() == [0, 1, 2]
    assert codes[2, :, 1].tolist() == [-1, 0, 1]


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no continuous dimension 2"):
        discrete_by_continuous(CENTRE, PARTS, 0, 2)
    with pytest.raises(ValueError, match="no discrete part 2"):
        class_line(CENTRE, PARTS, 2)
    with pytest.raises(ValueError, match="7 numbers"):
        class_line(CENTRE[:3], PARTS, 0)
    with pytest.raises(ValueError, match="no class 3"):
        with_class(CENTRE, PARTS, 0, 3)
    with pytest.raises(ValueError, match="twice"):
        plane(CENTRE, 1, 1)


def test_rows_are_ordered_by_what_they_tell() -> None:
    told = Information((0.1, 2.0), (1.0, 0.6))
    rows = every_row(CENTRE, PARTS, told, -3, 3, 7)
    assert [row.title for row in rows] == ["c1", "c2", "z2", "z1"]
    assert [row.nats for row in rows] == [1.0, 0.6, 2.0, 0.1]
    assert [row.here for row in rows] == [1, 0, 2.5, 3.5]
    assert [len(row.codes) for row in rows] == [3, 2, 7, 7]
    assert [row.title for row in every_row(CENTRE, PARTS, told, most=1)] == ["c1", "c2", "z2"]


def test_information_comes_from_the_card_or_from_the_codes() -> None:
    said = {"kl_per_dimension": [0.5, 1.5], "kl_discrete": [1.0, 0.2]}
    assert Information.of(PARTS, said, None) == Information((0.5, 1.5), (1.0, 0.2))
    assert Information.of(PARTS, {}, None).order == (0, 1)
    for odd in (10**400, float("nan"), "1"):
        told = Information.of(PARTS, said | {"kl_per_dimension": [0.5, odd]}, None)
        assert told == Information((None, None), (1.0, 0.2))
    codes = torch.zeros(40, 7)
    codes[:, 0] = torch.linspace(-1, 1, 40)
    codes[:, 2:5] = torch.eye(3)[torch.arange(40) % 3]
    codes[:, 5:] = 0.5
    logvar = torch.tensor([-2.0, 0, -16, -16, -16, -16, -16]).expand(40, 7)
    atlas = Atlas.build(
        codes,
        torch.zeros(40, dtype=torch.int64),
        torch.zeros(40, 1, 4, 4, dtype=torch.uint8),
        ("one",),
        logvar=logvar,
    )
    seen = Information.of(PARTS, {"kl_per_dimension": [1.0], "kl_discrete": "no"}, atlas)
    expected = 0.5 * (float(codes[:, 0].square().mean()) + math.exp(-2) - 1 + 2)
    assert seen.continuous == (pytest.approx(expected, abs=1e-4), pytest.approx(0, abs=1e-6))
    assert seen.discrete == (pytest.approx(math.log(3)), pytest.approx(0, abs=1e-6))
