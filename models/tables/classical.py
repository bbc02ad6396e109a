"""What classical methods make of the same rows, and how well classes lie apart in a plane.

Shapes: N rows, C columns, D dimensions of codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Floats", "Separation", "Standard", "pca_codes", "separation", "tsne_codes", "verdict"]

Floats = NDArray[np.float64]
NEIGHBOURS = 5
MOST_TSNE = 3000
"""Rows beyond which t-SNE takes minutes."""
MOST_SILHOUETTE = 5000
BEGINNINGS = 50
"""Of k-means: with ten of them it misses its optimum on Wine, by an agreement of up to 0.07."""


@dataclass(frozen=True, slots=True, eq=False)
class Standard:
    """Mean and standard deviation of each column."""

    mean: Floats
    deviation: Floats

    @classmethod
    def of(cls, rows: Floats) -> Standard:
        """Measure rows [N, C]; a column that does not change keeps its unit."""
        deviation = rows.std(0)
        return cls(rows.mean(0), np.where(deviation > 0, deviation, 1.0))

    def scaled(self, rows: Floats) -> Floats:
        """Return rows with mean 0 and variance 1."""
        return (rows - self.mean) / self.deviation

    def unscaled(self, rows: Floats) -> Floats:
        """Return scaled rows in the table's units."""
        return rows * self.deviation + self.mean


@dataclass(frozen=True, slots=True)
class Separation:
    """How well classes lie apart; None where it cannot be told."""

    knn: float | None
    """Share of held-out rows whose 5 nearest training rows agree with their class"""
    ari: float | None
    """Adjusted Rand index of k-means on all rows, with as many clusters as classes"""
    silhouette: float | None
    """Silhouette of the classes over all rows, from -1 to 1"""


def separation(codes: Tensor | Floats, labels: Tensor, train: Tensor, seed: int = 0) -> Separation:
    """Measure how well classes lie apart in codes [N, D].

    Args:
        codes: Codes of all rows.
        labels: int64 [N]; -1 is unlabelled and takes no part.
        train: Which rows are training rows, bool [N].
        seed: Of the beginnings of k-means.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from sklearn.neighbors import KNeighborsClassifier

    known = (labels >= 0).numpy()
    x, y = np.asarray(codes, dtype=np.float64)[known], labels.numpy()[known]
    mask = train.numpy()[known]
    classes = len(np.unique(y))
    if classes < 2 or len(x) <= classes:
        return Separation(None, None, None)
    knn = None
    if mask.sum() >= NEIGHBOURS and (~mask).any():
        fitted = KNeighborsClassifier(NEIGHBOURS).fit(x[mask], y[mask])
        knn = float(fitted.score(x[~mask], y[~mask]))
    beginnings = BEGINNINGS if len(x) <= MOST_SILHOUETTE else 10
    clusters = KMeans(classes, n_init=beginnings, random_state=seed).fit_predict(x)
    return Separation(knn, float(adjusted_rand_score(y, clusters)), _silhouette(x, y, seed))


def _silhouette(x: Floats, y: NDArray[np.int64], seed: int) -> float | None:
    """Return the silhouette of at most so many rows; None where they are of one class."""
    from sklearn.metrics import silhouette_score

    if len(x) > MOST_SILHOUETTE:
        some = np.random.default_rng(seed).choice(len(x), MOST_SILHOUETTE, replace=False)
        x, y = x[some], y[some]
    if not 1 < len(np.unique(y)) < len(y):
        return None
    return float(silhouette_score(x, y))


def pca_codes(rows: Tensor, train: Tensor, dims: int = 2) -> Floats:
    """Return principal components [N, dims] of standard-scaled rows, fitted to training rows."""
    from sklearn.decomposition import PCA

    x = rows.double().numpy()
    scaling = Standard.of(x[train.numpy()])
    pca = PCA(min(dims, *x[train.numpy()].shape)).fit(scaling.scaled(x[train.numpy()]))
    return np.asarray(pca.transform(scaling.scaled(x)))


def tsne_codes(rows: Tensor, seed: int = 0) -> Floats | None:
    """Return t-SNE's plane [N, 2] of all standard-scaled rows; None of more than 3,000.

    It can place no further rows, so that held-out ones are placed together with the others.
    """
    from sklearn.manifold import TSNE

    if len(rows) > MOST_TSNE:
        return None
    x = rows.double().numpy()
    perplexity = min(30.0, (len(x) - 1) / 3)
    return np.asarray(
        TSNE(
            2, perplexity=perplexity, init="pca" if x.shape[1] > 1 else "random", random_state=seed
        ).fit_transform(Standard.of(x).scaled(x))
    )


TITLES = {
    "knn": "5-NN accuracy on held-out rows",
    "ari": "agreement of k-means with the classes (ARI)",
    "silhouette": "silhouette of the classes",
}


def verdict(found: Mapping[str, Separation], ours: str) -> str:
    """Return one sentence that says where another method separates the classes better.

    Args:
        found: Name of a method to what was measured.
        ours: The name of the one that is compared with the others.
    """
    better = []
    for field, title in TITLES.items():
        mine = getattr(found[ours], field)
        scores = {
            name: value
            for name, part in found.items()
            if name != ours and (value := getattr(part, field)) is not None
        }
        if mine is None or not scores:
            continue
        best = max(scores, key=scores.__getitem__)
        if scores[best] > mine + 0.0005:
            better.append(f"{best} has the better {title} ({scores[best]:.3f} against {mine:.3f})")
    if all(getattr(found[ours], field) is None for field in TITLES):
        return "Without classes there is nothing to compare."
    if not better:
        return f"No other method here separates the classes better than {ours}."
    return f"Here {'; '.join(better)}."
