"""What each part of a code tells of an example, in nats.

Shapes: D latent dimensions, N encoded examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from models.latent.atlas import Atlas
from models.latent.parts import Parts
from models.latent.sampling.aggregate import Aggregate
from models.numbers import finite_number

__all__ = ["Information"]


@dataclass(frozen=True, slots=True)
class Information:
    """How many nats each part of a code tells of an example, as far as it is known."""

    continuous: tuple[float | None, ...]
    discrete: tuple[float | None, ...]

    @classmethod
    def of(cls, parts: Parts, metrics: Mapping[str, Any], atlas: Atlas | None) -> Information:
        """Return what a checkpoint's card says, or what its atlas shows.

        The measure is E[KL(q(z_d|x) || p(z_d))]. Of a discrete part with the shares q it is
        E[sum_k q_k log(q_k K)], at most log K.

        Args:
            parts: Those of the model.
            metrics: Those of the card, with `kl_per_dimension` and `kl_discrete` if it has them.
            atlas: The encoded examples, asked where the card says nothing.
        """
        continuous = _numbers(metrics.get("kl_per_dimension"), parts.continuous)
        discrete = _numbers(metrics.get("kl_discrete"), len(parts.discrete))
        fits = atlas is not None and atlas.codes.shape[1] == parts.dim
        if atlas is not None and fits:
            continuous = continuous or _of_codes(atlas, parts)
            discrete = discrete or _of_shares(atlas.codes, parts)
        return cls(
            continuous or (None,) * parts.continuous, discrete or (None,) * len(parts.discrete)
        )

    @property
    def order(self) -> tuple[int, ...]:
        """The continuous dimensions, those that tell most first; unknown ones as they come."""
        keys = [(-1.0 if n is None else n) for n in self.continuous]
        return tuple(sorted(range(len(keys)), key=lambda d: -keys[d]))


def _numbers(said: object, count: int) -> tuple[float, ...]:
    """Return so many finite numbers, or none: a card may be a stranger's."""
    if not isinstance(said, list | tuple) or len(said) != count:
        return ()
    numbers = [number for n in said if (number := finite_number(n)) is not None]
    return tuple(numbers) if len(numbers) == count else ()


def _of_codes(atlas: Atlas, parts: Parts) -> tuple[float, ...]:
    if atlas.logvar is None or not parts.continuous:
        return ()
    end = parts.continuous
    kl = Aggregate.of(atlas.codes[:, :end], atlas.logvar[:, :end]).kl
    return () if kl is None else tuple(kl.tolist())


def _of_shares(codes_ND: Tensor, parts: Parts) -> tuple[float, ...]:
    found = []
    for where, classes in zip(parts.slices, parts.discrete, strict=True):
        shares = codes_ND[:, where].double().clamp(min=0)
        nats = torch.special.xlogy(shares, shares * classes).sum(1).mean()
        found.append(max(0.0, float(nats)))
    return tuple(found)
