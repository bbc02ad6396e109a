"""The configuration of a JointVAE."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from models.networks import MOST_LAYERS
from models.vae import VAEConfig

__all__ = ["JointVAEConfig"]

MOST_PARTS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class JointVAEConfig(VAEConfig):
    """All that is needed to build a JointVAE with untrained weights."""

    family: Literal["joint"] = "joint"  # type: ignore[assignment] # It is what tells them apart.
    """Which model of `models.families` it is."""
    continuous: int = 10
    """Number of continuous latent dimensions."""
    discrete: tuple[int, ...] = (10,)
    """Number of classes of each discrete part."""
    temperature: float = 0.67
    """Of the Gumbel-softmax: the lower, the closer is a draw to one class alone."""

    decoder: Literal["network", "templates"] = "network"
    """Whether a code goes through a network, or warps the template of its class."""

    feature_channels: tuple[int, ...] = ()
    """Channels of a convolutional network apart from the encoder that tells the classes, and that
    views of pictures can teach; none where the encoder tells them."""

    def __post_init__(self) -> None:
        """Check sizes, and count the numbers of a code."""
        if not 1 <= self.continuous <= 4096:
            raise ValueError(f"continuous must lie in 1..4096, not {self.continuous}.")
        if len(self.discrete) > MOST_PARTS:
            raise ValueError(f"discrete may have {MOST_PARTS} parts, not {len(self.discrete)}.")
        if any(not 2 <= classes <= 255 for classes in self.discrete):
            raise ValueError(
                f"Each part of discrete must have 2..255 classes, not {self.discrete}."
            )
        if not 0.01 <= self.temperature <= 100 or not math.isfinite(self.temperature):
            raise ValueError(f"temperature must lie in [0.01, 100], not {self.temperature}.")
        if self.network.principal:
            raise ValueError("principal is for codes that are all continuous; set it to 0.")
        if self.decoder == "templates" and not (self.discrete and len(self.shape) == 3):
            raise ValueError("decoder=templates needs a discrete part, and pictures.")
        if self.feature_channels and not (self.discrete and len(self.shape) == 3):
            raise ValueError("feature_channels needs a discrete part, and pictures.")
        if (widths := len(self.feature_channels)) > MOST_LAYERS:
            raise ValueError(f"feature_channels may have {MOST_LAYERS} widths, not {widths:,}.")
        if any(not 1 <= count <= 4096 for count in self.feature_channels):
            raise ValueError(f"feature_channels must lie in 1..4096, not {self.feature_channels}.")
        # It follows from the others, whatever it was before one of them was replaced.
        object.__setattr__(self, "latent_dim", self.continuous + sum(self.discrete))
        VAEConfig.__post_init__(self)  # super() does not know the class that slots made anew.

    @property
    def encoded(self) -> int:
        """Numbers that the encoder says: mean and log variance, and a logit for each class.

        Classes that features tell are not told by the encoder.
        """
        return 2 * self.continuous + (0 if self.feature_channels else sum(self.discrete))

    @property
    def derived(self) -> dict[str, str]:
        """Fields that follow from others, each with a sentence for whoever wants to set it."""
        sentence = "latent_dim is continuous plus all classes of discrete here; set those instead."
        return {"latent_dim": sentence}

    @classmethod
    def of(
        cls, continuous: int = 10, discrete: tuple[int, ...] = (10,), **rest: Any
    ) -> JointVAEConfig:
        """Return a configuration with so many continuous dimensions and such discrete parts."""
        return cls(continuous=continuous, discrete=tuple(discrete), **rest)
