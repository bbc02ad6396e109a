"""`bench flight`: what it takes to make flight paths, and what they are worth."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor

from models.latent.atlas import Atlas
from models.latent.flight import (
    Decode,
    FlightPath,
    Frame,
    Roads,
    evenly_spaced,
    figures,
    orbit,
    points_of_interest,
    spiral,
    straight,
    to_constant_image_speed,
    tour,
    walk,
    warp,
)

__all__ = ["bench_flight"]

EVEN = 256
T = TypeVar("T")


def bench_flight(
    decode: Decode, atlas: Atlas, *, paths: int, pairs: int, seed: int = 0
) -> dict[str, Any]:
    """Return milliseconds and evenness of every kind of path, and how well roads keep to the data.

    Args:
        decode: The model's decoder.
        atlas: Its encoded sample, with at least two classes.
        paths: Paths of each kind.
        pairs: Random pairs of class medoids between which road and straight line are compared.
        seed: Draws all ends.

    Raises:
        ValueError: The model has fewer than three latent dimensions, or there are no two classes.
    """
    frame = Frame.principal(atlas.codes)
    if int((atlas.medoids >= 0).sum()) < 2:
        raise ValueError("Flights are measured between classes, and this atlas has no two of them.")
    _, density_ms = _timed(lambda: atlas.density)
    roads, roads_ms = _timed(lambda: Roads(atlas.density))
    points, interest_ms = _timed(lambda: points_of_interest(atlas))
    makers = _kinds(atlas, frame, roads, torch.Generator().manual_seed(seed))
    return {
        "codes": len(atlas),
        "torch": torch.__version__,
        "roads_ms": round(roads_ms, 1),
        "density_ms": round(density_ms, 1),
        "interest_ms": round(interest_ms, 1),
        "interest": len(points),
        "kinds": {kind: _measured(make, decode, atlas, paths) for kind, make in makers.items()},
        "roads_against_lines": _compared(atlas, roads, pairs, seed),
    }


def _kinds(
    atlas: Atlas, frame: Frame, roads: Roads, generator: torch.Generator
) -> dict[str, Callable[[int], FlightPath]]:
    """How to make the i-th path of every kind."""
    medoids = _medoids(atlas)
    size = float(atlas.codes.std(0).mean())

    def ends(count: int = 2) -> Tensor:
        return medoids[torch.randperm(len(medoids), generator=generator)[:count]]

    return {
        "straight": lambda i: straight(*ends()),
        "warp": lambda i: warp(*ends()),
        "follow": lambda i: roads.follow(*ends()),
        "orbit": lambda i: orbit(ends()[0], frame.axes, size),
        "spiral": lambda i: spiral(ends()[0], frame.axes, 1.5 * size, turns=3),
        "tour": lambda i: tour(ends(4)),
        "walk": lambda i: walk(atlas.density, ends()[0], seed=i),
    }


def _measured(
    make: Callable[[int], FlightPath], decode: Decode, atlas: Atlas, count: int
) -> dict[str, float]:
    make(0)  # Whatever is loaded at first use is not the path's.
    columns: defaultdict[str, list[float]] = defaultdict(list)
    pictures = 0

    def counted(codes: Tensor) -> Tensor:
        nonlocal pictures
        pictures += len(codes)
        return decode(codes)

    for index in range(count):
        path, make_ms = _timed(partial(make, index))
        cpu, pictures = time.process_time(), 0
        even, retime_ms = _timed(partial(to_constant_image_speed, path, counted))
        cpu_ms = 1000 * (time.process_time() - cpu)
        before, after = (figures(p, decode, atlas.density) for p in (path, even))
        for name, value in (
            ("make_ms", make_ms),
            ("retime_ms", retime_ms),
            ("retime_cpu_ms", cpu_ms),
            ("retime_pictures", pictures),
            ("length", path.length),
            ("image_length", before.image_length),
            ("mean_density", before.mean_density),
            ("largest_step_before", before.largest_step),
            ("largest_step_after", after.largest_step),
        ):
            columns[name].append(value)
    medians = {name: round(statistics.median(values), 3) for name, values in columns.items()}
    return {**medians, "worst_step_after": round(max(columns["largest_step_after"]), 3)}


def _compared(atlas: Atlas, roads: Roads, pairs: int, seed: int) -> dict[str, float]:
    """Mean density of roads and straight lines between random pairs of different medoids."""
    medoids, generator = _medoids(atlas), torch.Generator().manual_seed(seed)
    lines, ways, longer = [], [], []
    for _ in range(pairs):
        a, b = medoids[torch.randperm(len(medoids), generator=generator)[:2]]
        line, way = straight(a, b), roads.follow(a, b)
        lines.append(_mean_density(line, atlas))
        ways.append(_mean_density(way, atlas))
        longer.append(way.length / line.length if line.length else 1.0)
    denser = sum(way > line for way, line in zip(ways, lines, strict=True))
    return {
        "pairs": pairs,
        "denser_share": round(denser / pairs, 4),
        "mean_density_of_roads": round(statistics.mean(ways), 2),
        "mean_density_of_lines": round(statistics.mean(lines), 2),
        "length_ratio": round(statistics.mean(longer), 3),
    }


def _mean_density(path: FlightPath, atlas: Atlas) -> float:
    return float(atlas.density.percentile(evenly_spaced(path.points, EVEN)).mean())


def _medoids(atlas: Atlas) -> Tensor:
    return atlas.codes[atlas.medoids[atlas.medoids >= 0]]


def _timed(make: Callable[[], T]) -> tuple[T, float]:
    """What `make` returns, and the milliseconds that it took."""
    start = time.perf_counter()
    made = make()
    return made, 1000 * (time.perf_counter() - start)
