"""How a model is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict

from models.joint.discovery import DiscoveryConfig
from models.semi.config import SemiConfig
from models.training.latent.config import LatentConfig

__all__ = ["BOUND_ONLY", "PICTURES_ONLY", "TrainingConfig"]

MOST = 10_000_000
NOT_NEGATIVE = (
    "weight_decay",
    "clip_norm",
    "beta",
    "beta_warmup_epochs",
    "free_bits",
    "guide_weight",
    "ssim_weight",
    "attribute_weight",
    "shift",
    "tint",
)
PICTURES_ONLY = (
    *("guide", "guide_weight", "ssim_weight", "attribute_weight"),
    *("mirror", "shift", "tint"),
)
"""Fields that a training on rows of a table has no use for."""
BOUND_ONLY = (*PICTURES_ONLY, "latent")
"""Fields that a training from few labels has no use for: it makes views of its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingConfig:
    """Length, optimiser, schedule and objective of one training."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    epochs: int = 20
    """Passes over the training examples."""
    batch_size: int = 128
    """Examples per step."""
    learning_rate: float = 2e-3
    """Highest rate of the schedule."""
    warmup: float = 0.02
    """Share of the steps over which the rate rises linearly; a half cosine to zero follows."""
    adam_beta2: float = 0.999
    """Decay of the optimiser's squared gradients."""
    weight_decay: float = 0.0
    """Decoupled weight decay of the weight matrices (AdamW)."""
    clip_norm: float = 10.0
    """Largest norm of a step's gradient; larger ones are scaled down. 0 switches it off."""
    average: float = 0.999
    """Decay of the moving average of the weights that is kept in the end. 0 switches it off."""
    beta: float = 1.0
    """Weight of the KL; 1 is the ELBO."""
    beta_warmup_epochs: float = 0.0
    """Epochs over which beta rises linearly from 0."""
    free_bits: float = 0.0
    """Nats that each latent dimension may use at no cost."""
    guide: str = ""
    """Feature network that compares reconstructions with pictures: the name of a data set that has
    one, such as celeba. Empty for none."""
    guide_weight: float = 0.0
    """Nats for each unit of squared difference in the guide's features, which have a variance
    of 1."""
    ssim_weight: float = 0.0
    """Nats for a reconstruction with no structural similarity; one with a similarity of 1 is
    free."""
    attribute_weight: float = 0.0
    """Nats, about, for a face moved to where an attribute is in which the guide does not see it."""
    mirror: bool = False
    """Show each picture mirrored left to right half of the time."""
    shift: int = 0
    """Pixels by which each picture is moved at most, its edges repeated."""
    tint: float = 0.0
    """Standard deviation of each picture's contrast; brightness and colours vary by half of it."""
    patience: int = 0
    """Epochs without a lower held-out loss after which it ends, keeping the best weights. 0 never
    ends early."""
    seed: int = 0
    """Seed of the weights, the order of the examples and all noise."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """Whether the rate falls to zero over all epochs, or stays: for trainings of unknown length."""
    semi: SemiConfig | None = None
    """How it learns from few labels; None where labels have no part in it."""
    discovery: DiscoveryConfig | None = None
    """How it finds classes without any label; None where the bound alone finds what it does."""
    latent: LatentConfig = field(default_factory=LatentConfig)
    """What the latent costs."""

    def __post_init__(self) -> None:
        """Check every range."""
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}.")
            if getattr(self, name) > MOST:
                raise ValueError(f"{name} must be at most {MOST:,}, not {getattr(self, name)}.")
        if not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must lie in 0..2^63-1, not {self.seed}.")
        if self.patience < 0:
            raise ValueError(f"patience must be 0 or more epochs, not {self.patience}.")
        for name in NOT_NEGATIVE:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be 0 or more, not {value}.")
        if bool(self.guide) != bool(self.guide_weight):
            raise ValueError("guide and guide_weight go together: set both, or neither.")
        if self.attribute_weight and not self.guide:
            raise ValueError("attribute_weight needs a guide that tells attributes; set guide too.")
        plain = LatentConfig(kind="beta")
        set_here = [n for n in self.unheeded if getattr(self, n) not in ("", 0, False, plain)]
        if set_here:
            kind = "from few labels" if self.semi is not None else "that finds classes by views"
            raise ValueError(
                f"{set_here[0]} has no part in a training {kind}; leave it at its default."
            )
        if self.semi is not None and self.discovery is not None:
            raise ValueError("semi and discovery do not go together: leave one of them out.")
        if self.discovery is not None and self.latent.starts > 1:
            raise ValueError("latent.starts has no part in a training that finds classes by views.")
        shorter = "discovery.view_epochs" if self.discovery else "latent.start_epochs"
        if self.rises and self.rises[-1] >= self.epochs:
            raise ValueError(
                f"epochs must be more than the {self.rises[-1]} in which classes are found, not "
                f"{self.epochs}; {shorter} is what makes these fewer."
            )
        if self.free_bits and self.latent.kind != "beta":
            raise ValueError(
                f"free_bits has no part in latent.kind={self.latent.kind}; set it to 0."
            )
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"learning_rate must lie in (0, 1], not {self.learning_rate}.")
        for name in ("warmup", "average", "adam_beta2"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must lie in [0, 1), not {getattr(self, name)}.")

    @property
    def unheeded(self) -> tuple[str, ...]:
        """Fields that have no part in such a training."""
        if self.semi is not None:
            return BOUND_ONLY
        own = ("latent",)
        return tuple(n for n in BOUND_ONLY if n not in own) if self.discovery is not None else ()

    @property
    def rises(self) -> tuple[int, ...]:
        """Epochs after which the learning rate rises anew, as something else is minimised."""
        if self.discovery is None:
            latent = self.latent
            many = range(1, latent.starts + 1) if latent.starts > 1 else ()
            return tuple(start * latent.start_epochs for start in many)
        views, classes = self.discovery.view_epochs, self.discovery.class_epochs
        return views, views + classes
