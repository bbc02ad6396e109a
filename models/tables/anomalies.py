"""How unusual rows are: for a VAE, and for the classical methods beside it.

Each score is higher for a more unusual row. All are fitted to the same training rows.
Shapes: N rows, C columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from models.tables.analysis import Look
from models.tables.classical import Floats, Standard

__all__ = ["SCORES", "Roc", "classical_scores", "components", "roc", "scores"]

SCORES = {
    "error": "Reconstruction error",
    "elbo": "-ELBO",
    "mahalanobis": "Mahalanobis distance",
    "forest": "Isolation forest",
    "lof": "Local outlier factor",
    "pca": "PCA reconstruction error",
}
"""Name to title; the first two are the VAE's."""
LEAST_ERROR = 1e-6
USUAL = 2
"""Principal components of PCA's score where a model has more dimensions than a table columns"""


def scores(
    found: Look, rows: Tensor, train: Tensor, dims: int = 2, seed: int = 0
) -> dict[str, Floats]:
    """Return every score of every row, float64 [N] each.

    Args:
        found: What the model makes of the rows.
        rows: float32 [N, C], in the table's units.
        train: Which of them are training rows, bool [N]: of the normal class alone, if there is
            one.
        dims: Latent dimensions, and principal components beside them; see `components`.
        seed: Of the isolation forest.
    """
    ours = {"error": found.error, "elbo": found.nelbo}
    return {
        **{name: np.asarray(values.double().numpy()) for name, values in ours.items()},
        **classical_scores(rows, train, dims, seed),
    }


def components(dims: int, columns: int) -> int:
    """Return how many principal components the score of PCA keeps; 0 where there is no such score.

    As many as a model has dimensions, or two where so many would rebuild every row exactly.
    """
    kept = dims if dims < columns else USUAL
    return kept if kept < columns else 0


def classical_scores(
    rows: Tensor, train: Tensor, dims: int = 2, seed: int = 0
) -> dict[str, Floats]:
    """Return the scores of the classical methods; columns are standard-scaled for all of them.

    That of PCA is not among them where the table has hardly any columns.
    """
    from sklearn.covariance import EmpiricalCovariance
    from sklearn.decomposition import PCA
    from sklearn.ensemble import IsolationForest
    from sklearn.neighbors import LocalOutlierFactor

    x = rows.double().numpy()
    scaling = Standard.of(x[train.numpy()])
    known, x = scaling.scaled(x[train.numpy()]), scaling.scaled(x)
    lof = LocalOutlierFactor(min(20, len(known) - 1), novelty=True).fit(known)
    forest = IsolationForest(random_state=seed).fit(known)
    found = {
        "mahalanobis": np.sqrt(EmpiricalCovariance().fit(known).mahalanobis(x).clip(min=0)),
        "forest": -np.asarray(forest.score_samples(x)),
        "lof": -np.asarray(lof.score_samples(x)),
    }
    if kept := components(dims, known.shape[1]):
        pca = PCA(min(kept, len(known))).fit(known)
        rebuilt = pca.inverse_transform(pca.transform(x))
        error = np.sqrt(np.square(x - rebuilt).mean(1))
        # Columns that follow from each other are rebuilt exactly: these would be rounding errors.
        if error.max() > LEAST_ERROR:
            found["pca"] = error
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """The receiver operating characteristic of a score."""

    false_positives: Floats
    """Share of normal rows that are called anomalous, at each threshold"""
    true_positives: Floats
    """Share of anomalous rows that are"""
    thresholds: Floats
    auroc: float


def roc(score: Floats, truth: NDArray[np.bool_]) -> Roc | None:
    """Return the ROC of a score, or None where all rows are of one kind.

    Args:
        score: [n], higher for more unusual.
        truth: Which rows are anomalous, bool [n].
    """
    from sklearn.metrics import roc_auc_score, roc_curve

    if truth.all() or not truth.any():
        return None
    false, true, thresholds = roc_curve(truth, score)
    finite = np.where(np.isfinite(thresholds), thresholds, score.max())
    return Roc(false, true, finite, float(roc_auc_score(truth, score)))
