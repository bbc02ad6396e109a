"""What a page is shown of a label project, as it is at one moment.

Shapes: M pictures, K classes.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from models.labels.newest import Newest
from models.labels.view import View

__all__ = ["Doubts", "Sight", "Told"]


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What is known of the classes of all pictures."""

    probabilities: Tensor
    """float32 [M, K]"""
    how: str
    """`propagated` from the labels, by the `classifier`, or `nothing` is known yet"""


@dataclass(frozen=True, slots=True)
class Doubts:
    """Labels to look at again."""

    rows: list[int]
    """The samples"""
    given: list[int]
    predicted: list[int]
    """What the other labels say"""
    scores: list[float]
    """How sure the contradiction is, 0 to 1"""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """All that a page is shown, as it is at one moment."""

    model: Newest
    view: View
    told: Told
    points: int
    """Version of the map"""
    predictions: int
    """Version of what is told"""
