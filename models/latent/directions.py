"""Attribute directions: along which way through latent space an attribute such as a smile grows.

The boundary between codes with and without an attribute is taken for a hyperplane, and its normal
is the way to move: Interpreting the Latent Space of GANs for Semantic Face Editing (Shen et al.,
2020, InterFaceGAN), arXiv 1907.10786. The difference of the class means is the simpler way of
Deep Feature Consistent Variational Autoencoder (Hou et al., 2016), arXiv 1610.00291.

One step is one standard deviation of the codes along a direction, with the examples that have the
attribute weighing as much as those that lack it:

    variance = 1/2 variance(with) + 1/2 variance(without) + 1/4 (mean(with) - mean(without))^2

In the population as it is a rare attribute hardly adds to the width of the codes, and the same
number of steps would lead less far towards it than towards a frequent one.

Shapes: N codes, B codes asked about, D latent dimensions, A attributes. An attribute of an example
is 1, 0, or -1 for unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor

__all__ = ["DirectionKind", "Directions", "fit_directions", "held_out_auc"]

DirectionKind = Literal["normal", "means"]

_PENALTY = 0.02
"""Inverse strength of the ridge of the logistic regression, on standardised codes."""
_LEAST = 10
"""Examples with an attribute, and without it, that a direction needs."""
_PARALLEL = 1e-4
"""What is left of a unit normal that lies in the span of those it is to leave alone."""
_NAMES = ("mean", "covariance", "normals")
_BALANCED = "balanced"
"""In a file: the upper triangle of each, in 16 bits; older ones have 32, or lack it."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Directions:
    """A direction for each attribute; moves along several of them add up.

    Raises:
        ValueError: The parts do not fit each other; the message names the one.
    """

    names: tuple[str, ...]
    """One an attribute"""
    mean: Tensor
    """float32 [D]: the mean code, where every score is 0"""
    covariance: Tensor
    """float32 [D, D] of the codes"""
    normals: Tensor
    """float32 [A, D], unit vectors"""
    balanced: Tensor = field(default_factory=lambda: torch.empty(0))
    """float32 [A, D, D]: covariance of codes of which one half has the attribute, as wide as which
    a step is long. Without it, as in older checkpoints, that of all codes is taken."""

    def __post_init__(self) -> None:
        count, size = len(self.names), self.mean.shape[-1] if self.mean.dim() else 0
        if not self.balanced.numel() and self.covariance.dim() == 2:
            object.__setattr__(self, _BALANCED, self.covariance.expand(count, -1, -1))
        tensors = (*_NAMES, _BALANCED)
        for name, fits, wanted in (
            ("names", len(set(self.names)) == count and count, "different and at least one"),
            ("mean", self.mean.shape == (size,) and size, "float32 [D]"),
            ("covariance", self.covariance.shape == (size, size), f"float32 [{size}, {size}]"),
            ("normals", self.normals.shape == (count, size), f"float32 [{count}, {size}]"),
            (_BALANCED, self.balanced.shape == (count, size, size), f"of {count} attributes"),
            *((n, getattr(self, n).dtype == torch.float32, "float32") for n in tensors),
            *((n, bool(getattr(self, n).isfinite().all()), "finite") for n in tensors),
            ("normals", bool(_is_unit(self.normals).all()), "unit vectors"),
        ):
            if not fits:
                raise ValueError(f"The directions are damaged: their {name} should be {wanted}.")

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Return an attribute's row.

        Raises:
            ValueError: There is none of that name; the message lists all.
        """
        if name not in self.names:
            raise ValueError(
                f"There is no direction '{name:.40}'; there are: {', '.join(self.names)}."
            )
        return self.names.index(name)

    @property
    def widths(self) -> Tensor:
        """Standard deviation of the codes along each normal, both sides of equal weight; [A]."""
        return _widths(self.normals, self.balanced)

    @property
    def steps(self) -> Tensor:
        """One step along each direction, float32 [A, D]."""
        return self.widths.unsqueeze(1) * self.normals

    @property
    def weighs_evenly(self) -> bool:
        """Whether both sides of an attribute weigh the same in a step; not so in older files."""
        return not bool((self.balanced.triu() == self.covariance.triu()).all())

    def in_population(self) -> Directions:
        """The same directions with steps of one standard deviation of all codes as they are."""
        return replace(self, balanced=torch.empty(0))

    def only(self, names: Sequence[str]) -> Directions:
        """Those of some attributes.

        Raises:
            ValueError: There is none of a name.
        """
        rows = [self.index(name) for name in names]
        return replace(
            self, names=tuple(names), normals=self.normals[rows], balanced=self.balanced[rows]
        )

    def scores(self, z_BD: Tensor) -> Tensor:
        """Return how far codes lie along each direction, in steps from the mean; float32 [B, A]."""
        return (z_BD.float() - self.mean) @ self.normals.T / self.widths

    def move(self, z_BD: Tensor, strengths: Mapping[str, float]) -> Tensor:
        """Return codes moved by so many steps along each named direction, float32 [B, D].

        Raises:
            ValueError: There is no such direction.
        """
        moved = z_BD.float()
        for name, strength in strengths.items():
            moved = moved + strength * self.steps[self.index(name)]
        return moved

    def conditional(self, name: str, keep: Sequence[str]) -> Tensor:
        """Return one step along a direction that leaves other attributes' scores as they are.

        The part of the normal that lies in the span of the others' normals is taken away; what is
        left is as long as the codes are wide along it, both sides of the attribute of equal weight.

        Args:
            name: The attribute to change.
            keep: Those to leave alone; the attribute itself is skipped.

        Returns:
            float32 [D].

        Raises:
            ValueError: There is no such direction, or nothing of it is left.
        """
        row = self.index(name)
        normal = self.normals[row].double()
        others = [self.index(other) for other in keep if other != name]
        if others:
            span = _basis(self.normals[others].double())
            normal = normal - span.mT @ (span @ normal)
        length = torch.linalg.vector_norm(normal)
        if length < _PARALLEL:
            raise ValueError(
                f"Nothing of the direction '{name}' is left once {', '.join(keep)} may not change."
            )
        left = (normal / length).float().unsqueeze(0)
        return (_widths(left, self.balanced[row : row + 1]).unsqueeze(1) * left)[0]

    def to_tensors(self) -> dict[str, Tensor]:
        """Everything but the names, contiguous, for a safetensors file."""
        tensors = {name: getattr(self, name).contiguous() for name in _NAMES}
        if not self.weighs_evenly:
            return tensors
        rows, columns = torch.triu_indices(*self.covariance.shape)
        return {**tensors, _BALANCED: self.balanced[:, rows, columns].half()}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor], names: tuple[str, ...]) -> Directions:
        """Rebuild what `to_tensors` described.

        Raises:
            ValueError: A tensor is missing or does not fit; the message names it.
        """
        if missing := [name for name in _NAMES if name not in tensors]:
            raise ValueError(f"The directions are damaged: they lack {', '.join(missing)}.")
        parts = {name: tensors[name] for name in _NAMES}
        mean, covariance = parts["mean"], parts["covariance"]
        # Where these do not fit each other, that is what is to be told.
        if _BALANCED in tensors and covariance.shape == 2 * mean.shape:
            halves = tensors[_BALANCED]
            read = halves.float() if halves.dtype == torch.float16 else halves
            parts[_BALANCED] = _whole(read, len(mean))
        return cls(names=names, **parts)


def fit_directions(
    codes_ND: Tensor,
    attributes_NA: Tensor,
    names: Sequence[str],
    kind: DirectionKind = "normal",
) -> Directions:
    """Learn a direction for each attribute from labelled codes.

    Args:
        codes_ND: Codes, such as posterior means; float [N, D].
        attributes_NA: int8 [N, A].
        names: One an attribute. Those with fewer than ten examples on either side are left out.
        kind: The normal of a logistic regression on standardised codes, or the difference of the
            means of codes with and without the attribute.

    Raises:
        ValueError: The shapes do not fit, or no attribute has enough examples on both sides.
    """
    _require_labelled(codes_ND, attributes_NA, names)
    codes = codes_ND.double()
    kept, normals, balanced = [], [], []
    for name, labels_N in zip(names, attributes_NA.T, strict=True):
        with_, without = labels_N == 1, labels_N == 0
        if min(int(with_.sum()), int(without.sum())) < _LEAST:
            continue
        if kind == "means":
            normal = codes[with_].mean(0) - codes[without].mean(0)
        else:
            normal = _logistic_normal(codes[with_ | without], labels_N[with_ | without])
        length = torch.linalg.vector_norm(normal)
        if length > 0:
            kept.append(name)
            normals.append(normal / length)
            balanced.append(_balanced(codes[with_], codes[without]))
    if not kept:
        raise ValueError(
            f"No attribute has at least {_LEAST} examples with it and {_LEAST} without it."
        )
    return Directions(
        names=tuple(kept),
        mean=codes.mean(0).float(),
        covariance=codes.T.cov().reshape(codes.shape[1], -1).float(),
        normals=torch.stack(normals).float(),
        # As a file keeps them.
        balanced=torch.stack(balanced).half().float(),
    )


def held_out_auc(scores_N: Tensor, labels_N: Tensor) -> float:
    """Return the area under the ROC curve: how often a positive scores above a negative.

    Args:
        scores_N: float [N].
        labels_N: 1, 0 or -1, which is left out; [N].

    Raises:
        ValueError: There are not both kinds.
    """
    from sklearn.metrics import roc_auc_score

    known = labels_N >= 0
    labels = labels_N[known]
    if len(labels.unique()) < 2:
        raise ValueError("An AUC needs examples with the attribute and without it.")
    return float(roc_auc_score(labels.numpy(), scores_N[known].numpy()))


def _logistic_normal(codes_ND: Tensor, labels_N: Tensor) -> Tensor:
    # scikit-learn takes a second to import, and most who use a model learn no directions.
    from sklearn.linear_model import LogisticRegression

    width = codes_ND.std(0).clamp(min=1e-9)
    standard = (codes_ND - codes_ND.mean(0)) / width
    regression = LogisticRegression(C=_PENALTY, class_weight="balanced", max_iter=1000)
    regression.fit(standard.numpy(), labels_N.numpy())
    return torch.from_numpy(regression.coef_[0]) / width


def _require_labelled(codes_ND: Tensor, attributes_NA: Tensor, names: Sequence[str]) -> None:
    if codes_ND.dim() != 2 or len(codes_ND) < 2 or not bool(codes_ND.isfinite().all()):
        raise ValueError(f"Directions need at least 2 finite codes, not {list(codes_ND.shape)}.")
    if attributes_NA.shape != (len(codes_ND), len(names)):
        raise ValueError(
            f"{len(codes_ND)} codes and {len(names)} attributes need labels "
            f"[{len(codes_ND)}, {len(names)}], not {list(attributes_NA.shape)}."
        )


def _balanced(with_ND: Tensor, without_ND: Tensor) -> Tensor:
    """Return the covariance [D, D] of codes of which one half has an attribute."""
    sides = (with_ND, without_ND)
    apart = with_ND.mean(0) - without_ND.mean(0)
    within = torch.stack([side.T.cov().reshape(len(apart), -1) for side in sides]).mean(0)
    return within + apart.outer(apart) / 4


def _whole(triangles_AT: Tensor, size: int) -> Tensor:
    """Return symmetric matrices [A, D, D] from their upper triangles, row after row.

    Raises:
        ValueError: They are not of that size.
    """
    if triangles_AT.dim() != 2 or triangles_AT.shape[1] != size * (size + 1) // 2:
        raise ValueError(
            f"The directions are damaged: their {_BALANCED} should be the triangles of {size} x "
            f"{size} numbers."
        )
    whole = triangles_AT.new_zeros(len(triangles_AT), size, size)
    rows, columns = torch.triu_indices(size, size)
    whole[:, rows, columns] = triangles_AT
    whole[:, columns, rows] = triangles_AT
    return whole


def _widths(normals_AD: Tensor, covariances_ADD: Tensor) -> Tensor:
    normals = normals_AD.double()
    variances = torch.einsum("ad,ade,ae->a", normals, covariances_ADD.double(), normals)
    # Codes that do not vary along a direction still need a step to be counted in.
    return variances.clamp(min=1e-12).sqrt().float()


def _is_unit(normals_AD: Tensor) -> Tensor:
    return (torch.linalg.vector_norm(normals_AD, dim=1) - 1).abs() < 1e-3


def _basis(vectors_KD: Tensor) -> Tensor:
    """Return perpendicular unit vectors with the same span, [rank, D]."""
    _, values, rows = torch.linalg.svd(vectors_KD, full_matrices=False)
    return rows[values > _PARALLEL * values[0]]
