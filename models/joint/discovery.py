"""How a JointVAE finds classes, where the bound alone does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pydantic import ConfigDict

__all__ = ["DiscoveryConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscoveryConfig:
    """Views that agree, then clusters of what they teach, then classes that are the clusters."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    view_epochs: int = 4
    """Epochs in which only views of examples are compared; then they are put into clusters."""
    class_epochs: int = 2
    """Epochs after that in which the classes of the code learn the clusters; then they stay."""
    view_strength: float = 1.0
    """How far a view may be from its picture."""
    bound_share: float = 0.25
    """Share of a batch whose first views are reconstructed, before there are clusters."""
    contrastive_weight: float = 0.5
    """Weight of telling an example's two views from all others."""
    temperature: float = 0.3
    """Of the likeness of views: the lower, the more the most alike count."""
    information_weight: float = 1.0
    """Weight of the information that clusters of one view have of the other's."""
    neighbours: int = 12
    """Nearest neighbours of each example among features, from which clusters are made."""
    pixel_neighbours: int = 10
    """The same among blurred pictures."""
    pixel_weight: float = 0.4
    """Weight of these beside the neighbours among features."""

    def __post_init__(self) -> None:
        """Check every range."""
        for name in ("view_epochs", "class_epochs"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")
        for name in ("neighbours", "pixel_neighbours"):
            if not 1 <= getattr(self, name) <= 200:
                raise ValueError(f"{name} must lie in 1..200, not {getattr(self, name)}.")
        for name in (
            *("view_strength", "contrastive_weight"),
            *("information_weight", "pixel_weight"),
        ):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be 0 or more, not {value}.")
        if not 0.01 <= self.temperature <= 100:
            raise ValueError(f"temperature must lie in [0.01, 100], not {self.temperature}.")
        if not 0 < self.bound_share <= 1:
            raise ValueError(f"bound_share must lie in (0, 1], not {self.bound_share}.")
