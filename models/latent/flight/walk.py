"""A walk that never ends up in the dark: seeded, smooth, and over charted space only.

Shapes: N encoded codes, C candidates, P points, D latent dimensions.
"""

import torch
from torch import Tensor

from models.latent.density import CHARTED, Density
from models.latent.flight.path import FlightPath
from models.latent.flight.shapes import catmull_rom

__all__ = ["walk"]

_CANDIDATES = 12
_SAFE = 10 * CHARTED
_ON_THE_WAY = 6
_ATTEMPTS = 6
_SHORTER = 0.7


def walk(
    density: Density,
    start_D: Tensor,
    *,
    legs: int = 8,
    reach: float | None = None,
    speed: float = 1.0,
    seed: int = 0,
) -> FlightPath:
    """A smooth random walk from code to code.

    Each leg leads to an encoded code about `reach` away, drawn from those that are seen over dense
    space and without a sharp turn; a centripetal Catmull-Rom spline joins them. A walk that comes
    through uncharted space nevertheless is drawn anew with shorter legs, up to five times, and the
    best is taken.

    Args:
        density: Of the encoded codes.
        start_D: Where it begins, float [D]; charted or not.
        legs: How many, at least 1.
        reach: Length of a leg, in latent units; by default a third of the spread of the codes.
        speed: Latent units per second.
        seed: Draws the codes.

    Raises:
        ValueError: There are no legs, or the start does not fit the codes.
    """
    if legs < 1:
        raise ValueError(f"A walk of {legs} legs leads nowhere; ask for at least 1.")
    density.distance(start_D.unsqueeze(0))  # Refuses a start that does not fit.
    generator = torch.Generator().manual_seed(seed)
    step = reach or max(float(density.codes.std(0).norm()) * 2 / 3, 1e-6)
    best, most = start_D.unsqueeze(0), -1.0
    for attempt in range(_ATTEMPTS):
        points = _drawn(density, start_D.float(), legs, step * _SHORTER**attempt, generator)
        charted = float(density.charted(points).float().mean())
        if charted > most:
            best, most = points, charted
        if most == 1:
            break
    return FlightPath.even("walk", best, speed)


def _drawn(
    density: Density, start_D: Tensor, legs: int, reach: float, generator: torch.Generator
) -> Tensor:
    """One walk, [P, D]."""
    way = [start_D]
    for _ in range(legs):
        way.append(_next(density, way, reach, generator))
    waypoints = torch.stack(way)
    rests = bool((waypoints == waypoints[0]).all())
    return waypoints if rests else catmull_rom(waypoints)


def _next(density: Density, way: list[Tensor], reach: float, generator: torch.Generator) -> Tensor:
    """The best of a few codes that lie about `reach` from the end of a way."""
    here = way[-1]
    drawn = torch.randint(len(density.codes), (100 * _CANDIDATES,), generator=generator)
    codes = density.codes[drawn]
    misses = ((codes - here).norm(dim=1) - reach).abs()
    candidates = codes[misses < reach / 2][:_CANDIDATES]
    if not len(candidates):
        candidates = codes[misses.argsort()[:_CANDIDATES]]
    darkest = _darkest(density, here, candidates)
    # A leg over safe ground wins by going straight on; without one, the least dark wins.
    safe = (darkest >= _SAFE).float()
    scores = darkest.clamp(max=_SAFE) + safe * _straightness(way, candidates)
    return candidates[int(scores.argmax())]


def _darkest(density: Density, here_D: Tensor, there_CD: Tensor) -> Tensor:
    """The least percentile on each straight leg, its end included; [C]."""
    share = torch.linspace(0, 1, _ON_THE_WAY + 1)[1:].view(-1, 1, 1)
    points = here_D + share * (there_CD - here_D)
    return density.percentile(points.flatten(0, 1)).view(_ON_THE_WAY, -1).amin(0)


def _straightness(way: list[Tensor], there_CD: Tensor) -> Tensor:
    """1 for every direction but a sharp turn, where it falls to 0; [C]."""
    if len(way) < 2:
        return torch.ones(len(there_CD))
    cosine = torch.cosine_similarity(there_CD - way[-1], (way[-1] - way[-2]).unsqueeze(0))
    return 1 + cosine.clamp(max=0)
