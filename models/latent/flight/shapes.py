"""Flight paths that are drawn from a formula: straight, warp, spiral, orbit, tour.

Shapes: W waypoints, P points, D latent dimensions.
"""

import math

import torch
from torch import Tensor

from models.latent.flight.path import RESOLUTION, FlightPath, evenly_spaced
from models.latent.interpolation import lerp

__all__ = ["catmull_rom", "orbit", "spiral", "straight", "tour", "warp"]

_PIECE = 64
"""Points between two waypoints of a tour."""


def straight(a_D: Tensor, b_D: Tensor, speed: float = 1.0) -> FlightPath:
    """The straight line, at constant speed."""
    return FlightPath.even("straight", _line(a_D, b_D), speed)


def warp(a_D: Tensor, b_D: Tensor, speed: float = 1.0) -> FlightPath:
    """The straight line from rest to rest, speeding up and slowing down smoothly.

    The share travelled at the share u of the time is 10 u^3 - 15 u^4 + 6 u^5, the motion of least
    jerk (The coordination of arm movements, Flash and Hogan, 1985): velocity and acceleration are
    0 at both ends, and the highest speed is 15/8 of the mean, `speed`.
    """
    u = torch.linspace(0, 1, RESOLUTION, dtype=torch.float64)
    travelled = u**3 * (10 - 15 * u + 6 * u**2)
    points = lerp(a_D.double(), b_D.double(), travelled).float()
    return FlightPath(kind="warp", points=points, progress=u, speed=speed)


def orbit(centre_D: Tensor, axes_AD: Tensor, radius: float, speed: float = 1.0) -> FlightPath:
    """The circle around a point in the plane of the first two axes; it begins on the first.

    Args:
        centre_D: float [D].
        axes_AD: Perpendicular unit vectors, such as `Frame.axes`; at least two.
        radius: Latent units.
        speed: Latent units per second.

    Raises:
        ValueError: The radius is not positive.
    """
    angle = torch.linspace(0, 2 * math.pi, RESOLUTION + 1, dtype=torch.float64)
    ring = _positive(radius) * torch.stack([angle.cos(), angle.sin()], dim=1)
    points = _placed(centre_D, axes_AD[:2], ring)
    points[-1] = points[0]
    return FlightPath.even("orbit", points, speed, closed=True)


def spiral(
    centre_D: Tensor,
    axes_AD: Tensor,
    radius: float,
    speed: float = 1.0,
    *,
    turns: float = 4.0,
    climb: float = 0.0,
) -> FlightPath:
    """An Archimedean spiral from a point outwards, r = radius angle / (2 pi turns).

    Args:
        centre_D: Where it begins (`climb` = 0) or half-way along the third axis; float [D].
        axes_AD: Perpendicular unit vectors, such as `Frame.axes`; a third only where it climbs.
        radius: Of the end, in latent units.
        speed: Latent units per second.
        turns: Rounds.
        climb: How far it rises along the third axis, from -climb / 2 to climb / 2.

    Raises:
        ValueError: Radius or turns are not positive, or an axis is missing.
    """
    if climb and len(axes_AD) < 3:
        raise ValueError("A spiral that climbs needs a third axis.")
    share = torch.linspace(0, 1, RESOLUTION, dtype=torch.float64)
    angle, reach = 2 * math.pi * _positive(turns) * share, _positive(radius) * share
    rows = [reach * angle.cos(), reach * angle.sin(), climb * (share - 0.5)]
    offsets = torch.stack(rows[: min(3, len(axes_AD))], dim=1)
    points = _placed(centre_D, axes_AD[:3], offsets)
    return FlightPath.even("spiral", evenly_spaced(points), speed)


def tour(waypoints_WD: Tensor, speed: float = 1.0, *, closed: bool = False) -> FlightPath:
    """A smooth way through every waypoint in their order.

    Waypoints that repeat the one before are left out.

    Raises:
        ValueError: There are not two different waypoints, or some are not finite.
    """
    points = catmull_rom(waypoints_WD, closed=closed)
    return FlightPath.even("tour", points, speed, closed=closed)


def catmull_rom(waypoints_WD: Tensor, *, closed: bool = False) -> Tensor:
    """Points of the centripetal Catmull-Rom spline through the waypoints; float32 [P, D].

    Knots lie |p_i+1 - p_i|^(1/2) apart, which rules out loops and cusps between waypoints (On the
    Parameterization of Catmull-Rom Curves, Yuksel et al., 2009). An open spline ends as if the next
    waypoint were the mirror image of the one before.

    Raises:
        ValueError: There are not two different waypoints, or some are not finite.
    """
    if waypoints_WD.dim() != 2 or not bool(waypoints_WD.isfinite().all()):
        raise ValueError(f"Waypoints must be finite codes [W, D], not {list(waypoints_WD.shape)}.")
    p = _without_repeats(waypoints_WD.double(), closed=closed)
    if len(p) < 2:
        raise ValueError("A tour needs at least 2 waypoints that differ from one another.")
    if closed:
        p = torch.cat([p[-1:], p, p[:2]])
    else:
        p = torch.cat([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    gap = p.diff(dim=0).norm(dim=1, keepdim=True).sqrt()
    slope = p.diff(dim=0) / gap
    # Hermite form: the tangent at a waypoint is that of the parabola through its neighbours.
    tangent = (gap[1:] * slope[:-1] + gap[:-1] * slope[1:]) / (gap[:-1] + gap[1:])
    start, end, width = p[1:-2], p[2:-1], gap[1:-1]
    u = torch.linspace(0, 1, _PIECE + 1, dtype=torch.float64)[:-1].view(-1, 1, 1)
    pieces = (
        (1 + 2 * u) * (1 - u) ** 2 * start
        + u * (1 - u) ** 2 * width * tangent[:-1]
        + u**2 * (3 - 2 * u) * end
        - u**2 * (1 - u) * width * tangent[1:]
    )
    return torch.cat([pieces.transpose(0, 1).flatten(0, 1), end[-1:]]).float()


def _without_repeats(points_WD: Tensor, *, closed: bool) -> Tensor:
    differs = (points_WD[1:] != points_WD[:-1]).any(1)
    kept = torch.cat([points_WD[:1], points_WD[1:][differs]])
    returns = closed and len(kept) > 1 and bool((kept[0] == kept[-1]).all())
    return kept[:-1] if returns else kept


def _line(a_D: Tensor, b_D: Tensor) -> Tensor:
    return lerp(a_D.float(), b_D.float(), torch.linspace(0, 1, RESOLUTION))


def _placed(centre_D: Tensor, axes_AD: Tensor, offsets_PA: Tensor) -> Tensor:
    if len(axes_AD) < offsets_PA.shape[1]:
        raise ValueError(f"This path needs {offsets_PA.shape[1]} axes, not {len(axes_AD)}.")
    return (centre_D.double() + offsets_PA @ axes_AD.double()).float()


def _positive(value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError(f"The radius and turns of a path must be positive, not {value}.")
    return value
