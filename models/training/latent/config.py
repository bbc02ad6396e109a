"""What the latent costs in a training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

__all__ = ["LatentConfig"]

MOST = 1e9
HEEDED = {
    "beta": (),
    "capacity": (
        "continuous_capacity",
        "discrete_capacity",
        "reassign_until",
        "starts",
        "start_epochs",
    ),
    "tcvae": ("information_weight", "correlation_weight", "dimension_weight", "estimator"),
    "factor": ("correlation_weight", "discriminator_hidden", "discriminator_rate"),
}
"""Which fields each kind heeds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LatentConfig:
    """What the latent costs, in nats; the training's `beta` weighs all of it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["beta", "capacity", "tcvae", "factor"] = "beta"
    """The KL (beta-VAE), its distance from a capacity that grows (JointVAE), the KL in three
    weighted terms (beta-TCVAE), or the KL and a discriminator's total correlation (FactorVAE)."""
    continuous_capacity: tuple[float, float, float, float] = (0.0, 5.0, 25_000.0, 30.0)
    """Capacity of the continuous part: first and last nats, the steps in between, and the weight of
    a nat beside it."""
    discrete_capacity: tuple[float, float, float, float] = (0.0, 5.0, 25_000.0, 30.0)
    """The same of all discrete parts; they hold no more than the logarithm of their classes."""
    reassign_until: float = 0.0
    """Share of a start up to which epochs begin by giving a class that hardly any example uses half
    of the one that most use; 0 never does."""
    starts: int = 1
    """Trainings from different weights, of which the one whose classes tell most goes on."""
    start_epochs: int = 0
    """Epochs of each, where there are several; those left are for the one that goes on."""
    information_weight: float = 1.0
    """Weight of the mutual information of example and code (alpha of the beta-TCVAE)."""
    correlation_weight: float = 6.0
    """Weight of the total correlation (beta of the beta-TCVAE, gamma of the FactorVAE)."""
    dimension_weight: float = 1.0
    """Weight of each dimension's own KL to the prior (gamma of the beta-TCVAE)."""
    estimator: Literal["weighted", "stratified"] = "stratified"
    """How a batch stands for all examples: weighted or stratified sampling."""
    discriminator_hidden: tuple[int, ...] = (256, 256, 256)
    """Widths of the discriminator's layers."""
    discriminator_rate: float = 1e-4
    """Its learning rate."""

    def __post_init__(self) -> None:
        """Check every range."""
        for name in ("continuous_capacity", "discrete_capacity"):
            first, last, *_ = values = getattr(self, name)
            if not all(math.isfinite(v) and 0 <= v <= MOST for v in values):
                raise ValueError(f"{name} must be four numbers of 0 or more, not {values}.")
            if first > last:
                raise ValueError(f"{name} must not fall, from {first:g} to {last:g} nats.")
        for name in ("information_weight", "correlation_weight", "dimension_weight"):
            if not 0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)}.")
        if not 0 <= self.reassign_until <= 1:
            raise ValueError(f"reassign_until must lie in [0, 1], not {self.reassign_until}.")
        if not 1 <= self.starts <= 100 or self.start_epochs < 0:
            raise ValueError(
                f"starts must lie in 1..100, and start_epochs be 0 or more, not "
                f"{self.starts} and {self.start_epochs}."
            )
        if (self.starts > 1) != bool(self.start_epochs):
            raise ValueError("Several starts need start_epochs, and one has none.")
        if not self.discriminator_hidden or not all(
            1 <= w <= 4096 for w in self.discriminator_hidden
        ):
            raise ValueError(
                f"discriminator_hidden needs widths in 1..4096, not {self.discriminator_hidden}."
            )
        if not 0 < self.discriminator_rate <= 1:
            raise ValueError(
                f"discriminator_rate must lie in (0, 1], not {self.discriminator_rate}."
            )

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Fields that this kind has no use for."""
        others = {name for names in HEEDED.values() for name in names}
        return tuple(sorted(others - set(HEEDED[self.kind])))
