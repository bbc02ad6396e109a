"""What lies around a code: how dense it is there, and which class prevails.

Shapes: B codes asked about, k neighbours, K classes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Surroundings", "prevailing"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Surroundings:
    """Of B codes."""

    percentiles: Tensor
    """float32 [B], as `Density.percentile`"""
    classes: Tensor
    """int64 [B], the class that prevails among the nearest codes; -1 where none has a label"""
    shares: Tensor
    """float32 [B], its share of all of them, those without a label included; 0 for none"""


def prevailing(labels_Bk: Tensor, K: int) -> tuple[Tensor, Tensor]:
    """The most frequent class among neighbours; of equal ones, the nearer on the whole.

    Args:
        labels_Bk: Labels of the neighbours, the nearest first; -1 is unlabelled.
        K: Number of classes.

    Returns:
        Classes int64 [B], -1 for none, and their shares float32 [B].
    """
    labels = labels_Bk.long()
    count, k = labels.shape
    # A vote weighs 1 and a little more the nearer it is; all these bits are less than a vote.
    votes = 1 + torch.arange(k, 0, -1) / (k + 1) ** 2
    # Votes without a label go to a class of their own, before the others.
    sums = torch.zeros(count, K + 1, dtype=torch.float64)
    sums.scatter_add_(1, labels + 1, votes.double().expand(count, k))
    sums[:, 0] = 0
    most, winner = sums.max(1)
    return winner - 1, (most.floor() / k).float()
