"""What models and classical methods make of tables, computed once, off the event loop.

All of it is of the rows that are shown: every row of a table of a usual size.

Shapes: N rows shown, C columns, D latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import numpy as np
from torch import Tensor

from models.checkpoint import Checkpoint
from models.data import DataError
from models.tables.analysis import Look, look
from models.tables.anomalies import classical_scores
from models.tables.classical import Floats, Separation, pca_codes, separation, tsne_codes
from models.tables.model import TableVAE
from studio.kept_tables import KeptTable
from studio.live import DecodeService
from studio.shared import Shared

__all__ = ["LEAST_NORMAL", "Classical", "TableLooks", "plane_dims", "plane_of", "table_model"]

MOST_KEPT = 48
COMPONENTS = 2
"""Principal components that the score of PCA keeps"""
LEAST_NORMAL = 3
"""Training rows of the normal class that scores can be fitted to"""


@dataclass(frozen=True, slots=True, eq=False)
class Classical:
    """What PCA and t-SNE make of a table."""

    pca: Floats
    """[N, 2]"""
    tsne: Floats | None
    """[N, 2]"""
    separations: dict[str, Separation]
    """By 'pca' and 'tsne'"""


@dataclass(frozen=True, slots=True)
class TableLooks:
    """Keeps what was computed last. It belongs to the event loop's thread."""

    service: DecodeService
    _looks: Shared[Look] = field(default_factory=lambda: Shared(MOST_KEPT))
    _classical: Shared[Classical] = field(default_factory=lambda: Shared(MOST_KEPT))
    _separations: Shared[Separation] = field(default_factory=lambda: Shared(MOST_KEPT))
    _scores: Shared[dict[str, Floats]] = field(default_factory=lambda: Shared(MOST_KEPT))

    async def look(self, kept: KeptTable, checkpoint: Checkpoint) -> Look:
        """Return what a model makes of each row."""
        work = partial(look, table_model(checkpoint), kept.rows)
        key = (kept, checkpoint.digest)
        return await self._looks.get(key, partial(self.service.beside, work))

    async def classical(self, kept: KeptTable) -> Classical:
        """Return what PCA and t-SNE make of the rows."""
        work = partial(_classical, kept)
        return await self._classical.get(kept, partial(self.service.at_length, work))

    async def separation(self, kept: KeptTable, checkpoint: Checkpoint) -> Separation:
        """Return how well a model's plane separates the classes."""
        found = await self.look(kept, checkpoint)
        work = partial(separation, plane_of(found.codes), kept.labels, kept.trained)
        key = (kept, checkpoint.digest)
        return await self._separations.get(key, partial(self.service.beside, work))

    async def scores(self, kept: KeptTable, normal: int | None) -> tuple[dict[str, Floats], Tensor]:
        """Return the classical scores [N] by name, and the rows that they are fitted to, bool [N].

        Args:
            kept: The table.
            normal: The class that is normal; None takes every row for normal.

        Raises:
            DataError: There is no such class, or it has too few rows.
        """
        fitted = fitted_rows(kept, normal)
        work = partial(_classical_scores, kept, fitted)
        key = (kept, normal)
        # A second at most: not behind t-SNE, which may take twenty.
        return await self._scores.get(key, partial(self.service.beside, work)), fitted


def table_model(checkpoint: Checkpoint) -> TableVAE:
    """Return a checkpoint's model as one of rows.

    Raises:
        DataError: It is none.
    """
    if not isinstance(checkpoint.model, TableVAE):
        raise DataError(f"Checkpoint '{checkpoint.name}' is no model of a table.")
    return checkpoint.model


def fitted_rows(kept: KeptTable, normal: int | None) -> Tensor:
    """Return the training rows of the normal class, or all, bool [N].

    Raises:
        DataError: There is no such class, or it has too few rows.
    """
    if normal is None:
        return kept.trained
    names = kept.table.class_names
    if not 0 <= normal < len(names):
        known = f"choose 0 to {len(names) - 1}" if names else "no column names classes"
        raise DataError(f"The table '{kept.name}' has no class {normal}; {known}.")
    fitted = kept.trained & (kept.labels == normal)
    if int(fitted.sum()) < LEAST_NORMAL:
        raise DataError(
            f"'{names[normal]}' has too few rows for the others to be unusual beside them; choose "
            "another class."
        )
    return fitted


def plane_dims(codes_ND: Tensor) -> tuple[int, int]:
    """Return the two dimensions in which rows differ most, in their order; (0, 1) of one or two."""
    if codes_ND.shape[1] <= 2:
        return 0, 1
    first, second = sorted(codes_ND.var(0).topk(2).indices.tolist())
    return first, second


def plane_of(codes_ND: Tensor) -> Floats:
    """Return codes in those two dimensions, float64 [N, 2]; the second is 0 of one dimension."""
    codes = codes_ND.double().numpy()
    if codes.shape[1] == 1:
        return np.c_[codes, np.zeros(len(codes))]
    return np.asarray(codes[:, list(plane_dims(codes_ND))])


def _classical(kept: KeptTable) -> Classical:
    pca = pca_codes(kept.rows, kept.trained)
    pca = pca if pca.shape[1] == 2 else np.c_[pca, np.zeros(len(pca))]
    tsne = tsne_codes(kept.rows)
    planes = {"pca": pca} | ({} if tsne is None else {"tsne": tsne})
    separations = {
        name: separation(plane, kept.labels, kept.trained) for name, plane in planes.items()
    }
    return Classical(pca, tsne, separations)


def _classical_scores(kept: KeptTable, fitted: Tensor) -> dict[str, Floats]:
    return classical_scores(kept.rows, fitted, COMPONENTS)
