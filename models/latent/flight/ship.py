"""The ship: a body with inertia that is steered through a space of three dimensions.

One step, in the order in which a browser computes it too (h is a part of the step of at most
`substep` seconds, c(v) = expm1(-c h) / -c the integral of exp(-c t) over it):

    rates    w' = target + (w - target) exp(-h / lag)             pitch, yaw, roll in rad/s
    angles   a  = target h + (w - target) lag (1 - exp(-h / lag))  exact, about the ship's own axes
    middle   m  = x + v h / 2
    push     p  = thrust forward(attitude turned by a / 2) - spring excess(m)
    velocity v' = v exp(-c h) + p c(v),  c = drag + brake, and 2 sqrt(spring) more beyond the border
    position x' = m + v' h / 2

It is leapfrog with the drag integrated exactly: second order, stable, and hardly another flight at
another frame rate. Positions are in latent units, times in seconds, angles in radians.
"""

import math
from dataclasses import dataclass, replace

from pydantic import ConfigDict

from models.latent.flight.quaternion import (
    FORWARD,
    IDENTITY,
    Quaternion,
    Vector,
    rotate,
    turned,
)

__all__ = ["Controls", "ShipConfig", "ShipState", "step", "turn"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ShipConfig:
    """The constants of a ship and of the space that it flies in."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    low: Vector = (-3.0, -3.0, -3.0)
    """Where the border begins, on the low side of each axis."""
    high: Vector = (3.0, 3.0, 3.0)
    """Where the border begins, on the high side of each axis."""
    margin: float = 0.6
    """How far beyond the border a ship can be at all."""
    spring: float = 11.0
    """Push back for each unit beyond the border, in 1/s^2."""
    thrust: float = 1.5
    """Acceleration at full thrust, in units/s^2."""
    drag: float = 1.0
    """Share of the velocity lost each second, in 1/s; full thrust ends at thrust / drag."""
    brake: float = 4.0
    """The same at full brake, on top of the drag."""
    fastest: float = 6.0
    """Speed to which a faster ship is slowed at once, in units/s."""
    pitch_rate: float = 1.6
    """Full deflection, in rad/s."""
    yaw_rate: float = 1.6
    """Full deflection, in rad/s."""
    roll_rate: float = 2.2
    """Full deflection, in rad/s."""
    lag: float = 0.12
    """Time constant with which the ship takes up a turn, in seconds."""
    substep: float = 1 / 240
    """Longest time computed at once, in seconds."""
    longest: float = 0.25
    """Longest step; of more, as after a pause, the rest is not flown."""

    def __post_init__(self) -> None:
        """Check every range."""
        ends = (*self.low, *self.high)
        if not all(map(math.isfinite, ends)) or any(
            a >= b for a, b in zip(self.low, self.high, strict=True)
        ):
            raise ValueError(f"A ship needs low < high on three axes, not {self.low}, {self.high}.")
        for name in _POSITIVE:
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"A ship's {name} must be positive, not {getattr(self, name)}.")

    @classmethod
    def within(cls, low: Vector, high: Vector, crossing: float = 4.0) -> "ShipConfig":
        """Return a ship that suits a box of any size.

        At full thrust it crosses the mean side in `crossing` seconds. It can go a tenth of that
        side beyond the border, and the spring is the one that stops it there when it comes at top
        speed v under thrust a: spring m^2 / 2 = v^2 / 2 + a m.

        Args:
            low: Low end of each axis, such as that of the atlas's core.
            high: High end of each axis.
            crossing: Seconds.
        """
        side = sum(b - a for a, b in zip(low, high, strict=True)) / 3
        speed, margin = side / crossing, side / 10
        thrust = speed * cls().drag
        return cls(
            low=low,
            high=high,
            margin=margin,
            spring=(speed**2 + 2 * thrust * margin) / margin**2,
            thrust=thrust,
            fastest=4 * speed,
        )


_POSITIVE = (
    *("margin", "spring", "thrust", "drag", "brake", "fastest"),
    *("pitch_rate", "yaw_rate", "roll_rate", "lag", "substep", "longest"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShipState:
    """Where a ship is and how it moves."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    position: Vector = (0.0, 0.0, 0.0)
    """In the space's own axes."""
    velocity: Vector = (0.0, 0.0, 0.0)
    """In the space's own axes, units/s."""
    attitude: Quaternion = IDENTITY
    """From the ship's axes to the space's: right x, up y, forward -z."""
    rates: Vector = (0.0, 0.0, 0.0)
    """Pitch, yaw and roll, in rad/s about the ship's own axes."""

    def __post_init__(self) -> None:
        """Check that every number is one."""
        if not all(map(math.isfinite, (*self.position, *self.velocity, *self.rates))):
            raise ValueError("A ship's position, velocity and rates must be finite numbers.")
        if not abs(math.hypot(*self.attitude) - 1) < 1e-6:
            raise ValueError(f"A ship's attitude must be a unit quaternion, not {self.attitude}.")

    @property
    def heading(self) -> Vector:
        """The direction of the nose, a unit vector."""
        return rotate(self.attitude, FORWARD)

    @property
    def speed(self) -> float:
        """Units/s."""
        return math.hypot(*self.velocity)


@dataclass(frozen=True, kw_only=True, slots=True)
class Controls:
    """What the pilot does: shares of full deflection, cut to -1 to 1; NaN is 0."""

    thrust: float = 0.0
    """Forward, or backward below 0."""
    brake: float = 0.0
    """From 0 to 1."""
    pitch: float = 0.0
    """Positive lifts the nose."""
    yaw: float = 0.0
    """Positive turns the nose to the right."""
    roll: float = 0.0
    """Positive lowers the right wing."""


def step(state: ShipState, controls: Controls, dt: float, config: ShipConfig) -> ShipState:
    """Fly on for `dt` seconds with the controls held.

    The position ends within `config.margin` of the border box, whatever the state before.

    Args:
        state: Before; it is left as it is.
        controls: Held for the whole step.
        dt: Seconds; below 0 and NaN are 0, above `config.longest` is that.
        config: The ship.
    """
    whole = _cut(dt, 0.0, config.longest)
    parts = math.ceil(whole / config.substep - 1e-9)
    for _ in range(parts):
        state = _substep(state, controls, whole / parts, config)
    return state


def turn(state: ShipState, pitch: float, yaw: float, roll: float) -> ShipState:
    """Turn at once by angles in radians, as a hand that drags the view does."""
    return replace(state, attitude=turned(state.attitude, pitch, yaw, roll))


def _substep(state: ShipState, controls: Controls, h: float, config: ShipConfig) -> ShipState:
    rates, angles = _turning(state, controls, h, config)
    middle = turned(state.attitude, angles[0] / 2, angles[1] / 2, angles[2] / 2)
    position, velocity = _moving(state, rotate(middle, FORWARD), controls, h, config)
    attitude = turned(state.attitude, *angles)
    return ShipState(position=position, velocity=velocity, attitude=attitude, rates=rates)


def _turning(
    state: ShipState, controls: Controls, h: float, config: ShipConfig
) -> tuple[Vector, Vector]:
    """Rates after the step and angles turned in it."""
    kept = math.exp(-h / config.lag)
    targets = (
        _cut(controls.pitch, -1.0, 1.0) * config.pitch_rate,
        _cut(controls.yaw, -1.0, 1.0) * config.yaw_rate,
        _cut(controls.roll, -1.0, 1.0) * config.roll_rate,
    )
    rates, angles = [], []
    for rate, target in zip(state.rates, targets, strict=True):
        rates.append(target + (rate - target) * kept)
        angles.append(target * h + (rate - target) * config.lag * (1 - kept))
    return (rates[0], rates[1], rates[2]), (angles[0], angles[1], angles[2])


def _moving(
    state: ShipState, forward: Vector, controls: Controls, h: float, config: ShipConfig
) -> tuple[Vector, Vector]:
    """Position and velocity after the step."""
    thrust = _cut(controls.thrust, -1.0, 1.0) * config.thrust
    drag = config.drag + _cut(controls.brake, 0.0, 1.0) * config.brake
    # One speed limit for all axes, so that the direction stays.
    slower = min(1.0, config.fastest / max(state.speed, config.fastest))
    position, velocity = [], []
    for axis in range(3):
        low, high = config.low[axis], config.high[axis]
        v = state.velocity[axis] * slower
        x = _cut(state.position[axis], low - config.margin, high + config.margin) + v * h / 2
        excess = x - _cut(x, low, high)
        c = drag + (2 * math.sqrt(config.spring) if excess else 0.0)
        v = v * math.exp(-c * h) - (thrust * forward[axis] - config.spring * excess) * (
            math.expm1(-c * h) / c
        )
        x += v * h / 2
        inside = _cut(x, low - config.margin, high + config.margin)
        position.append(inside)
        velocity.append(v if x == inside else 0.0)
    return (position[0], position[1], position[2]), (velocity[0], velocity[1], velocity[2])


def _cut(value: float, low: float, high: float) -> float:
    """Return `value` within low and high; NaN is read as 0 and cut like any number."""
    return min(max(value if value == value else 0.0, low), high)
