"""The attribute directions of a checkpoint, and what was measured of them.

Shapes: A attributes, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import torch
from torch import Tensor

from models.latent.directions import DirectionKind, Directions

__all__ = ["FIGURES", "KINDS", "MAIN", "AttributeDirections", "kept_apart", "main_attributes"]

KINDS: tuple[DirectionKind, ...] = get_args(DirectionKind)
"""normal and means, in the order in which measures are kept"""
MAIN = ("Smiling", "Male", "Eyeglasses", "Young")
"""The attributes that are promised, and held apart from one another"""
FIGURES = ("direction_auc", "cross_effects")
"""What a card holds of them"""
_MANY = 4
_SHARED = ("mean", "covariance", "balanced")
"""Of both kinds; the last is missing in older checkpoints."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AttributeDirections:
    """Directions of both kinds, with how true they are and what else they change.

    Raises:
        ValueError: The parts do not fit each other; the message names the one.
    """

    normal: Directions
    """Normals of a logistic regression: what tells codes with an attribute from those without"""
    means: Directions
    """Differences of the class means: how such codes differ"""
    auc: Tensor
    """float32 [2, A] of each kind's scores on held-out faces; NaN where they are all alike"""
    effects: Tensor | None = None
    """float32 [2, 2, A, A] of each kind, plain and conditional on `kept_apart`: how much one step
    along the row's direction changes the logit of the column's attribute, in standard deviations
    of that logit over held-out pictures, as an independent classifier of decoded pictures sees it;
    None where there is no such classifier"""

    def __post_init__(self) -> None:
        count = len(self.normal)
        for name, fits, wanted in (
            ("means", self.means.names == self.normal.names, "of the same attributes"),
            ("means", self._one_space(), "of the same codes"),
            ("auc", self.auc.shape == (2, count), f"float32 [2, {count}]"),
            ("auc", self.auc.dtype == torch.float32, "float32"),
            ("auc", bool(((self.auc >= 0) & (self.auc <= 1) | self.auc.isnan()).all()), "0 to 1"),
            ("effects", self._effects_fit(), f"finite, float32 [2, 2, {count}, {count}]"),
        ):
            if not fits:
                raise ValueError(f"The directions are damaged: their {name} should be {wanted}.")

    def _one_space(self) -> bool:
        return all(
            torch.equal(getattr(self.means, part), getattr(self.normal, part)) for part in _SHARED
        )

    def _effects_fit(self) -> bool:
        if self.effects is None:
            return True
        wanted = (2, 2, len(self.normal), len(self.normal))
        alike = self.effects.dtype == torch.float32 and self.effects.shape == wanted
        return alike and bool(self.effects.isfinite().all())

    @property
    def names(self) -> tuple[str, ...]:
        """The attributes."""
        return self.normal.names

    @property
    def dimensions(self) -> int:
        """D."""
        return len(self.normal.mean)

    def of(self, kind: DirectionKind) -> Directions:
        """The directions of one kind.

        Raises:
            ValueError: There is no such kind.
        """
        if kind not in KINDS:
            raise ValueError(f"There is no kind of direction {kind!r:.40}; choose normal or means.")
        return self.normal if kind == "normal" else self.means

    def effects_of(self, kind: DirectionKind, *, conditional: bool = False) -> Tensor | None:
        """The cross effects [A, A] of one kind; the row is moved along, the column is looked at."""
        return None if self.effects is None else self.effects[KINDS.index(kind), int(conditional)]

    def figures(self) -> dict[str, Any]:
        """What a card holds: every AUC, and the cross effects between the main attributes."""
        found: dict[str, Any] = {
            "direction_auc": dict(zip(self.names, _rounded(self.auc[0], 4), strict=True))
        }
        if self.effects is None:
            return found
        shown = main_attributes(self.names)
        rows = [self.names.index(name) for name in shown]
        found["cross_effects"] = {
            way: {
                name: dict(zip(shown, _rounded(effects[row, rows], 3), strict=True))
                for name, row in zip(shown, rows, strict=True)
            }
            for way, effects in zip(("raw", "conditional"), self.effects[0], strict=True)
        }
        return found

    def to_tensors(self) -> dict[str, Tensor]:
        """Everything but the names, contiguous, for a safetensors file."""
        tensors = self.normal.to_tensors()
        del tensors["normals"]
        tensors |= {f"{kind}.normals": self.of(kind).normals.contiguous() for kind in KINDS}
        tensors["auc"] = self.auc.contiguous()
        if self.effects is not None:
            tensors["effects"] = self.effects.contiguous()
        return tensors

    @classmethod
    def from_tensors(
        cls, tensors: Mapping[str, Tensor], names: tuple[str, ...]
    ) -> AttributeDirections:
        """Rebuild what `to_tensors` described.

        Raises:
            ValueError: A tensor is missing or does not fit; the message names it.
        """
        needed = (*_SHARED[:-1], *(f"{kind}.normals" for kind in KINDS), "auc")
        if missing := [name for name in needed if name not in tensors]:
            raise ValueError(f"The directions are damaged: they lack {', '.join(missing)}.")
        shared = {name: tensors[name] for name in _SHARED if name in tensors}
        normal, means = (
            Directions.from_tensors({**shared, "normals": tensors[f"{kind}.normals"]}, names)
            for kind in KINDS
        )
        return cls(normal=normal, means=means, auc=tensors["auc"], effects=tensors.get("effects"))


def main_attributes(names: Sequence[str]) -> list[str]:
    """Those of the main attributes that there are, or the first few of others."""
    return [name for name in MAIN if name in names] or list(names[:_MANY])


def kept_apart(name: str, names: Sequence[str]) -> list[str]:
    """What a conditional direction leaves alone unless a person chooses: the other main ones."""
    return [other for other in main_attributes(names) if other != name]


def _rounded(values: Tensor, digits: int) -> list[float | None]:
    return [None if value != value else round(value, digits) for value in values.tolist()]
