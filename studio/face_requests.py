"""What a page sends to the faces' routes as JSON.

Shapes: W codes, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import torch
from pydantic import ConfigDict, FailFast, Field
from torch import Tensor

from models.latent.directions import DirectionKind
from models.latent.morphs import MorphKind
from studio.media import MAX_FPS
from studio.routes import FARTHEST

__all__ = [
    "MOST_STEPS",
    "CornersRequest",
    "ExportRequest",
    "PathRequest",
    "PlaneRequest",
    "as_codes",
]

MOST_CODES, MOST_STEPS = 64, 240
LEAST_SIDE, MOST_SIDE = 64, 512
MOST_KEPT = 200

Number = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False)]
Code = Annotated[list[Number], FailFast()]
Name = Annotated[str, Field(max_length=64)]


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRequest:
    """A morph through some codes."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    codes: Annotated[list[Code], Field(min_length=2, max_length=MOST_CODES), FailFast()]
    kind: MorphKind = "linear"
    closed: bool = False
    """Whether it returns to the first"""
    steps: Annotated[int, Field(ge=2, le=MOST_STEPS)] = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRequest(PathRequest):
    """A morph as a file."""

    fps: Annotated[int, Field(ge=1, le=MAX_FPS)] = 12
    bounce: bool = False
    """Whether a film returns the same way"""
    side: Annotated[int, Field(ge=LEAST_SIDE, le=MOST_SIDE)] = 256
    """Pixels of a frame's longer side"""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneRequest:
    """A face moved along one or two directions."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    z: Code
    x: Name
    """The attribute that grows to the right"""
    y: Name | None = None
    """The one that grows upwards; without one it is a single row"""
    kind: DirectionKind = "means"
    keep: Annotated[list[Name], Field(max_length=MOST_KEPT), FailFast()] = field(
        default_factory=list
    )
    """What conditional steps leave alone"""
    conditional: bool = False
    low: Number = -3.0
    """Strength at the left and at the bottom"""
    high: Number = 3.0
    n: Annotated[int, Field(ge=2, le=15)] = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class CornersRequest:
    """Four faces and what lies between them."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)

    codes: Annotated[list[Code], Field(min_length=4, max_length=4), FailFast()]
    """Top left, top right, bottom left, bottom right"""
    n: Annotated[int, Field(ge=3, le=11)] = 5


def as_codes(rows: Sequence[Sequence[float]], latent_dim: int) -> Tensor:
    """Return codes as float32 [W, D].

    Raises:
        ValueError: One is of another length.
    """
    for row in rows:
        if len(row) != latent_dim:
            raise ValueError(
                f"A face of this model is {latent_dim} numbers, and one of these has {len(row)}."
            )
    return torch.tensor(rows)
