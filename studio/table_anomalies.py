"""What pages are told of how unusual rows are, to a model and to classical methods.

Shapes: N rows shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from models.checkpoint import Checkpoint
from models.tables.anomalies import SCORES, roc
from models.tables.classical import Floats
from studio.kept_tables import KeptTable
from studio.table_facts import numbers
from studio.table_model_facts import OTHER_ROWS
from studio.table_models import knows_other_rows

__all__ = ["anomaly_facts"]

MOST_ROC = 500
OURS = ("error", "elbo")
"""The scores that are a VAE's"""


def anomaly_facts(
    kept: KeptTable,
    checkpoint: Checkpoint,
    scores: Mapping[str, Floats],
    fitted: Tensor,
    normal: int | None,
) -> dict[str, Any]:
    """Return how unusual each row is, and how well each score tells anomalies where they are known.

    Args:
        kept: The table.
        checkpoint: The model whose scores are among them.
        scores: By name, [N] each; higher is more unusual.
        fitted: Rows that the scores are fitted to, bool [N]; they are not judged.
        normal: The class that is normal, if one is.
    """
    truth = None if normal is None else ((kept.labels != normal) & (kept.labels >= 0)).numpy()
    judged = (~fitted & (kept.labels >= 0)).numpy()
    rocs = {
        name: None if truth is None else roc(scores[name][judged], truth[judged]) for name in scores
    }
    aurocs = {name: found.auroc if found else None for name, found in rocs.items()}
    known = {name: found for name, found in rocs.items() if found}
    fair = _is_fair(kept, checkpoint, normal)
    return {
        "model": checkpoint.name,
        "normal": normal,
        "methods": [
            {
                "key": name,
                "title": SCORES[name],
                "kind": "vae" if name in OURS else "classical",
                "auroc": aurocs[name],
            }
            for name in SCORES
            if name in scores
        ],
        "scores": {name: numbers(score) for name, score in scores.items()},
        "truth": None if truth is None else truth.astype(int).tolist(),
        "fitted": fitted.int().tolist(),
        "roc": {
            name: {
                "fpr": numbers(_some(found.false_positives)),
                "tpr": numbers(_some(found.true_positives)),
                "threshold": numbers(_some(found.thresholds)),
            }
            for name, found in known.items()
        }
        or None,
        "fair": fair,
        "sentence": _sentence(kept, checkpoint, aurocs, normal, fair),
    }


def _some(values: Floats) -> Floats:
    """Return at most so many points of a curve; both ends stay."""
    if len(values) <= MOST_ROC:
        return values
    return np.asarray(values[np.linspace(0, len(values) - 1, MOST_ROC).round().astype(int)])


def _is_fair(kept: KeptTable, checkpoint: Checkpoint, normal: int | None) -> bool:
    """Whether the model has learned the very rows that the classical scores are fitted to."""
    learned = checkpoint.config.data.normal_class
    if knows_other_rows(kept, checkpoint.config):
        return False
    return learned == ("" if normal is None else kept.table.class_names[normal])


def _sentence(
    kept: KeptTable,
    checkpoint: Checkpoint,
    aurocs: Mapping[str, float | None],
    normal: int | None,
    fair: bool,
) -> str:
    learned = checkpoint.config.data.normal_class
    if knows_other_rows(kept, checkpoint.config):
        return OTHER_ROWS
    if normal is None:
        if learned:
            return f"This model has only learned '{learned}'; the other scores know every class."
        return "Choose above which class is usual to see how well each score finds the others."
    name = kept.table.class_names[normal]
    best = _best(aurocs)
    if not fair:
        seen = f"only '{learned}'" if learned else "every class"
        return (
            f"This model has learned {seen}, and the classical methods only '{name}': train one on "
            f"'{name}' alone to compare them.{best}"
        )
    return f"Every score has learned '{name}' alone.{best}"


def _best(aurocs: Mapping[str, float | None]) -> str:
    """Say which score is the best, and what the VAE's best one reaches if it is another."""
    known: Sequence[tuple[float, str]] = [(v, k) for k, v in aurocs.items() if v is not None]
    if not known:
        return " Too few rows are left to judge them by."
    top, name = max(known)
    own, ours = max(pair for pair in known if pair[1] in OURS)
    if own >= top:
        return (
            f" None finds the others better than the VAE: AUROC {own:.3f}, by its {SCORES[ours]}."
        )
    return f" {SCORES[name]} finds the others best: AUROC {top:.3f}, against {own:.3f} of the VAE."
