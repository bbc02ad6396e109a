"""What a log of labels is made of, as those who read it see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Event", "Kind", "Step", "StepRecord"]

Kind = Literal["label", "undo", "redo"]


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one request."""

    id: int
    kind: Kind
    samples: tuple[int, ...]
    """The samples whose label changed"""
    labels: tuple[int | None, ...]
    """Their new labels, in the same order; None is none"""
    counts: tuple[int, ...]
    """Labels of each class now [K]"""
    undo: bool
    """Whether there is something to undo now"""
    redo: bool
    """Whether there is something to redo now"""

    @property
    def labelled(self) -> int:
        """How many samples have a label now."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Event:
    """One sample's change."""

    id: int
    step: int
    time: float
    """Seconds since 1970"""
    kind: Kind
    source: str
    sample: int
    label: int | None
    """None: its label was removed"""
    before: int | None


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step as a history shows it."""

    id: int
    time: float
    kind: Kind
    target: int | None
    """The step that it undid or did again"""
    source: str
    changed: int
    """Samples"""
    labelled: int
    """How many had a label after it"""
