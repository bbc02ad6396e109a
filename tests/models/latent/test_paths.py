import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from models.latent import Density, image_steps, step_lengths
from models.latent.flight import (
    FlightPath,
    Roads,
    evenly_spaced,
    figures,
    orbit,
    spiral,
    straight,
    to_constant_image_speed,
    tour,
    walk,
    warp,
)
from tests.models.latent.worlds import decode, decode_nothing, ring_atlas

ATLAS = ring_atlas()
AXES = torch.eye(3)
ENDS = ATLAS.codes[ATLAS.medoids[:3]]

KINDS = {
    "straight": lambda seed: straight(ENDS[0], ENDS[1]),
    "warp": lambda seed: warp(ENDS[0], ENDS[2]),
    "orbit": lambda seed: orbit(ENDS[seed % 3], AXES, 1.0),
    "spiral": lambda seed: spiral(ENDS[seed % 3], AXES, 1.0, turns=2, climb=0.5),
    "tour": lambda seed: tour(ENDS),
    "closed tour": lambda seed: tour(ENDS, closed=True),
    "walk": lambda seed: walk(ATLAS.density, ENDS[seed % 3], legs=4, seed=seed),
    "follow": lambda seed: ATLAS.roads.follow(ENDS[seed % 3], ENDS[(seed + 1) % 3]),
}
kinds = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS.keys())

numbers = st.floats(-50, 50, width=32)
codes = st.lists(numbers, min_size=3, max_size=3).map(torch.tensor)


@kinds
@pytest.mark.parametrize("speed", [0.3, 2.0])
def test_every_kind_has_length_duration_and_positions(make, speed):
    path = make(1).at_speed(speed)
    assert path.length > 0.5
    assert math.isclose(path.duration, path.length / speed)
    sampled = path.sample(30)
    assert sampled.shape == (path.frames(30), 3)
    assert sampled.dtype == torch.float32
    assert abs(len(sampled) - 1 - 30 * path.duration) <= 0.5
    times = torch.linspace(0, path.duration, len(sampled), dtype=torch.float64)
    torch.testing.assert_close(path.position(times), sampled, atol=1e-4, rtol=1e-4)
    assert torch.equal(path.at(torch.tensor([0.0]))[0], path.points[0])
    assert torch.equal(path.at(torch.tensor([1.0]))[0], path.points[-1])


@kinds
def test_speed_is_constant_by_arc_length_and_a_warp_is_smooth(make):
    path = make(2).at_speed(1.5)
    times = torch.linspace(0, path.duration, 1500, dtype=torch.float64)
    speeds = step_lengths(path.position(times)) / (times[1] - times[0])
    if path.kind == "warp":
        assert abs(speeds.max() - 1.5 * 15 / 8) < 0.01
        assert max(speeds[0], speeds[-1]) < 0.01
        assert speeds.diff().abs().max() < 0.05
        return
    assert speeds.max() < 1.5 * 1.01
    # A chord across a bend is a little shorter than the way around it.
    assert speeds.min() > 1.5 * 0.97


@kinds
def test_the_same_seed_gives_the_same_flight(make):
    assert torch.equal(make(3).points, make(3).points)


@kinds
def test_any_flight_can_be_retimed_to_constant_image_speed(make):
    path = make(4)
    even = to_constant_image_speed(path, decode)
    assert math.isclose(even.duration, path.duration, rel_tol=1e-3)
    assert (even.kind, even.closed, even.speed) == (path.kind, path.closed, path.speed)
    for frames in (100, 300):
        steps = image_steps(decode(even.at(torch.linspace(0, 1, frames, dtype=torch.float64))))
        assert steps.max() <= 1.1 * steps.mean()
    gap = torch.cdist(even.points[::50], evenly_spaced(path.points, 4000)).amin(1)
    assert gap.max() < 0.02


def test_retiming_is_needed_and_a_picture_at_rest_needs_none():
    assert figures(straight(ENDS[0], ENDS[1]), decode, ATLAS.density).largest_step > 1.5
    path = straight(ENDS[0], ENDS[1])
    assert to_constant_image_speed(path, decode_nothing) is path
    still = straight(ENDS[0], ENDS[0])
    assert to_constant_image_speed(still, decode) is still


@given(codes, codes)
def test_straight_and_warp_lie_on_the_line_and_meet_both_ends(a, b):
    assume((a - b).norm() > 1e-2)
    for path in (straight(a, b), warp(a, b)):
        middle = path.at(torch.tensor([0.5]))[0]
        torch.testing.assert_close(middle, (a + b) / 2, atol=1e-3, rtol=1e-3)
        ends = path.at(torch.tensor([-1.0, 2.0]))
        assert torch.equal(ends, torch.stack([a, b]))
        assert math.isclose(path.length, (a - b).norm(), rel_tol=1e-3)


@given(codes, st.floats(0.1, 10))
def test_an_orbit_keeps_its_distance_and_closes(centre, radius):
    path = orbit(centre, AXES[[1, 2]], radius)
    around = path.at(torch.linspace(0, 1, 50)) - centre
    torch.testing.assert_close(around.norm(dim=1), torch.full((50,), radius), atol=1e-3, rtol=1e-3)
    assert around[:, 0].abs().max() < 1e-4
    assert math.isclose(path.length, 2 * math.pi * radius, rel_tol=1e-3)
    assert torch.equal(path.points[0], path.points[-1])
    rounds = path.at(torch.tensor([0.25, 1.25, -0.75, 7.25]))
    torch.testing.assert_close(rounds, rounds[:1].expand(4, 3), atol=1e-3, rtol=1e-3)


def test_a_spiral_winds_outwards_as_often_as_it_is_told():
    path = spiral(torch.ones(3), AXES, 2.0, turns=3, climb=1.0)
    around = path.sample(100) - 1
    radii = around[:, :2].norm(dim=1)
    assert (radii.diff() > 0).all()
    torch.testing.assert_close(around[-1], torch.tensor([2.0, 0.0, 0.5]), atol=1e-5, rtol=0)
    angle = torch.atan2(around[1:, 1], around[1:, 0]).diff()
    winding = (angle + math.pi).remainder(2 * math.pi) - math.pi
    assert math.isclose(winding.sum() / 2 / math.pi, 3, abs_tol=0.1)
    flat = spiral(torch.zeros(2), torch.eye(2), 1.0)
    assert flat.points.shape[1] == 2


@given(st.lists(codes, min_size=2, max_size=7), st.booleans())
def test_a_tour_passes_every_waypoint_in_order(waypoints, closed):
    way = torch.stack(waypoints)
    assume(step_lengths(way).min() > 0.1 and (way[0] - way[-1]).norm() > 0.1)
    path = tour(way, closed=closed)
    legs = len(way) if closed else len(way) - 1
    passed = path.points[:: (len(path.points) - 1) // legs]
    torch.testing.assert_close(passed[: len(way)], way, atol=1e-4, rtol=1e-4)
    assert torch.allclose(path.points[0], way[0], atol=1e-4)
    assert torch.allclose(path.points[-1], way[0] if closed else way[-1], atol=1e-4)


@given(st.integers(0, 10_000), st.integers(3, 6))
def test_a_tour_has_no_corners(seed, count):
    generator = torch.Generator().manual_seed(seed)
    way = torch.rand(count, 3, generator=generator) - 0.5
    way[:, 0] += torch.arange(count)
    steps = evenly_spaced(tour(way).points, 6000).diff(dim=0)
    cosine = torch.cosine_similarity(steps[1:], steps[:-1])
    assert cosine.min() > 0.9


def test_repeated_waypoints_are_one():
    twice = torch.cat([ENDS[:1], ENDS[:1], ENDS[1:], ENDS[2:]])
    torch.testing.assert_close(tour(twice).points, tour(ENDS).points)
    round_trip = torch.cat([ENDS, ENDS[:1]])
    torch.testing.assert_close(tour(round_trip, closed=True).points, tour(ENDS, closed=True).points)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_a_walk_stays_in_charted_space(seed):
    path = walk(ATLAS.density, ENDS[seed % 3], legs=4, seed=seed)
    assert torch.equal(path.points[0], ENDS[seed % 3])
    charted = ATLAS.density.charted(evenly_spaced(path.points, 300))
    assert charted.float().mean() > 0.99


def test_walks_differ_by_their_seed_and_survive_odd_atlases():
    first, other = (walk(ATLAS.density, ENDS[0], seed=seed) for seed in (1, 2))
    assert not torch.equal(first.points, other.points)
    collapsed = Density.from_codes(torch.zeros(30, 3))
    assert walk(collapsed, torch.zeros(3)).length == 0
    assert walk(collapsed, torch.ones(3)).points.isfinite().all()
    high = Density.from_codes(torch.randn(200, 16, generator=torch.Generator().manual_seed(0)))
    assert walk(high, high.codes[0], legs=2).points.shape[1] == 16


def test_the_road_goes_around_the_hole_that_the_straight_line_crosses():
    density = ATLAS.density
    line = figures(straight(ENDS[0], ENDS[2]), decode, density)
    road = figures(ATLAS.roads.follow(ENDS[0], ENDS[2]), decode, density)
    assert line.charted < 0.7
    assert road.charted > 0.99
    assert road.mean_density > 2 * line.mean_density
    assert road.length > line.length
    assert road.image_length > 0


def test_the_road_meets_its_ends_and_keeps_them_when_they_are_far_out():
    for ends in ((ENDS[0], ENDS[1]), (torch.full((3,), 9.0), ENDS[2]), (ENDS[0], ENDS[0])):
        path = ATLAS.roads.follow(*ends)
        assert torch.equal(path.points[[0, -1]], torch.stack(ends))
        assert path.points.isfinite().all()


def test_separate_islands_and_equal_codes_are_connected():
    generator = torch.Generator().manual_seed(0)
    islands = [torch.randn(50, 4, generator=generator) * 0.1 + 20 * i for i in range(4)]
    roads = Roads(Density.from_codes(torch.cat(islands)), neighbours=5)
    path = roads.follow(islands[0][0], islands[3][0])
    assert torch.equal(path.points[-1], islands[3][0])
    collapsed = Roads(Density.from_codes(torch.zeros(40, 3)))
    assert collapsed.follow(torch.zeros(3), torch.ones(3)).points.isfinite().all()
    tiny = Roads(Density.from_codes(torch.eye(3)[:2]))
    assert tiny.follow(torch.zeros(3), torch.ones(3)).length > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tour(ENDS[:1]), "at least 2 waypoints"),
        (lambda: tour(ENDS[[0, 0, 0]]), "at least 2 waypoints"),
        (lambda: tour(torch.full((2, 3), torch.nan)), "finite codes"),
        (lambda: orbit(ENDS[0], AXES, 0.0), "must be positive"),
        (lambda: spiral(ENDS[0], AXES, 1.0, turns=-1), "must be positive"),
        (lambda: spiral(ENDS[0], AXES[:2], 1.0, climb=1), "third axis"),
        (lambda: orbit(ENDS[0], AXES[:1], 1.0), "2 axes"),
        (lambda: straight(ENDS[0], torch.full((3,), torch.inf)), "finite points"),
        (lambda: straight(ENDS[0], ENDS[1], speed=0), "speed must be positive"),
        (lambda: straight(ENDS[0], ENDS[1]).sample(math.nan), "rate must be positive"),
        (lambda: walk(ATLAS.density, ENDS[0], legs=0), "at least 1"),
        (lambda: walk(ATLAS.density, torch.zeros(2)), "finite codes"),
        (lambda: ATLAS.roads.follow(ENDS[0], torch.zeros(4)), "finite codes of 3"),
        (
            lambda: FlightPath(kind="x", points=ENDS, progress=torch.tensor([0.0, 2.0, 1.0])),
            "rise from 0 to 1",
        ),
    ],
)
def test_impossible_flights_are_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
