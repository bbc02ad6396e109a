"""Places worth a visit, found from the atlas alone: class means and medoids, borders, holes.

Shapes: N encoded codes, M sampled codes, B candidates, K classes, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from models.latent.classes import class_medoids
from models.latent.neighbours import Neighbours

if TYPE_CHECKING:  # The atlas keeps the roads, and so knows of this package.
    from models.latent.atlas import Atlas

__all__ = ["InterestKind", "PointOfInterest", "points_of_interest"]

InterestKind = Literal["medoid", "mean", "border", "hole"]

_SAMPLE = 6000
_APART = 0.01
_NEAR = 5
_HALVINGS = 16
_AROUND = 64
_SURROUNDED = 0.4
_SURROUNDING = 24


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class PointOfInterest:
    """A named place in latent space."""

    name: str
    """Says what it is; no two are called the same"""
    kind: InterestKind
    code: Tensor
    """float32 [D]"""
    density: float
    """Percentile of `Density`, 0 to 100"""


def points_of_interest(
    atlas: Atlas, *, borders: int = 12, holes: int = 6, seed: int = 0
) -> list[PointOfInterest]:
    """Find the medoid and mean of every class, borders between classes, and holes in the data.

    A border point is as far from the fifth nearest code of one class as from that of another, and
    farther from every third; for each two classes that meet it is the densest such point found. A
    hole is a place with data on all sides that is as far from it as any such place around. A
    point within 1 % of the spread of one listed before it is left out. Without labels, medoid and
    mean are those of all codes.

    Args:
        atlas: Where to look.
        borders: At most so many, those between the classes that mingle most.
        holes: At most so many, the widest first.
        seed: Draws the codes that are looked at; the same atlas and seed give the same points.
    """
    generator = torch.Generator().manual_seed(seed)
    found: list[tuple[str, InterestKind, Tensor]] = [
        *(_places_of_classes(atlas) if bool((atlas.medoids >= 0).any()) else _places_of_all(atlas)),
        *_borders(atlas, borders, generator),
        *_holes(atlas, holes, generator),
    ]
    kept = _apart(found, _APART * float(atlas.codes.std(0).norm()))
    if not kept:
        return []
    density = atlas.density.percentile(torch.stack([code for _, _, code in kept])).tolist()
    return [
        PointOfInterest(name=name, kind=kind, code=code, density=percentile)
        for (name, kind, code), percentile in zip(kept, density, strict=True)
    ]


def _places_of_all(atlas: Atlas) -> Iterator[tuple[str, InterestKind, Tensor]]:
    """Where no class is known, all codes are one."""
    row = class_medoids(atlas.codes, torch.zeros(len(atlas)), 1)[0]
    yield "typical example", "medoid", atlas.codes[row]
    yield "mean of all", "mean", atlas.codes.mean(0)


def _places_of_classes(atlas: Atlas) -> Iterator[tuple[str, InterestKind, Tensor]]:
    for name, row in zip(atlas.class_names, atlas.medoids.tolist(), strict=True):
        if row >= 0:
            yield f"typical {name}", "medoid", atlas.codes[row]
    for name, mean in zip(atlas.class_names, atlas.means, strict=True):
        if bool(mean.isfinite().all()):
            yield f"mean {name}", "mean", mean


def _borders(
    atlas: Atlas, most: int, generator: torch.Generator
) -> Iterator[tuple[str, InterestKind, Tensor]]:
    classes = _Classes(atlas)
    drawn = torch.randperm(len(atlas), generator=generator)[:_SAMPLE]
    drawn = drawn[atlas.labels[drawn] >= 0]
    if len(classes.codes) < 2 or not len(drawn):
        return
    codes, labels = atlas.codes[drawn], atlas.labels[drawn].long()
    distances_MK = classes.distances(codes)
    # The class that a code is nearest to besides its own, and how near in terms of its own.
    other_MK = distances_MK.scatter(1, labels.unsqueeze(1), torch.inf)
    ratio, other = other_MK.amin(1) / distances_MK.amin(1).clamp(min=1e-12), other_MK.argmin(1)
    meetings = []
    for a, b in combinations(sorted(classes.codes), 2):
        pair = ((labels == a) & (other == b)) | ((labels == b) & (other == a))
        mingled = pair & (ratio < 1.5)
        if bool(mingled.any()):
            meetings.append((int(mingled.sum()), a, b, codes[mingled]))
    meetings.sort(key=lambda meeting: (-meeting[0], meeting[1], meeting[2]))
    for _, a, b, candidates in meetings[:most]:
        code = _densest_border(atlas, classes, a, b, candidates[:_AROUND])
        if code is not None:
            yield f"between {atlas.class_names[a]} and {atlas.class_names[b]}", "border", code


class _Classes:
    """How far a code is from each class: the distance to its fifth nearest code of that class."""

    def __init__(self, atlas: Atlas) -> None:
        self.count = len(atlas.class_names)
        self.codes = {
            label: Neighbours(atlas.codes[atlas.labels == label])
            for label in range(self.count)
            if int((atlas.labels == label).sum()) >= _NEAR
        }

    def distances(self, z_BD: Tensor) -> Tensor:
        """float32 [B, K]; infinite for a class of fewer than five codes."""
        far = torch.full((len(z_BD), self.count), torch.inf)
        for label in self.codes:
            far[:, label] = self.distance(z_BD, label)
        return far

    def distance(self, z_BD: Tensor, label: int) -> Tensor:
        """float32 [B]."""
        return self.codes[label].nearest(z_BD, _NEAR)[1][:, -1]

    def nearest(self, z_BD: Tensor, label: int) -> Tensor:
        """The nearest code of a class, [B, D]."""
        near = self.codes[label]
        return near.codes[near.nearest(z_BD, 1)[0][:, 0]]


def _densest_border(
    atlas: Atlas, classes: _Classes, a: int, b: int, candidates_BD: Tensor
) -> Tensor | None:
    """Where two classes are equally near, among segments that join nearby codes of both."""
    left, right = classes.nearest(candidates_BD, a), classes.nearest(candidates_BD, b)
    crossing = (_lead(classes, left, a, b) >= 0) & (_lead(classes, right, a, b) <= 0)
    left, right = left[crossing], right[crossing]
    for _ in range(_HALVINGS if len(left) else 0):
        middle = (left + right) / 2
        nearer_a = (_lead(classes, middle, a, b) >= 0).unsqueeze(1)
        left, right = torch.where(nearer_a, middle, left), torch.where(nearer_a, right, middle)
    points = (left + right) / 2
    distances = classes.distances(points)
    points = points[distances[:, [a, b]].amax(1) <= distances.amin(1) * (1 + 1e-3)]
    if not len(points):
        return None
    return points[int(atlas.density.percentile(points).argmax())]


def _lead(classes: _Classes, z_BD: Tensor, a: int, b: int) -> Tensor:
    """How much nearer class a is than class b; [B]."""
    return classes.distance(z_BD, b) - classes.distance(z_BD, a)


def _holes(
    atlas: Atlas, most: int, generator: torch.Generator
) -> Iterator[tuple[str, InterestKind, Tensor]]:
    """Between random pairs of codes, hence inside the hull; the loneliest with data all around."""
    pairs = torch.randint(len(atlas), (_SAMPLE, 2), generator=generator)
    points = atlas.codes[pairs].mean(1)
    points = points[_is_surrounded(atlas, points)]
    depth = atlas.density.distance(points) if len(points) else points.new_zeros(0)
    usual = float(atlas.density.calibration.median())
    chosen: list[Tensor] = []
    for row in depth.argsort(descending=True, stable=True).tolist():
        point, width = points[row], float(depth[row])
        if len(chosen) == most or width <= 2 * usual:
            break
        if all(float((point - other).norm()) > 2 * width for other in chosen):
            chosen.append(point)
            yield f"hole {len(chosen)}", "hole", point


def _is_surrounded(atlas: Atlas, points_BD: Tensor) -> Tensor:
    """Whether the nearest codes lie on all sides: their directions all but cancel; bool [B]."""
    rows, distances = atlas.density.nearest(points_BD, _SURROUNDING)
    towards = atlas.codes[rows] - points_BD.unsqueeze(1)
    mean = (towards / distances.clamp(min=1e-12).unsqueeze(2)).mean(1)
    return mean.norm(dim=1) < _SURROUNDED


def _apart(
    found: list[tuple[str, InterestKind, Tensor]], least: float
) -> list[tuple[str, InterestKind, Tensor]]:
    kept: list[tuple[str, InterestKind, Tensor]] = []
    for candidate in found:
        if all(float((candidate[2] - other[2]).norm()) > least for other in kept):
            kept.append(candidate)
    return kept
