"""A flight path: a line through latent space and when it is where.

Shapes: P points of the line, T times, D latent dimensions.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models.latent.interpolation import step_lengths

__all__ = ["RESOLUTION", "FlightPath", "evenly_spaced"]

RESOLUTION = 1024
"""Points of a line that is drawn from a formula."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FlightPath:
    """A line through latent space with a timetable, whatever its kind.

    Raises:
        ValueError: The parts do not fit each other; the message names the one.
    """

    kind: str
    """How it was made, such as "orbit" """
    points: Tensor
    """float32 [P, D], a line close enough to be joined by straight pieces"""
    progress: Tensor
    """float64 [P], the share of the time at which each point is passed, from 0 to 1"""
    speed: float = 1.0
    """Mean speed, latent units per second"""
    closed: bool = False
    """Whether it begins again where it ends"""

    def __post_init__(self) -> None:
        if self.points.dim() != 2 or len(self.points) < 2 or not _finite(self.points):
            raise ValueError("A flight path needs at least 2 finite points [P, D].")
        if self.progress.shape != self.points.shape[:1] or not _rises(self.progress):
            raise ValueError("A flight path's progress must rise from 0 to 1, a number a point.")
        if not 0 < self.speed < math.inf:
            raise ValueError(f"A flight's speed must be positive, not {self.speed}.")

    @classmethod
    def even(
        cls, kind: str, points_PD: Tensor, speed: float = 1.0, *, closed: bool = False
    ) -> "FlightPath":
        """The path along a line at constant speed; points may be spaced in any way."""
        points = points_PD.float()
        return cls(
            kind=kind,
            points=points,
            progress=_shares(step_lengths(points.double())),
            speed=speed,
            closed=closed,
        )

    @property
    def length(self) -> float:
        """In latent units."""
        return float(step_lengths(self.points.double()).sum())

    @property
    def duration(self) -> float:
        """In seconds; a path of no length takes none."""
        return self.length / self.speed

    def position(self, t_T: Tensor) -> Tensor:
        """Where the flight is.

        Args:
            t_T: Seconds since its beginning, float [T]; before it and after the end the flight
                rests at the end nearest in time, or goes round again if it is closed.

        Returns:
            float32 [T, D].
        """
        return self.at(t_T.double() / self.duration if self.length else torch.zeros(len(t_T)))

    def at(self, share_T: Tensor) -> Tensor:
        """The same by the share of the duration, from 0 to 1; float32 [T, D]."""
        shares = share_T.double()
        if self.closed:
            # A whole number of rounds is the end of the last one, not the beginning of the next.
            outside = (shares < 0) | (shares > 1)
            shares = torch.where(outside, 1 + shares - shares.ceil(), shares)
        return _between(self.points, self.progress, shares.clamp(0, 1))

    def sample(self, rate: float) -> Tensor:
        """Positions at `rate` a second, beginning and end included; float32 [T, D].

        The last step is as long as the others: the rate is rounded so that the end is met.
        """
        return self.at(torch.linspace(0, 1, self.frames(rate), dtype=torch.float64))

    def frames(self, rate: float) -> int:
        """How many positions `sample` gives, at least 2."""
        if not 0 < rate < math.inf:
            raise ValueError(f"A rate must be positive, not {rate}.")
        return max(2, round(self.duration * rate) + 1)

    def at_speed(self, speed: float) -> "FlightPath":
        """The same path at another mean speed."""
        return replace(self, speed=speed)


def evenly_spaced(points_PD: Tensor, count: int = RESOLUTION) -> Tensor:
    """`count` points at equal distances along a line, both ends included; same type."""
    shares = torch.linspace(0, 1, count, dtype=torch.float64)
    return _between(points_PD, _shares(step_lengths(points_PD.double())), shares)


def _shares(lengths: Tensor) -> Tensor:
    """From lengths of steps to the share travelled at each point; even if all are 0."""
    travelled = torch.cat([lengths.new_zeros(1), lengths]).double().cumsum(0)
    if not travelled[-1] > 0:
        return torch.linspace(0, 1, len(travelled), dtype=torch.float64)
    shares = travelled / travelled[-1]
    shares[-1] = 1.0
    return shares


def _between(points_PD: Tensor, progress_P: Tensor, shares_T: Tensor) -> Tensor:
    # numpy's search, because torch's takes a millisecond for each call on a busy machine.
    wanted, passed = shares_T.numpy(), progress_P.numpy()
    step = np.clip(np.searchsorted(passed, wanted, side="right") - 1, 0, len(passed) - 2)
    span = np.maximum(passed[step + 1] - passed[step], np.finfo(np.float64).tiny)
    fraction = torch.from_numpy(np.clip((wanted - passed[step]) / span, 0, 1))
    first = torch.from_numpy(step)
    return torch.lerp(
        points_PD[first], points_PD[first + 1], fraction.to(points_PD.dtype).unsqueeze(1)
    )


def _finite(points: Tensor) -> bool:
    return bool(points.isfinite().all())


def _rises(progress_P: Tensor) -> bool:
    ends = float(progress_P[0]), float(progress_P[-1])
    return ends == (0.0, 1.0) and bool((progress_P.diff() >= 0).all())
