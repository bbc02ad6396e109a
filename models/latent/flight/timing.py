"""How evenly the picture changes along a flight, and how well the flight keeps to the data.

Shapes: T times, D latent dimensions.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models.latent.density import CHARTED, Density
from models.latent.flight.film import Pixels, Shares, film, travelled
from models.latent.flight.path import FlightPath, evenly_spaced
from models.latent.interpolation import image_steps

__all__ = ["Decode", "PathFigures", "figures", "to_constant_image_speed"]

Decode = Callable[[Tensor], Tensor]
"""Codes float [T, D] to pictures [T, ...], float in [0, 1] or uint8"""

_FRAMES = 240
_EVEN = 256
_AT_ONCE = 32
_MOST = 384


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

    The way that the picture travels along the line (`travelled`) becomes the timetable; it is
    measured with as many pictures as that takes (`film`). Where the picture rests, the flight
    hurries; a path whose picture never changes stays as it is.

    Args:
        path: Any path; its line stays exactly what it is.
        decode: The model's decoder.
        most: Pictures that may be decoded.
    """
    if not path.length:
        return path
    line = FlightPath.even(path.kind, path.points)

    def look(shares: Shares) -> Pixels:
        pictures = _pictures(decode, line.at(torch.from_numpy(shares)))
        return np.asarray(_unit(pictures).flatten(1).cpu().numpy(), np.float32)

    shares, times = travelled(*film(look, most))
    if not times[-1] > 0:
        return path
    # The corners of the line itself are kept between the points of the timetable.
    every = np.union1d(shares, line.progress.numpy())
    progress = np.interp(every, shares, times / times[-1])
    progress[0], progress[-1] = 0.0, 1.0
    return replace(
        path, points=line.at(torch.from_numpy(every)), progress=torch.from_numpy(progress)
    )


def _pictures(decode: Decode, codes_TD: Tensor) -> Tensor:
    # In pieces that fit into a core's cache: a third faster than all at once.
    return torch.cat([decode(codes) for codes in codes_TD.split(_AT_ONCE)])


def _unit(pictures: Tensor) -> Tensor:
    return pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures.float()
