"""How well a model of a table does, beside classical methods: errors of columns, anomalies.

Shapes: N rows, C columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.figures.table_axes import framed, grid_of, number, picture
from models.figures.table_study import Floats, TableStudy
from models.palette import CLASS_COLOURS
from models.semi.canvas import INK, MUTED, PANEL, head, new_figure, plain, short
from models.tables.analysis import column_errors
from models.tables.anomalies import SCORES, roc, scores

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["anomalies", "errors"]

MOST_ERRORS = 24


def errors(seen: TableStudy) -> Image.Image:
    """Draw the error of each column as a share of its deviation, with its value in its own unit."""
    rows, dims = seen.table.rows, seen.model.config.latent_dim
    told = column_errors(rows, seen.found.reconstructed, seen.train, dims)
    names = seen.table.columns[:MOST_ERRORS]
    deviation = np.maximum(rows.double().std(0).numpy(), 1e-12)
    held_out = bool((~seen.train).any())
    ours, pca = (told.test, told.pca_test) if held_out else (told.train, told.pca_train)
    figure = new_figure(12, 0.62 * len(names) + 2.7)
    worse = int((ours[: len(names)] > pca[: len(names)]).sum())
    who = "held-out" if held_out else "training"
    head(
        figure,
        f"{seen.name}: errors of {who} rows",
        f"Root mean squared error of each column, in shares of its standard deviation; written in "
        f"its unit. PCA with {dims} components is better in {worse} of {len(names)}.",
    )
    (axes,) = grid_of(figure, 1, 1, top=1.35, bottom=1.05, left=2.6)
    places = np.arange(len(names))[::-1]
    for shift, values, colour, word in (
        (0.2, ours, CLASS_COLOURS[2], "VAE"),
        (-0.2, pca, "#5f7396", f"PCA with {dims} components"),
    ):
        shares = values[: len(names)] / deviation[: len(names)]
        axes.barh(places + shift, shares, 0.36, color=colour, label=word)
        for place, share, value in zip(places, shares, values, strict=False):
            axes.text(
                share + 0.008, place + shift, number(float(value)), color=MUTED, fontsize=9.5,
                va="center",
            )  # fmt: skip
    framed(axes, "", x="error / standard deviation of the column")
    axes.set_yticks(places, [short(name, 26) for name in names])
    axes.set_xlim(0, 1.14 * max(axes.get_xlim()[1], 0.1))
    figure.legend(
        loc="lower center", ncols=2, frameon=False, labelcolor=INK, fontsize=11.5,
        bbox_to_anchor=(0.5, 0.01),
    )  # fmt: skip
    return picture(figure)


def anomalies(seen: TableStudy, normal: int | None, seed: int) -> Image.Image:
    """Draw how unusual rows are, and the ROC of each score where a class is the usual one."""
    train = seen.train
    if normal is not None:
        train = train & (seen.table.labels == normal)
    told = scores(seen.found, seen.table.rows, train, seen.model.config.latent_dim, seed)
    truth = seen.labels != normal if normal is not None else None
    judged = (~train).numpy() & (seen.labels >= 0)
    figure = new_figure(15.6, 6.3)
    name = seen.table.class_names[normal] if normal is not None else ""
    fair = seen.normal == normal
    sentence = (
        "How unusual each row is by the model's two scores; higher is more unusual."
        if truth is None
        else f"'{plain(name)}' is the usual class, all others are anomalies. The classical methods "
        f"saw its training rows alone"
        + (", and so did the model." if fair else "; the model was trained on every class.")
    )
    head(figure, f"{seen.name}: anomalies", sentence)
    spots = grid_of(figure, 1, 3 if truth is not None else 2, top=1.5, bottom=0.8, gap=0.75)
    for key, axes in zip(("error", "elbo"), spots, strict=False):
        _histogram(axes, told[key], truth, name)
        framed(axes, _title(key), x="score", y="rows")
    if truth is not None:
        _rocs(spots[2], told, truth, judged)
    return picture(figure)


def _title(key: str) -> str:
    return SCORES[key].replace("-E", "−E")


def _histogram(axes: Axes, values: Floats, truth: NDArray[np.bool_] | None, name: str) -> None:
    edges = np.linspace(float(values.min()), float(np.quantile(values, 0.995)) + 1e-9, 36).tolist()
    parts = [("rows", np.ones(len(values), bool), CLASS_COLOURS[4])]
    if truth is not None:
        parts = [(name, ~truth, CLASS_COLOURS[2]), ("anomalies", truth, CLASS_COLOURS[3])]
    for word, rows, colour in parts:
        kept = np.minimum(values[rows], edges[-1])
        axes.hist(kept, edges, color=colour, alpha=0.8, label=plain(f"{word}: {rows.sum():,}"))
    axes.legend(frameon=False, labelcolor=INK, fontsize=10.5)


def _rocs(
    axes: Axes, told: dict[str, Any], truth: NDArray[np.bool_], judged: NDArray[np.bool_]
) -> None:
    curves = {key: roc(values[judged], truth[judged]) for key, values in told.items()}
    best = sorted(
        ((key, curve) for key, curve in curves.items() if curve is not None),
        key=lambda pair: -pair[1].auroc,
    )
    for key, curve in best:
        ours = key in ("error", "elbo")
        axes.plot(
            curve.false_positives, curve.true_positives, linewidth=2.4 if ours else 1.4,
            linestyle="-" if ours else "--", color=CLASS_COLOURS[list(told).index(key) + 2],
            label=f"{_title(key)}: {curve.auroc:.3f}",
        )  # fmt: skip
    framed(axes, "ROC, with the area below it", x="usual rows called unusual", y="anomalies found")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.04)
    axes.legend(
        labelcolor=INK, fontsize=10.5, loc="lower right", facecolor=PANEL, edgecolor=PANEL,
        framealpha=0.85,
    )  # fmt: skip
