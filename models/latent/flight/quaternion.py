"""Attitudes as unit quaternions: rotations without gimbal lock.

A quaternion is (w, x, y, z) = (cos(angle / 2), sin(angle / 2) axis). It turns a vector of the
ship's own axes into one of the space that it flies in. The ship's axes are those of a WebGL camera:
x to the right, y up, and forward is -z.

Plain numbers instead of tensors: a step of the ship is a handful of them, a browser computes the
same ones function for function, and tensors of three numbers would be ten times slower.
"""

import math
from collections.abc import Iterable
from itertools import pairwise

__all__ = [
    "FORWARD",
    "IDENTITY",
    "RIGHT",
    "UP",
    "Quaternion",
    "Vector",
    "attitudes_along",
    "between",
    "conjugate",
    "cross",
    "dot",
    "from_axis_angle",
    "look_at",
    "multiply",
    "normalised",
    "rotate",
    "to_axis_angle",
    "turned",
]

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]

IDENTITY: Quaternion = (1.0, 0.0, 0.0, 0.0)
RIGHT: Vector = (1.0, 0.0, 0.0)
UP: Vector = (0.0, 1.0, 0.0)
FORWARD: Vector = (0.0, 0.0, -1.0)

_TINY = 1e-12


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product, right-handed."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def multiply(p: Quaternion, q: Quaternion) -> Quaternion:
    """The Hamilton product p q: first q, then p."""
    pw, px, py, pz = p
    qw, qx, qy, qz = q
    return (
        pw * qw - px * qx - py * qy - pz * qz,
        pw * qx + px * qw + py * qz - pz * qy,
        pw * qy - px * qz + py * qw + pz * qx,
        pw * qz + px * qy - py * qx + pz * qw,
    )


def conjugate(q: Quaternion) -> Quaternion:
    """The opposite rotation of a unit quaternion."""
    return (q[0], -q[1], -q[2], -q[3])


def normalised(q: Quaternion) -> Quaternion:
    """Return q / |q|.

    Raises:
        ValueError: q has no direction: it is 0 or not finite.
    """
    size = math.hypot(*q)
    if not _TINY < size < math.inf:
        raise ValueError(f"An attitude is four finite numbers that are not all 0, not {q}.")
    return (q[0] / size, q[1] / size, q[2] / size, q[3] / size)


def rotate(q: Quaternion, v: Vector) -> Vector:
    """Turn a vector by a unit quaternion: v + 2 w (u x v) + 2 u x (u x v), q = (w, u)."""
    w, u = q[0], (q[1], q[2], q[3])
    a = cross(u, v)
    b = cross(u, a)
    return (
        v[0] + 2 * (w * a[0] + b[0]),
        v[1] + 2 * (w * a[1] + b[1]),
        v[2] + 2 * (w * a[2] + b[2]),
    )


def from_axis_angle(axis: Vector, angle: float) -> Quaternion:
    """The rotation by `angle` radians about `axis`, right-handed; no axis, no rotation."""
    size = math.hypot(*axis)
    if size < _TINY:
        return IDENTITY
    share = math.sin(angle / 2) / size
    return (math.cos(angle / 2), axis[0] * share, axis[1] * share, axis[2] * share)


def to_axis_angle(q: Quaternion) -> tuple[Vector, float]:
    """The unit axis and the angle in [0, pi] of a unit quaternion; the identity turns about x."""
    w, x, y, z = q if q[0] >= 0 else (-q[0], -q[1], -q[2], -q[3])
    size = math.hypot(x, y, z)
    if size < _TINY:
        return RIGHT, 0.0
    return (x / size, y / size, z / size), 2 * math.atan2(size, w)


def turned(attitude: Quaternion, pitch: float, yaw: float, roll: float) -> Quaternion:
    """Turn a ship about its own axes, by one rotation about (pitch, -yaw, -roll).

    Args:
        attitude: Before.
        pitch: Radians; positive lifts the nose.
        yaw: Radians; positive turns the nose to the right.
        roll: Radians; positive lowers the right wing.

    Returns:
        A unit quaternion.
    """
    axis = (pitch, -yaw, -roll)
    return normalised(multiply(attitude, from_axis_angle(axis, math.hypot(*axis))))


def between(a: Vector, b: Vector) -> Quaternion:
    """The least rotation that turns the direction of `a` into that of `b`.

    Opposite directions are half a turn about an axis that depends on `a` alone; a vector of no
    length has no direction and gives the identity.
    """
    scale = math.hypot(*a) * math.hypot(*b)
    if not _TINY < scale < math.inf:
        return IDENTITY
    w, axis = scale + dot(a, b), cross(a, b)
    if w < 1e-9 * scale:
        return from_axis_angle(_across(a), math.pi)
    return normalised((w, *axis))


def look_at(eye: Vector, target: Vector, up: Vector = UP) -> Quaternion:
    """The attitude at `eye` whose nose points at `target`, its own up as near to `up` as it can be.

    With the target straight above or below there is no nearest up, and the least turn from the
    identity is taken; a target at the eye itself gives the identity.
    """
    forward = (target[0] - eye[0], target[1] - eye[1], target[2] - eye[2])
    nose = between(FORWARD, forward)
    size = math.hypot(*forward)
    if size < _TINY:
        return IDENTITY
    along = dot(forward, up) / size**2
    wanted = (
        up[0] - along * forward[0],
        up[1] - along * forward[1],
        up[2] - along * forward[2],
    )
    if math.hypot(*wanted) < 1e-9 * math.hypot(*up):
        return nose
    # Both ups are perpendicular to the nose, so the turn between them is a roll.
    own, axis = rotate(nose, UP), (forward[0] / size, forward[1] / size, forward[2] / size)
    roll = math.atan2(dot(cross(own, wanted), axis), dot(own, wanted))
    return normalised(multiply(from_axis_angle(axis, roll), nose))


def attitudes_along(points: Iterable[Vector], start: Quaternion = IDENTITY) -> list[Quaternion]:
    """Attitudes whose noses follow a way and that roll as little as they can.

    Each is the one before, turned by the least rotation between the two directions (parallel
    transport), so that a tunnel along the way does not twist.

    Args:
        points: The way.
        start: The attitude before the first point; its nose is turned into the way first.

    Returns:
        As many unit quaternions as points; where the way rests, the attitude does.
    """
    way = list(points)
    attitudes, attitude = [], start
    for here, there in pairwise(way):
        step = (there[0] - here[0], there[1] - here[1], there[2] - here[2])
        turn = between(rotate(attitude, FORWARD), step)
        attitude = normalised(multiply(turn, attitude))
        attitudes.append(attitude)
    return [*attitudes, attitude] if way else []


def _across(a: Vector) -> Vector:
    """A vector perpendicular to `a`, from the axis that it leans on least."""
    least = min(range(3), key=lambda i: abs(a[i]))
    return cross(a, (float(least == 0), float(least == 1), float(least == 2)))
