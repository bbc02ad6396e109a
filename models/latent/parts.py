"""Which numbers of a code are continuous, and which are shares of a discrete part's classes.

A code z [D] of a model with discrete parts is one vector: its continuous numbers first, then the
shares of each part's classes, a one-hot vector where it is one class alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from models.vae import VAEConfig

__all__ = ["Parts", "one_hot_parts"]


@dataclass(frozen=True, slots=True)
class Parts:
    """How a code is laid out.

    Raises:
        ValueError: A number is out of range; the message says which.
    """

    continuous: int
    """Number of continuous dimensions, which come first."""
    discrete: tuple[int, ...] = ()
    """Number of classes of each discrete part, at least 2."""

    def __post_init__(self) -> None:
        if self.continuous < 0 or self.dim < 1:
            raise ValueError(f"A code needs at least one dimension, not {self.continuous}.")
        for number, classes in enumerate(self.discrete):
            if classes < 2:
                raise ValueError(
                    f"Discrete part {number + 1} needs at least 2 classes, not {classes}."
                )

    @classmethod
    def of(cls, config: VAEConfig) -> Parts:
        """Return the layout of a model's codes; those of most models are all continuous."""
        discrete = tuple(getattr(config, "discrete", ()))
        return cls(config.latent_dim - sum(discrete), discrete)

    @property
    def dim(self) -> int:
        """Numbers of a code."""
        return self.continuous + sum(self.discrete)

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where each discrete part's shares lie in a code."""
        found, start = [], self.continuous
        for classes in self.discrete:
            found.append(slice(start, start + classes))
            start += classes
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        """Return a name for each number of a code: z1, z2, ..., c1=0, c1=1, ..."""
        numbers = [f"z{d + 1}" for d in range(self.continuous)]
        for part, classes in enumerate(self.discrete):
            numbers += [f"c{part + 1}={k}" for k in range(classes)]
        return tuple(numbers)


def one_hot_parts(z_ND: Tensor, parts: Parts) -> Tensor:
    """Return codes each of whose discrete parts is the one class that had most of it [N, D]."""
    codes = [z_ND[:, : parts.continuous]]
    for place in parts.slices:
        shares = z_ND[:, place]
        chosen = torch.nn.functional.one_hot(shares.argmax(1), shares.shape[1])
        codes.append(chosen.to(z_ND.dtype))
    return torch.cat(codes, dim=1)
