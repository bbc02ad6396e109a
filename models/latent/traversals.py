"""Traversals: what a picture does while one part of its code goes through all it may be.

The other parts stand still. A continuous dimension goes from `low` to `high`, in standard
deviations of the prior or through its quantiles (those of Learning Disentangled Joint Continuous
and Discrete Representations, Dupont, 2018, arXiv 1804.00104, go from 5 % to 95 %); a discrete part
goes through its classes.

Shapes: D latent dimensions, T steps, K classes of a discrete part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from models.latent.information import Information
from models.latent.parts import Parts

__all__ = [
    "MOST_STEPS",
    "QUANTILES",
    "Row",
    "Spacing",
    "class_line",
    "discrete_by_continuous",
    "every_row",
    "line",
    "place_of",
    "places",
    "plane",
    "with_class",
]

Spacing = Literal["even", "quantiles"]
"""Even steps from `low` to `high`, or even steps of the prior's share between those ends."""

MOST_STEPS = 41
MOST_REACH = 8.0
"""Standard deviations; no model has ever been farther out."""
LOW, HIGH, STEPS = -3.0, 3.0, 11
QUANTILES = (-1.6448536, 1.6448536)
"""Where the prior's shares of 5 % and 95 % lie."""


def places(
    low: float = LOW, high: float = HIGH, steps: int = STEPS, spacing: Spacing = "even"
) -> Tensor:
    """Return the values that a continuous dimension takes.

    Args:
        low: The first, in standard deviations of the prior.
        high: The last.
        steps: How many.
        spacing: "quantiles" puts the same share of the prior between any two.

    Returns:
        float32 [steps], the ends exact.

    Raises:
        ValueError: The ends are in the wrong order or too far out, or there are too many steps.
    """
    if not -MOST_REACH <= low < high <= MOST_REACH:
        raise ValueError(
            f"A traversal goes from a lower to a higher place between {-MOST_REACH:g} and "
            f"{MOST_REACH:g}, not from {low:g} to {high:g}."
        )
    if not 2 <= steps <= MOST_STEPS:
        raise ValueError(f"A traversal has 2 to {MOST_STEPS} steps, not {steps}.")
    if spacing == "even":
        # In double precision, so that a middle that should be 0 nearly is, and then is made so.
        values = torch.linspace(low, high, steps, dtype=torch.float64)
        return torch.where(values.abs() < 1e-9, 0, values).float()
    ends = torch.tensor([low, high], dtype=torch.float64)
    # Far to the right shares round to 1, so a range there is mirrored to the left.
    mirrored = float(ends.sum()) > 0
    first, last = torch.special.ndtr(-ends.flip(0) if mirrored else ends).tolist()
    shares = torch.linspace(first, last, steps, dtype=torch.float64)
    values = torch.special.ndtri(shares)
    values = (-values.flip(0) if mirrored else values).float()
    values[0], values[-1] = low, high
    return values


def place_of(value: float, places_T: Tensor) -> float | None:
    """Return where a value lies among the places, as a fraction of steps; None if outside.

    Half a step beyond the ends still counts: it is shown at the end.
    """
    values = places_T.tolist()
    if not values[0] - (values[1] - values[0]) / 2 <= value:
        return None
    if not value <= values[-1] + (values[-1] - values[-2]) / 2:
        return None
    after = int(torch.searchsorted(places_T, value).clamp(1, len(values) - 1))
    step = (value - values[after - 1]) / (values[after] - values[after - 1])
    return min(max(after - 1 + step, 0.0), float(len(values) - 1))


def line(
    z_D: Tensor,
    dim: int,
    low: float = LOW,
    high: float = HIGH,
    steps: int = STEPS,
    spacing: Spacing = "even",
) -> Tensor:
    """Return copies of `z_D` in which one dimension goes through `places`, float [steps, D].

    Raises:
        ValueError: There is no such dimension, or the range is none.
    """
    return _along(z_D, _checked(dim, len(z_D)), places(low, high, steps, spacing))


def class_line(z_D: Tensor, parts: Parts, part: int) -> Tensor:
    """Return copies of `z_D` with one discrete part in each of its classes, float [K, D].

    Raises:
        ValueError: There is no such part, or `z_D` is no code of these parts.
    """
    where = _slice(z_D, parts, part)
    codes = z_D.repeat(parts.discrete[part], 1)
    codes[:, where] = torch.eye(parts.discrete[part]).to(z_D)
    return codes


def with_class(z_D: Tensor, parts: Parts, part: int, chosen: int) -> Tensor:
    """Return `z_D` with one discrete part in one class, float [D].

    Raises:
        ValueError: There is no such part or class, or `z_D` is no code of these parts.
    """
    codes = class_line(z_D, parts, part)
    if not 0 <= chosen < len(codes):
        raise ValueError(f"There is no class {chosen}; choose 0 to {len(codes) - 1}.")
    return codes[chosen]


def plane(
    z_D: Tensor,
    across: int,
    up: int,
    low: float = LOW,
    high: float = HIGH,
    steps: int = STEPS,
    spacing: Spacing = "even",
) -> Tensor:
    """Return copies of `z_D` in which two dimensions go through `places`.

    Returns:
        float [steps * steps, D], row-major as a picture is read: the first row has the largest
        value of `up`, and `across` grows along a row.

    Raises:
        ValueError: They are not two different dimensions, or the range is none.
    """
    if across == up:
        raise ValueError(f"A plane needs two different dimensions, not z{across + 1} twice.")
    columns = line(z_D, across, low, high, steps, spacing)
    codes = columns.repeat(steps, 1)
    values = places(low, high, steps, spacing).flip(0).repeat_interleave(steps)
    codes[:, _checked(up, len(z_D))] = values.to(z_D)
    return codes


def discrete_by_continuous(
    z_D: Tensor,
    parts: Parts,
    part: int,
    dim: int,
    low: float = LOW,
    high: float = HIGH,
    steps: int = STEPS,
    spacing: Spacing = "even",
) -> Tensor:
    """Return copies of `z_D` in each class of a part while a dimension goes through `places`.

    Returns:
        float [K * steps, D], a row of steps a class.

    Raises:
        ValueError: There is no such part, the dimension is not continuous, or the range is none.
    """
    _checked(dim, parts.continuous)
    rows = [line(z, dim, low, high, steps, spacing) for z in class_line(z_D, parts, part)]
    return torch.cat(rows)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of a grid of traversals."""

    title: str
    """`z3`, or `c` of a discrete part"""
    nats: float | None
    """What this part tells of an example; None if nobody has measured it"""
    codes: Tensor
    """float [T, D]"""
    index: int
    """Which continuous dimension, or which discrete part"""
    discrete: bool
    values: tuple[float, ...]
    """The dimension's value in each code, or the class"""
    here: float | None
    """Where the centre itself lies in the row, in steps; None if it is outside"""


def every_row(
    z_D: Tensor,
    parts: Parts,
    information: Information,
    low: float = LOW,
    high: float = HIGH,
    steps: int = STEPS,
    spacing: Spacing = "even",
    *,
    most: int | None = None,
) -> list[Row]:
    """Return a row for each part of a code: discrete ones first, then by information.

    Args:
        z_D: The centre, where the other parts stand still.
        parts: Those of the model.
        information: What each of them tells; it orders the rows.
        low: Where continuous rows begin.
        high: Where they end.
        steps: How many codes each has.
        spacing: How they are spaced.
        most: At most so many continuous rows, those that tell most.

    Raises:
        ValueError: `z_D` is no code of these parts, or the range is none.
    """
    values = places(low, high, steps, spacing)
    shown = information.order[:most]
    return [
        *(_class_row(z_D, parts, p, nats) for p, nats in enumerate(information.discrete)),
        *(_line_row(z_D, parts, d, information.continuous[d], values) for d in shown),
    ]


def _class_row(z_D: Tensor, parts: Parts, part: int, nats: float | None) -> Row:
    codes = class_line(z_D, parts, part)
    shares = z_D[parts.slices[part]]
    return Row(
        title="c" if len(parts.discrete) == 1 else f"c{part + 1}",
        nats=nats,
        codes=codes,
        index=part,
        discrete=True,
        values=tuple(float(k) for k in range(len(codes))),
        # Shares that are nearly even lie in no class.
        here=float(shares.argmax()) if float(shares.max()) > 0.5 else None,
    )


def _line_row(z_D: Tensor, parts: Parts, dim: int, nats: float | None, values_T: Tensor) -> Row:
    return Row(
        title=f"z{dim + 1}",
        nats=nats,
        codes=_along(z_D, _checked(dim, parts.continuous), values_T),
        index=dim,
        discrete=False,
        values=tuple(values_T.tolist()),
        here=place_of(float(z_D[dim]), values_T),
    )


def _along(z_D: Tensor, dim: int, values_T: Tensor) -> Tensor:
    codes = z_D.repeat(len(values_T), 1)
    codes[:, dim] = values_T.to(z_D)
    return codes


def _checked(dim: int, end: int) -> int:
    if not 0 <= dim < end:
        raise ValueError(f"There is no continuous dimension {dim}; choose 0 to {end - 1}.")
    return dim


def _slice(z_D: Tensor, parts: Parts, part: int) -> slice:
    if z_D.shape != (parts.dim,):
        raise ValueError(f"A code of this model has {parts.dim} numbers, not {list(z_D.shape)}.")
    if not 0 <= part < len(parts.discrete):
        raise ValueError(
            f"There is no discrete part {part}; this model has {len(parts.discrete)} of them."
        )
    return parts.slices[part]
