"""Rows of tables: a VAE and a beta-VAE for Iris, for Wine, and for any CSV of numbers.

All were chosen on Iris and Wine, by what the latent makes of their classes over ten seeds; no
training reads a label. `docs/tables.md` tells what else was tried.
"""

from __future__ import annotations

import dataclasses

from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes.recipe import Recipe
from models.tables.config import TableConfig
from models.training.config import TrainingConfig

__all__ = ["TABLES"]

IRIS = ("sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)")
WINE = (
    *("alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols"),
    *("flavanoids", "nonflavanoid phenols", "proanthocyanins", "color intensity", "hue"),
    *("od280/od315 of diluted wines", "proline"),
)
BETA = 2.3

MODEL = TableConfig(
    latent_dim=2,
    network=NetworkConfig(encoder_hidden=(64, 32), decoder_hidden=(32, 64), normalisation="none"),
    scaling="standard",
    likelihood="gaussian-learned",
    scale=0.5,
    # Islands in the latent, where a single normal distribution would pull all rows together.
    components=10,
)
TRAINING = TrainingConfig(
    epochs=400,
    batch_size=16,
    learning_rate=3e-3,
    warmup=0.05,
    average=0.99,
    weight_decay=0.01,
)


def _table(
    name: str, summary: str, dataset: str, columns: tuple[str, ...] = (), *, beta: float = 1.0
) -> Recipe:
    """Rows in two latent dimensions; without columns, the table decides them."""
    return Recipe(
        name=name,
        summary=summary,
        model=dataclasses.replace(MODEL, columns=columns),
        data=DataConfig(dataset=dataset, binarise="none"),
        training=dataclasses.replace(TRAINING, beta=beta),
        thumbnails=0,
    )


def _anomalies(name: str, summary: str, beta: float = 1.0) -> Recipe:
    """Rows of one class in sixteen dimensions, of which few are used."""
    return Recipe(
        name=name,
        summary=summary,
        # Of fifty rows of one class a deeper network learns no more than chance deviations.
        model=dataclasses.replace(
            MODEL,
            latent_dim=16,
            components=0,
            network=NetworkConfig(encoder_hidden=(), decoder_hidden=(), normalisation="none"),
        ),
        data=DataConfig(dataset="iris", binarise="none"),
        training=dataclasses.replace(TRAINING, epochs=200, beta=beta),
        thumbnails=0,
    )


TABLES = (
    _table("iris", "Iris, a table of flowers, in two latent dimensions.", "iris", IRIS),
    _table("iris-beta", "Iris with a heavier KL: a beta-VAE.", "iris", IRIS, beta=BETA),
    _table("wine", "Wine, a table of analyses, in two latent dimensions.", "wine", WINE),
    _table("wine-beta", "Wine with a heavier KL: a beta-VAE.", "wine", WINE, beta=BETA),
    _table("table", "Any table of numbers: a CSV with a header, dataset=table:FILE.", "iris"),
    _table("table-beta", "Any table with a heavier KL; dataset=table:FILE.", "iris", beta=BETA),
    _anomalies("table-anomalies", "Any table, to score unusual rows: linear, in 16 dimensions."),
    _anomalies("table-anomalies-beta", "The same with a heavier KL.", BETA),
)
