"""What is learned from views and from few labels, in nats.

Shapes: M rows, two views of each of M / 2 examples, all first views first; E dimensions of the
embedding, C clusters, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["cluster_information", "cross_entropy", "supervised_contrastive"]


def supervised_contrastive(z_ME: Tensor, groups_M: Tensor, temperature: float) -> Tensor:
    """Return how hard it is to tell rows of the same group from the others.

    L = mean_i -1/|P(i)| sum_{p in P(i)} log [ exp(z_i z_p / t) / sum_{a != i} exp(z_i z_a / t) ]

    with P(i) the other rows of i's group; rows that are alone in theirs do not count. With groups
    of two views it is the loss of SimCLR. Supervised Contrastive Learning (Khosla et al., 2020),
    arXiv 2004.11362, equation 2.

    Args:
        z_ME: Embeddings of unit length.
        groups_M: Integers.
        temperature: t.
    """
    itself = torch.eye(len(z_ME), dtype=torch.bool, device=z_ME.device)
    alike = (z_ME @ z_ME.T / temperature).masked_fill(itself, -torch.inf)
    positive = (groups_M.unsqueeze(1) == groups_M) & ~itself
    counts = positive.sum(1)
    # The sum over positives of the numerator, without 0 * inf on the diagonal.
    pulled = alike.masked_fill(~positive, 0.0).sum(1)
    losses = alike.logsumexp(1) - pulled / counts.clamp(min=1)
    found = counts > 0
    return losses[found].mean() if found.any() else 0 * z_ME.sum()


def cluster_information(logits: Sequence[Tensor]) -> Tensor:
    """Return the mutual information of two views' clusters, a mean over heads.

    I = sum_cd P_cd log [ P_cd / (P_c P_d) ] with P the joint distribution, made symmetric, of the
    clusters that the two views of an example are put into. It is largest where views agree and
    clusters are equally large. Invariant Information Clustering (Ji et al., 2019),
    arXiv 1807.06653.

    Args:
        logits: [M, C] of each head; at least one.
    """
    shares_HMC = torch.stack([head.float() for head in logits]).softmax(2)
    first, second = shares_HMC.chunk(2, dim=1)
    joint_HCD = first.transpose(1, 2) @ second / first.shape[1]
    joint_HCD = ((joint_HCD + joint_HCD.transpose(1, 2)) / 2).clamp(min=1e-6)
    rows, columns = joint_HCD.sum(2, keepdim=True), joint_HCD.sum(1, keepdim=True)
    information = joint_HCD * (joint_HCD.log() - rows.log() - columns.log())
    return information.sum((1, 2)).mean()


def cross_entropy(logits_MK: Tensor, shares_MK: Tensor) -> Tensor:
    """Return -sum_k q_k log p_k, a mean over the rows whose shares are not all 0."""
    told = shares_MK.sum(1) > 0
    if not told.any():
        return 0 * logits_MK.sum()
    losses = -(shares_MK * F.log_softmax(logits_MK.float(), dim=1)).sum(1)
    return losses[told].mean()
