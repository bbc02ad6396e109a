"""The Frechet distance between two sets of examples, by the Gaussians of their features.

GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash Equilibrium (Heusel et al.,
2017), arXiv 1706.08500:

    d^2 = |m_1 - m_2|^2 + tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2))

Shapes: N examples, F features.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Moments", "frechet_distance"]


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Mean and covariance of features.

    Raises:
        ValueError: The shapes differ, or a number is not finite.
    """

    mean: Tensor
    """float64 [F]"""
    covariance: Tensor
    """float64 [F, F]"""

    def __post_init__(self) -> None:
        size = self.mean.shape[0] if self.mean.dim() == 1 else 0
        if not size or self.covariance.shape != (size, size):
            raise ValueError(
                f"Moments need a mean [F] and a covariance [F, F], not {list(self.mean.shape)} "
                f"and {list(self.covariance.shape)}."
            )
        if not bool(self.mean.isfinite().all() and self.covariance.isfinite().all()):
            raise ValueError("A Frechet distance needs finite features.")

    @classmethod
    def of(cls, features_NF: Tensor) -> Moments:
        """Measure the features of at least two examples; the covariance divides by N - 1.

        Raises:
            ValueError: There are fewer, or a feature is not finite.
        """
        if features_NF.dim() != 2 or len(features_NF) < 2:
            raise ValueError(
                f"A Frechet distance needs the features [N, F] of at least 2 examples, "
                f"not {list(features_NF.shape)}."
            )
        features = features_NF.double()
        mean = features.mean(0)
        centred = features - mean
        return cls(mean, centred.mT @ centred / (len(features) - 1))


def frechet_distance(a: Moments, b: Moments) -> float:
    """Return d^2, 0 or more, in squared units of the features.

    The trace of the root is taken of S_1^(1/2) S_2 S_1^(1/2), which has the same eigenvalues as
    S_1 S_2 and is symmetric: its eigenvalues are exact where covariances are singular, and the
    general matrix root is not.

    Raises:
        ValueError: The two have another number of features.
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(
            f"Both sides need the same features, not {len(a.mean)} and {len(b.mean)} of them."
        )
    root = _root(a.covariance.double())
    inner = root @ b.covariance.double() @ root
    cross = torch.linalg.eigvalsh((inner + inner.mT) / 2).clamp(min=0).sqrt().sum()
    apart = (a.mean.double() - b.mean.double()).square().sum()
    traces = a.covariance.double().trace() + b.covariance.double().trace()
    return max(0.0, float(apart + traces - 2 * cross))


def _root(covariance_FF: Tensor) -> Tensor:
    """Return the symmetric root; rounding may have made the least eigenvalues negative."""
    values, vectors = torch.linalg.eigh(covariance_FF)
    return (vectors * values.clamp(min=0).sqrt()) @ vectors.mT
