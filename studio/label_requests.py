"""What the labeler's pages send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict, StrictInt

__all__ = ["Keyed", "Named", "NewProject", "RoundRequest", "StepRequest"]

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewProject:
    """A project to begin."""

    __pydantic_config__ = STRICT

    name: str
    dataset: str
    checkpoint: str | None = None
    labels: bool = False
    """Whether the labels that the checkpoint learned from come along"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A name that was typed."""

    __pydantic_config__ = STRICT

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyed:
    """A request that may come twice."""

    __pydantic_config__ = STRICT

    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRequest(Keyed):
    """A label for some samples."""

    __pydantic_config__ = STRICT

    samples: list[StrictInt]
    label: StrictInt | None
    """None takes theirs away"""
    source: Literal["hand", "lasso", "queue"] = "hand"


@dataclass(frozen=True, kw_only=True, slots=True)
class RoundRequest:
    """Epochs to train."""

    __pydantic_config__ = STRICT

    epochs: StrictInt = 5
