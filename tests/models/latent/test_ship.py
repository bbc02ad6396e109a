import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.config import from_json, to_json
from models.latent.flight import Controls, ShipConfig, ShipState, step, turn
from models.latent.flight.quaternion import (
    FORWARD,
    IDENTITY,
    RIGHT,
    UP,
    attitudes_along,
    between,
    conjugate,
    dot,
    from_axis_angle,
    look_at,
    multiply,
    normalised,
    rotate,
    to_axis_angle,
    turned,
)
from tests.models.latent import ship_reference

SHIP = ShipConfig()
parts = st.floats(-1, 1)
vectors = st.tuples(parts, parts, parts)
directions = vectors.filter(lambda v: math.hypot(*v) > 0.1)
quaternions = st.tuples(parts, parts, parts, parts).filter(lambda q: math.hypot(*q) > 0.1)
attitudes = quaternions.map(normalised)
angles = st.floats(-math.pi, math.pi)
wild = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(allow_nan=False, allow_infinity=False)


def close(a, b, tolerance=1e-9):
    return math.dist(a, b) <= tolerance


def same_turn(p, q, tolerance=1e-9):
    """q and -q are one rotation."""
    return min(math.dist(p, q), math.dist(p, tuple(-x for x in q))) <= tolerance


def fly(state, controls, seconds, rate, config=SHIP):
    for _ in range(round(seconds * rate)):
        state = step(state, controls, 1 / rate, config)
    return state


@given(attitudes, vectors)
def test_rotation_keeps_lengths_and_its_opposite_undoes_it(q, v):
    assert math.isclose(math.hypot(*rotate(q, v)), math.hypot(*v), abs_tol=1e-12)
    assert close(rotate(conjugate(q), rotate(q, v)), v)


@given(attitudes, attitudes, vectors)
def test_a_product_is_one_rotation_after_the_other(p, q, v):
    assert close(rotate(multiply(p, q), v), rotate(p, rotate(q, v)))


@given(directions, st.floats(0.01, math.pi - 0.01))
def test_axis_and_angle_round_trip(axis, angle):
    found, turned_by = to_axis_angle(from_axis_angle(axis, angle))
    assert math.isclose(turned_by, angle, abs_tol=1e-9)
    assert close(found, [x / math.hypot(*axis) for x in axis])


def test_turns_about_the_axes_go_the_way_they_say():
    quarter = math.pi / 2
    assert close(rotate(turned(IDENTITY, quarter, 0, 0), FORWARD), UP)
    assert close(rotate(turned(IDENTITY, 0, quarter, 0), FORWARD), RIGHT)
    assert close(rotate(turned(IDENTITY, 0, 0, quarter), RIGHT), (0, -1, 0))
    assert from_axis_angle((0, 0, 0), 1.0) == IDENTITY
    assert to_axis_angle(IDENTITY) == (RIGHT, 0.0)


@given(directions, directions)
def test_between_turns_one_direction_into_the_other_by_the_least_angle(a, b):
    turn_by = between(a, b)
    along = rotate(turn_by, tuple(x / math.hypot(*a) for x in a))
    assert close(along, [x / math.hypot(*b) for x in b], 1e-4)
    cosine = dot(a, b) / math.hypot(*a) / math.hypot(*b)
    assert math.isclose(math.cos(to_axis_angle(turn_by)[1]), cosine, abs_tol=1e-6)


@given(directions)
def test_between_opposites_is_half_a_turn(a):
    back = tuple(-x for x in a)
    assert close(rotate(between(a, back), a), back)


@given(vectors, directions)
def test_look_at_points_the_nose_and_keeps_the_wings_level(eye, way):
    target = tuple(e + w for e, w in zip(eye, way, strict=True))
    attitude = look_at(eye, target)
    assert close(rotate(attitude, FORWARD), [x / math.hypot(*way) for x in way], 1e-6)
    if math.hypot(way[0], way[2]) > 1e-3:
        assert abs(rotate(attitude, RIGHT)[1]) < 1e-6
        assert rotate(attitude, UP)[1] > -1e-6


def test_look_at_where_there_is_no_answer():
    assert look_at((1, 2, 3), (1, 2, 3)) == IDENTITY
    assert close(rotate(look_at((0, 0, 0), (0, 5, 0)), FORWARD), UP)
    assert close(rotate(look_at((0, 0, 0), (0, -5, 0)), FORWARD), (0, -1, 0))


@given(attitudes, st.sampled_from(["pitch", "yaw", "roll"]), st.integers(1, 500))
def test_a_whole_turn_in_any_number_of_parts_comes_back(attitude, axis, count):
    state = ShipState(attitude=attitude)
    part = {"pitch": 0.0, "yaw": 0.0, "roll": 0.0} | {axis: 2 * math.pi / count}
    for _ in range(count):
        state = turn(state, **part)
    assert same_turn(state.attitude, attitude, 1e-6)


def test_there_is_no_gimbal_lock_with_the_nose_straight_up():
    """There Euler angles lose an axis; here yaw and roll still turn about two different ones."""
    up = turn(ShipState(), math.pi / 2, 0, 0).attitude
    yawed, rolled = turned(up, 0, 0.3, 0), turned(up, 0, 0, 0.3)
    assert math.isclose(dot(rotate(yawed, FORWARD), UP), math.cos(0.3), abs_tol=1e-12)
    assert close(rotate(rolled, FORWARD), UP)
    (first, _), (second, _) = (to_axis_angle(multiply(q, conjugate(up))) for q in (yawed, rolled))
    assert abs(dot(first, second)) < 1e-9


def test_attitude_stays_a_unit_after_a_hundred_thousand_steps():
    state, controls = ShipState(), Controls(thrust=1, pitch=0.7, yaw=-1, roll=0.3)
    for _ in range(100_000):
        state = step(state, controls, 1 / 240, SHIP)
    assert abs(math.hypot(*state.attitude) - 1) < 1e-12
    assert math.isfinite(state.speed)


@given(attitudes, vectors)
def test_attitudes_along_follow_the_way_and_roll_no_more_than_needed(start, way):
    points = [(math.cos(a / 8) + way[0], math.sin(a / 8), way[1] * a / 8) for a in range(40)]
    found = attitudes_along(points, start)
    assert len(found) == 40
    for i, attitude in enumerate(found[:-1]):
        step_by = [b - a for a, b in zip(points[i], points[i + 1], strict=True)]
        assert close(rotate(attitude, FORWARD), [x / math.hypot(*step_by) for x in step_by], 1e-6)
    for before, after in pairwise(found[:-1]):
        _, turned_by = to_axis_angle(multiply(after, conjugate(before)))
        bend = dot(rotate(before, FORWARD), rotate(after, FORWARD))
        assert math.isclose(math.cos(turned_by), bend, abs_tol=1e-6)
    assert attitudes_along([]) == []
    assert attitudes_along([(0, 0, 0), (0, 0, 0)], start) == [normalised(start)] * 2


@given(
    st.builds(Controls, thrust=parts, brake=parts, pitch=parts, yaw=parts, roll=parts),
    attitudes,
    vectors,
    vectors,
)
def test_the_frame_rate_hardly_matters(controls, attitude, position, velocity):
    start = ShipState(position=position, velocity=velocity, attitude=attitude)
    slow, fast = (fly(start, controls, 2, rate) for rate in (30, 240))
    odd = fly(start, controls, 2, 17.5)
    for other in (slow, odd):
        assert close(other.position, fast.position, 0.01)
        assert close(other.velocity, fast.velocity, 0.02)
        assert same_turn(other.attitude, fast.attitude, 0.01)


@given(
    st.tuples(finite, finite, finite),
    st.tuples(finite, finite, finite),
    st.tuples(*[st.floats(-100, 100)] * 3),
    attitudes,
    st.builds(Controls, thrust=wild, brake=wild, pitch=wild, yaw=wild, roll=wild),
    wild,
)
def test_nothing_leads_out_of_bounds_or_to_no_number(position, velocity, rates, q, controls, dt):
    state = ShipState(position=position, velocity=velocity, attitude=q, rates=rates)
    for _ in range(3):
        state = step(state, controls, 0.02, SHIP)
        for x, low, high in zip(state.position, SHIP.low, SHIP.high, strict=True):
            assert low - SHIP.margin <= x <= high + SHIP.margin
    assert step(state, controls, dt, SHIP).speed < 2 * SHIP.fastest


@given(directions, st.sampled_from([30, 60, 144]))
def test_the_border_is_soft_and_stops_a_ship_at_full_thrust_by_itself(way, rate):
    ship = ShipConfig.within((-2.0, -3.0, -4.0), (2.0, 3.0, 4.0))
    state = ShipState(attitude=look_at((0, 0, 0), way))
    for _ in range(10 * rate):
        state = step(state, Controls(thrust=1), 1 / rate, ship)
    beyond = [abs(x) - high for x, high in zip(state.position, ship.high, strict=True)]
    assert -0.1 < max(beyond) < ship.margin / 2


def test_at_the_border_a_ship_is_slowed_not_thrown_back():
    state, closest = ShipState(velocity=(SHIP.thrust, 0.0, 0.0)), 0.0
    ship = ShipConfig(drag=1e-3)
    for _ in range(600):
        before, state = state, step(state, Controls(), 1 / 60, ship)
        assert math.dist(state.velocity, before.velocity) < 0.25
        assert state.velocity[0] > -0.2 * SHIP.thrust
        closest = max(closest, state.position[0])
    assert ship.high[0] < closest < ship.high[0] + ship.margin


def test_thrust_ends_at_its_top_speed_and_drag_and_brake_stop_it():
    ship = ShipConfig(low=(-1e6,) * 3, high=(1e6,) * 3)
    fast = fly(ShipState(), Controls(thrust=1), 10, 60, ship)
    assert math.isclose(fast.speed, ship.thrust / ship.drag, rel_tol=1e-3)
    assert close(fast.heading, FORWARD)
    gliding = fly(fast, Controls(), 1, 60, ship)
    assert math.isclose(gliding.speed / fast.speed, math.exp(-ship.drag), rel_tol=1e-6)
    braked = fly(fast, Controls(brake=1), 1, 60, ship)
    assert math.isclose(braked.speed / fast.speed, math.exp(-ship.drag - ship.brake), rel_tol=1e-6)
    far = math.dist(gliding.position, fast.position)
    assert math.isclose(far, fast.speed * (1 - math.exp(-1)), rel_tol=1e-3)


def test_a_held_turn_reaches_its_rate_and_a_long_pause_is_not_flown():
    state = fly(ShipState(), Controls(roll=1), 2, 60)
    assert math.isclose(state.rates[2], SHIP.roll_rate, rel_tol=1e-6)
    assert step(state, Controls(thrust=1), 3600, SHIP) == step(
        state, Controls(thrust=1), SHIP.longest, SHIP
    )
    assert step(state, Controls(), 0, SHIP) == state
    assert step(state, Controls(), -1, SHIP) == state


def test_a_ship_of_any_box_has_its_proportions():
    small, large = (ShipConfig.within((-s, -s, -s), (s, s, s)) for s in (1.0, 10.0))
    assert math.isclose(large.thrust, 10 * small.thrust)
    assert math.isclose(large.margin, 10 * small.margin)
    assert math.isclose(large.spring, small.spring)
    assert from_json(ShipConfig, to_json(large)) == large


@pytest.mark.parametrize(
    "fields",
    [
        {"low": (0.0, 0.0, 0.0), "high": (1.0, 0.0, 1.0)},
        {"low": (0.0, 0.0, math.nan)},
        {"drag": 0.0},
        {"substep": -1.0},
        {"margin": math.inf},
    ],
)
def test_impossible_ships_are_refused(fields):
    with pytest.raises(ValueError, match="A ship"):
        ShipConfig(**fields)


@pytest.mark.parametrize(
    "fields", [{"position": (math.nan, 0, 0)}, {"attitude": (1.0, 1.0, 0.0, 0.0)}]
)
def test_impossible_states_are_refused(fields):
    with pytest.raises(ValueError, match="A ship's"):
        ShipState(**fields)


def test_no_attitude_has_no_direction():
    with pytest.raises(ValueError, match="four finite numbers"):
        normalised((0.0, 0.0, 0.0, 0.0))


def test_the_kept_flights_are_the_ones_flown_now():
    kept, now = ship_reference.kept(), ship_reference.flights()
    assert kept["config"] == now["config"], "write them anew: see ship_reference.py"
    for old, new in zip(kept["flights"], now["flights"], strict=True):
        assert old["name"] == new["name"]
        for a, b in zip(old["states"], new["states"], strict=True):
            first, second = ship_reference.read_state(a), ship_reference.read_state(b)
            assert close(first.position, second.position)
            assert same_turn(first.attitude, second.attitude)
