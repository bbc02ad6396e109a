"""How a model learns from a few labels and many examples without one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

__all__ = ["SemiConfig"]

NOT_NEGATIVE = (
    "bound_weight",
    "contrastive_weight",
    "mutual_information_weight",
    "label_weight",
    "view_strength",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SemiConfig:
    """Weights and course of one training from few labels.

    What is minimised is bound_weight * (reconstruction + beta * KL) + contrastive_weight *
    contrastive + mutual_information_weight * (-information) + label_weight * cross entropy.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    label_free_epochs: int = 8
    """Epochs before the labels are looked at."""
    graph_every: int = 2
    """Epochs after which the graph is built anew from what was learned meanwhile."""
    neighbours: int = 12
    """Nearest neighbours of each example in the graph."""
    propagate: Literal["poisson", "label", "none"] = "poisson"
    """How labels go from neighbour to neighbour; none leaves every other example without one."""
    labels_per_class: int = 5
    """Labels of each class that are drawn, where none are given."""
    labelled_batch: int = 64
    """Labelled examples that join each batch, as many of every class."""
    label_weight: float = 1.0
    """Weight of the cross entropy of given and propagated labels."""
    bound_weight: float = 1e-3
    """Weight of the bound beside the other losses; a digit has a hundred nats."""
    bound_share: float = 0.25
    """Share of each batch that is reconstructed."""
    contrastive_weight: float = 0.5
    """Weight of the supervised contrastive loss; an example without a label is its own class."""
    temperature: float = 0.3
    """Temperature of the similarities in it."""
    mutual_information_weight: float = 1.0
    """Weight of the information that two views' clusters have about each other."""
    view_strength: float = 1.0
    """How far a view is turned, sheared, bent, thickened and moved; 1 suits digits of 28 x 28."""

    def __post_init__(self) -> None:
        """Check every range."""
        for name in NOT_NEGATIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"semi.{name} must be 0 or more, not {value}.")
        for name in ("label_free_epochs", "labels_per_class", "labelled_batch"):
            if getattr(self, name) < 0:
                raise ValueError(f"semi.{name} must be 0 or more, not {getattr(self, name)}.")
        for name in ("graph_every", "neighbours"):
            if getattr(self, name) < 1:
                raise ValueError(f"semi.{name} must be at least 1, not {getattr(self, name)}.")
        if not 0 < self.bound_share <= 1:
            raise ValueError(f"semi.bound_share must lie in (0, 1], not {self.bound_share}.")
        if not 0 < self.temperature < math.inf:
            raise ValueError(f"semi.temperature must be positive, not {self.temperature}.")
