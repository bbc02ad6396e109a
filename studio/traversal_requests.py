"""What a grid of traversals is asked for: which parts, around which code, how far.

Shapes: D latent dimensions, N codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import torch
from fastapi import Query
from torch import Tensor

from models.latent.parts import Parts
from models.latent.traversals import (
    Spacing,
    class_line,
    discrete_by_continuous,
    line,
    places,
    plane,
)
from studio.routes import Coordinate

__all__ = [
    "Of",
    "Span",
    "Steps",
    "Text",
    "View",
    "grid_codes",
    "named",
    "part_names",
    "require_room",
]

MOST_VALUES = 24_000_000
"""Bytes of one grid's pictures"""

View = Literal["rows", "plane", "classes"]
"""A row a part, two dimensions, or each class of a part by a dimension"""
Steps = Annotated[int, Query(ge=3, le=21)]
Text = Annotated[str, Query(max_length=4000)]
Of = Annotated[str, Query(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Span:
    """How far continuous dimensions go, as the query says."""

    low: Coordinate = -2.5
    high: Coordinate = 2.5
    steps: Steps = 11
    spacing: Spacing = "even"

    def places(self) -> Tensor:
        """Return the values that a dimension takes, float [steps]."""
        return places(self.low, self.high, self.steps, self.spacing)


def part_names(parts: Parts) -> tuple[str, ...]:
    """Return what each part is called: z1, z2, ... and c, or c1, c2, ... where there are more."""
    alone = len(parts.discrete) == 1
    return (
        *(f"z{d + 1}" for d in range(parts.continuous)),
        *("c" if alone else f"c{p + 1}" for p in range(len(parts.discrete))),
    )


def named(of: str, parts: Parts) -> list[int]:
    """Return which parts are meant by 'c,z3,z1', as places in `part_names`.

    Raises:
        ValueError: One is unknown, or none is named.
    """
    names = part_names(parts)
    asked = list(dict.fromkeys(part for part in of.split(",") if part))
    strange = next((name for name in asked if name not in names), None)
    if strange is not None:
        raise ValueError(
            f"There is no '{strange[:20]}'; the parts go from {names[0]} to {names[-1]}."
        )
    if not asked:
        raise ValueError("Name the parts that are to change, as of=z1,z2.")
    return [names.index(name) for name in asked]


def grid_codes(z_D: Tensor, parts: Parts, view: View, of: str, span: Span) -> Tensor:
    """Return the codes of a grid, row by row, float [N, D].

    Args:
        z_D: What the grid goes through.
        parts: Those of the model.
        view: What kind of grid.
        of: The parts that change: any for rows, z and z for a plane, c and z for classes.
        span: How far.

    Raises:
        ValueError: There is no such grid; the message says why.
    """
    asked = named(of, parts)
    if view == "rows":
        return torch.cat([_row(z_D, parts, index, span) for index in asked])
    wanted = "two continuous dimensions" if view == "plane" else "a discrete part and a dimension"
    kinds = [index < parts.continuous for index in asked]
    if kinds != [view == "plane", True]:
        raise ValueError(f"This grid needs {wanted}, not '{of[:40]}'.")
    first, second = asked
    ends = (span.low, span.high, span.steps, span.spacing)
    if view == "plane":
        return plane(z_D, first, second, *ends)
    return discrete_by_continuous(z_D, parts, first - parts.continuous, second, *ends)


def _row(z_D: Tensor, parts: Parts, index: int, span: Span) -> Tensor:
    if index >= parts.continuous:
        return class_line(z_D, parts, index - parts.continuous)
    return line(z_D, index, span.low, span.high, span.steps, span.spacing)


def require_room(count: int, shape: tuple[int, ...]) -> None:
    """Check that so many pictures are not too many for one answer.

    Raises:
        ValueError: They are.
    """
    values = count * shape[0] * shape[1] * shape[2]
    if values > MOST_VALUES:
        raise ValueError(
            f"{count} pictures of {shape[2]} x {shape[1]} are too many for one grid; take fewer "
            "steps or fewer rows."
        )
