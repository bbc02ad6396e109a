"""Clusters of examples by their nearest neighbours, without any label.

Two graphs are added up: of neighbours among learned features, and of neighbours among blurred
pictures, which mends what the features confuse. The leading eigenvectors of D^-1/2 W D^-1/2, rows
scaled to unit length, are clustered by k-means: On Spectral Clustering: Analysis and an Algorithm
(Ng, Jordan and Weiss, 2001). Of several numbers of eigenvectors and several starts that partition
is kept whose clusters tell most about a neighbour's cluster.

Shape legend: N examples, K clusters, V eigenvectors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.joint.discovery import DiscoveryConfig
from models.preprocessing import to_unit
from models.semi.graph import build_graph

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["as_named", "blurred_components", "edge_information", "groups"]

COMPONENTS = 50
HALVED = 14
STARTS = 3
MORE = (0, 2, 4)
"""Eigenvectors beyond the number of clusters that are tried."""
CHUNK = 5000
CLOSE = 1e-4
"""Tolerance of the eigenvectors: with ten times as much one of them was missed."""

Heed = Callable[[float], None]


def groups(
    features_NF: Tensor,
    images: Tensor,
    count: int,
    config: DiscoveryConfig,
    *,
    heed: Heed = lambda share: None,
) -> Tensor:
    """Return the cluster of each example, int64 [N].

    Args:
        features_NF: What was learned of the examples.
        images: The pictures, uint8 [N, C, H, W].
        count: K.
        config: Neighbours and their weights.
        heed: Told the share done of each stage; it may raise.
    """
    from sklearn.cluster import KMeans

    edges = _edges(features_NF, config.neighbours, heed)
    if config.pixel_weight:
        pixels = _edges(blurred_components(images), config.pixel_neighbours, heed)
        edges = (edges + config.pixel_weight * pixels).tocsr()
    vectors_NV = _eigenvectors(edges, min(count + MORE[-1], len(images) - 1))
    best, found = -np.inf, torch.zeros(len(images), dtype=torch.int64)
    for more in MORE:
        rows = F.normalize(vectors_NV[:, : count + more], dim=1).numpy()
        for start in range(STARTS):
            heed(1.0)
            k_means = KMeans(count, n_init=1, random_state=start)
            clusters = torch.from_numpy(k_means.fit_predict(rows)).long()
            told = edge_information(edges, clusters, count)
            if told > best:
                best, found = told, clusters
    return found


def _edges(rows: Tensor, neighbours: int, heed: Heed) -> sparse.csr_matrix:
    return build_graph(rows, neighbours, progress=heed).edges


def blurred_components(images: Tensor, count: int = COMPONENTS) -> Tensor:
    """Return the leading principal components of blurred, halved pictures [N, count]."""
    small = [
        F.interpolate(F.avg_pool2d(to_unit(part), 3, 1, 1), size=HALVED, mode="area").flatten(1)
        for part in images.split(CHUNK)
    ]
    x = torch.cat(small)
    x = x - x.mean(0)
    return x @ torch.linalg.eigh(x.T @ x / len(x))[1][:, -count:]


def _eigenvectors(edges: sparse.csr_matrix, count: int) -> Tensor:
    """Return the leading eigenvectors of D^-1/2 W D^-1/2 [N, count], the largest first."""
    from scipy import sparse
    from scipy.sparse.linalg import eigsh

    degrees = np.asarray(edges.sum(1)).ravel().clip(min=1e-12)
    root = sparse.diags(degrees**-0.5)
    noise = torch.randn(len(degrees), generator=torch.Generator().manual_seed(0)).numpy()
    values, vectors = eigsh(
        (root @ edges @ root).astype(np.float32),
        k=count,
        tol=CLOSE,
        which="LA",
        # A start of its own, since the solver's comes from global state.
        v0=(degrees**0.5 + noise).astype(np.float32),
    )
    order = np.argsort(-values)
    return torch.from_numpy(vectors[:, order].copy()).float()


def edge_information(edges: sparse.csr_matrix, clusters_N: Tensor, count: int) -> float:
    """Return what an example's cluster tells of a neighbour's, in nats.

    I = sum_ab P_ab log [ P_ab / (P_a P_b) ] with P_ab the share of the edges' weight between
    clusters a and b: largest for clusters of equal size between which there are no edges.
    """
    member = F.one_hot(clusters_N, count).float().numpy()
    joint = torch.from_numpy(member.T @ (edges @ member)).double()
    joint = (joint / joint.sum()).clamp(min=1e-9)
    rows, columns = joint.sum(1, keepdim=True), joint.sum(0, keepdim=True)
    return float((joint * (joint / rows / columns).log()).sum())


def as_named(clusters_N: Tensor, names_N: Tensor, count: int) -> Tensor:
    """Return clusters numbered so that they agree best with other numbers of the same examples."""
    from scipy.optimize import linear_sum_assignment

    counts = torch.zeros(count, count)
    counts.index_put_((clusters_N, names_N), torch.ones(len(clusters_N)), accumulate=True)
    _, columns = linear_sum_assignment(counts.numpy(), maximize=True)
    return torch.from_numpy(columns)[clusters_N]
