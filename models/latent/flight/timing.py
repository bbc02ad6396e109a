"""How evenly the picture changes along a flight, and how well the flight keeps to the data.

Shapes: T times, D latent dimensions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.interpolate import PchipInterpolator
from torch import Tensor

from models.latent.density import CHARTED, Density
from models.latent.flight.path import FlightPath, evenly_spaced
from models.latent.interpolation import image_steps

__all__ = ["Decode", "PathFigures", "figures", "to_constant_image_speed"]

Decode = Callable[[Tensor], Tensor]
"""Codes float [T, D] to pictures [T, ...], float in [0, 1] or uint8"""

_FRAMES = 240
_EVEN = 256
_PICTURES = 192
_AT_ONCE = 32
_MOST = 1024
_UNEVEN = 1.1
_FINE = 2048
_INSTANT = 1e-3


@dataclass(frozen=True, kw_only=True, slots=True)
class PathFigures:
    """What two ways between the same codes are compared by."""

    length: float
    """In latent units"""
    image_length: float
    """Sum of the decoded differences, in pixels in [0, 1]"""
    largest_step: float
    """The largest difference as a multiple of the mean one"""
    mean_density: float
    """Mean percentile of `Density` over points at equal distances"""
    charted: float
    """Share of these points that are charted"""


@torch.inference_mode()
def figures(
    path: FlightPath, decode: Decode, density: Density, frames: int = _FRAMES
) -> PathFigures:
    """Measure a path with `frames` pictures decoded along its timetable."""
    shares = torch.linspace(0, 1, frames, dtype=torch.float64)
    steps = image_steps(_pictures(decode, path.at(shares)))
    percentiles = density.percentile(evenly_spaced(path.points, _EVEN))
    return PathFigures(
        length=path.length,
        image_length=float(steps.sum()),
        largest_step=float(steps.max() / steps.mean().clamp(min=1e-12)),
        mean_density=float(percentiles.mean()),
        charted=float((percentiles >= CHARTED).float().mean()),
    )


@torch.inference_mode()
def to_constant_image_speed(path: FlightPath, decode: Decode, most: int = _MOST) -> FlightPath:
    """Re-time a path so that the picture changes at a constant rate, in the same duration.

    The way that the picture travels between points of the path at equal latent distances, joined by
    a monotone cubic (Monotone Piecewise Cubic Interpolation, Fritsch and Carlson, 1980), becomes
    the timetable. There are as many points as it takes: they are doubled while a timetable of every
    second one would be too uneven, for its error is about four times that of all. Where the picture
    rests, the flight hurries.

    Args:
        path: Any path.
        decode: The model's decoder.
        most: Pictures that may be decoded, about.
    """
    if not path.length:
        return path
    shares = torch.linspace(0, 1, _PICTURES + 1, dtype=torch.float64)
    pictures = _pictures(decode, _along(path, shares))
    while _unevenness_of_half(shares, pictures) > _UNEVEN and 2 * len(shares) - 1 <= most + 1:
        shares, pictures = _doubled(path, decode, shares, pictures)
    if not float(image_steps(pictures).sum()) > 0:
        return path
    fine = np.linspace(0, 1, _FINE)
    progress = _timetable(shares, pictures)(fine)
    progress = np.maximum.accumulate(progress.clip(0, 1))
    progress[0], progress[-1] = 0.0, 1.0
    return replace(
        path, points=_along(path, torch.from_numpy(fine)), progress=torch.from_numpy(progress)
    )


def _pictures(decode: Decode, codes_TD: Tensor) -> Tensor:
    # In pieces that fit into a core's cache: a third faster than all at once.
    return torch.cat([decode(codes) for codes in codes_TD.split(_AT_ONCE)])


def _along(path: FlightPath, shares_T: Tensor) -> Tensor:
    """Points at shares of the length, whatever the timetable."""
    return FlightPath.even(path.kind, path.points).at(shares_T)


def _timetable(shares_T: Tensor, pictures: Tensor) -> PchipInterpolator:
    """From the share of the length to the share of the time."""
    travelled = torch.nn.functional.pad(image_steps(pictures).double(), (1, 0)).cumsum(0)
    return PchipInterpolator(shares_T.numpy(), (travelled / travelled[-1]).numpy())


def _unevenness_of_half(shares_T: Tensor, pictures: Tensor) -> float:
    """The fastest piece, as a multiple of the mean, under the timetable of every second point."""
    steps = image_steps(pictures).double().numpy()
    if not float(image_steps(pictures[::2]).sum()) > 0:
        return np.inf if steps.sum() > 0 else 1.0
    times = np.diff(_timetable(shares_T[::2], pictures[::2])(shares_T.numpy()))
    return float((steps / np.maximum(times, _INSTANT)).max() / steps.sum())


def _doubled(
    path: FlightPath, decode: Decode, shares_T: Tensor, pictures: Tensor
) -> tuple[Tensor, Tensor]:
    """Add a point half-way between any two."""
    middles = (shares_T[1:] + shares_T[:-1]) / 2
    order = torch.cat([shares_T, middles]).argsort()
    every = torch.cat([pictures, _pictures(decode, _along(path, middles))])
    return torch.cat([shares_T, middles])[order], every[order]
