import math

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from models.latent import image_steps, lerp, move_towards, path, retime, slerp, step_lengths

# Codes are float32 of ordinary size: the float64 inside slerp has room around them.
numbers = st.floats(-100, 100, width=32)
shares = st.floats(0, 1, width=32)


@st.composite
def codes(draw, count=2, least=1):
    size = draw(st.integers(least, 8))
    return [
        torch.tensor(draw(st.lists(numbers, min_size=size, max_size=size))) for _ in range(count)
    ]


ENDS = torch.tensor([0.0, 1.0])


def close(first, second, tolerance=1e-4):
    return torch.allclose(first, second, rtol=tolerance, atol=tolerance)


@given(codes())
def test_lerp_ends_exactly(pair):
    assert torch.equal(lerp(*pair, ENDS), torch.stack(pair))


@given(codes(), shares)
def test_lerp_stays_between_its_ends(pair, t):
    between = lerp(*pair, torch.tensor([t]))[0]
    slack = 1e-4
    assert (between >= torch.minimum(*pair) - slack).all()
    assert (between <= torch.maximum(*pair) + slack).all()


@given(codes())
def test_slerp_ends_where_it_should(pair):
    assert close(slerp(*pair, ENDS), torch.stack(pair))


@given(codes(least=2), shares)
def test_slerp_interpolates_the_norm(pair, t):
    a, b = pair
    assume(a.norm() > 1e-3 and b.norm() > 1e-3)
    norm = slerp(a, b, torch.tensor([t]))[0].norm()
    assert close(norm, torch.lerp(a.norm(), b.norm(), t), 1e-3)


@given(codes(least=2))
def test_slerp_turns_at_a_constant_rate(pair):
    a, b = (code / code.norm().clamp(min=1e-6) for code in pair)
    assume(a.norm() > 0.5 and b.norm() > 0.5)
    steps = step_lengths(slerp(a, b, torch.linspace(0, 1, 9)))
    assert close(steps, steps.mean().expand(8), 1e-3)


@given(codes(count=1, least=2), shares)
def test_slerp_of_parallel_codes_is_the_line(single, t):
    a = single[0]
    assert close(slerp(a, 3 * a, torch.tensor([t])), lerp(a, 3 * a, torch.tensor([t])))


@given(codes(count=1, least=2), st.floats(0.5, 2, width=32))
def test_slerp_of_opposite_codes_goes_around_the_origin(single, stretch):
    a = single[0]
    assume(a.norm() > 1e-2)
    way = slerp(a, -stretch * a, torch.linspace(0, 1, 5))
    assert close(way[-1], -stretch * a, 1e-3)
    assert way.norm(dim=1).min() > 0.4 * a.norm()
    assert abs(way[2] @ a) < 1e-3 * a.norm() * way[2].norm()
    assert torch.equal(way, slerp(a, -stretch * a, torch.linspace(0, 1, 5)))


@given(codes(count=1), shares)
def test_slerp_from_and_to_the_origin_is_the_line(single, t):
    a, t_T = single[0], torch.tensor([t])
    origin = torch.zeros_like(a)
    assert torch.equal(slerp(a, origin, t_T), lerp(a, origin, t_T))
    assert torch.equal(slerp(origin, a, t_T), lerp(origin, a, t_T))
    assert torch.equal(slerp(origin, origin, t_T), torch.zeros(1, len(a)))


def test_slerp_crosses_zero_in_one_dimension():
    assert slerp(torch.tensor([1.0]), torch.tensor([-1.0]), torch.tensor([0.5])).tolist() == [[0.0]]


@pytest.mark.parametrize("kind", ["linear", "spherical"])
def test_path_includes_both_ends(kind):
    a, b = torch.tensor([1.0, 0, 0]), torch.tensor([0, 2.0, 0])
    way = path(a, b, 7, kind)
    assert way.shape == (7, 3)
    assert close(way[[0, -1]], torch.stack([a, b]))


@pytest.mark.parametrize(("steps", "kind"), [(1, "linear"), (0, "spherical"), (5, "cubic")])
def test_path_refuses(steps, kind):
    with pytest.raises(ValueError, match=r"at least 2|linear or spherical"):
        path(torch.zeros(2), torch.ones(2), steps, kind)


@given(codes(), shares)
def test_move_towards_comes_closer_and_arrives(pair, fraction):
    z, target = pair
    moved = move_towards(z, target, fraction)
    assert (moved - target).norm() <= (z - target).norm() * (1 - fraction) + 1e-3
    assert torch.equal(move_towards(z, target, 1), target)


def test_image_steps_measures_pixels_in_units_of_white():
    frames = torch.zeros(3, 1, 4, 4, dtype=torch.uint8)
    frames[1] = 255
    assert image_steps(frames).tolist() == [4, 4]
    assert image_steps(frames.float() / 255).tolist() == [4, 4]


@given(codes(), st.lists(st.floats(0, 1, width=32), min_size=2, max_size=10))
def test_retime_evens_out_a_straight_way(pair, positions):
    a, b = pair
    assume((a - b).norm() > 1e-2)
    uneven = lerp(a, b, torch.tensor(sorted([0, *positions, 1])))
    even = retime(uneven, step_lengths(uneven))
    steps = step_lengths(even)
    assert close(steps, steps.mean().expand_as(steps), 1e-3)
    assert torch.equal(even[0], uneven[0])
    assert torch.equal(even[-1], uneven[-1])


@given(st.lists(st.floats(0, 10, width=32), min_size=1, max_size=12))
def test_retime_equalises_any_lengths(lengths):
    """On a way whose own coordinate is the distance travelled, equal steps are equal numbers."""
    assume(sum(lengths) > 1e-2)
    travelled = torch.tensor([0.0, *lengths]).cumsum(0).unsqueeze(1)
    retimed = retime(travelled, torch.tensor(lengths))
    assert close(retimed[:, 0], torch.linspace(0, float(travelled[-1]), len(travelled)), 1e-3)


def test_retime_stays_on_the_polyline_around_a_corner():
    corner = torch.tensor([[0.0, 0], [3, 0], [3, 1]])
    assert retime(corner, step_lengths(corner)).tolist() == [[0, 0], [2, 0], [3, 1]]


def test_retime_of_a_rest_is_a_rest():
    assert retime(torch.ones(4, 2), torch.zeros(3)).tolist() == torch.ones(4, 2).tolist()


@pytest.mark.parametrize("lengths", [[1.0], [1.0, -1.0], [1.0, math.nan], [math.inf, 1.0]])
def test_retime_refuses_what_is_no_length(lengths):
    with pytest.raises(ValueError, match="2 finite lengths"):
        retime(torch.zeros(3, 2), torch.tensor(lengths))
