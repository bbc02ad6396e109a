"""Figures of a model of a table: its latent plane, reconstructions, pairs, errors, anomalies.

Every figure stands beside what classical methods make of the same rows, where there are any.

Shapes: N rows, C columns, D latent dimensions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from models.figures.table_axes import (
    dots,
    finished,
    framed,
    grid_of,
    legend_of,
    number,
    picture,
)
from models.figures.table_measures import anomalies, errors
from models.figures.table_study import Floats, TableStudy
from models.palette import CLASS_COLOURS, colour_of
from models.semi.canvas import MUTED, head, new_figure, short
from models.tables.analysis import background, pca_plane, samples
from models.tables.classical import pca_codes, separation, tsne_codes, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_table"]

MOST_PAIRS = 5
MOST_MAPS = 16
SIZE = 96


def draw_table(
    seen: TableStudy, columns: Sequence[int] = (), normal: int | None = None, seed: int = 0
) -> Iterator[tuple[str, Image.Image]]:
    """Draw every figure that a table's model can have.

    Args:
        seen: The model and its table.
        columns: Up to five columns of the pair plot; by default those that vary together most.
        normal: The class whose rows are usual, for the ROC; by default the one trained on.
        seed: Seed of samples and of the classical methods.

    Yields:
        The name of a file, and an image for a PNG.
    """
    if curves := _curves(seen.history):
        yield "losses.png", _losses(seen, curves)
    yield "latent.png", _latent(seen, seed)
    yield "latent-columns.png", _columns(seen)
    yield "reconstruction.png", _planes(seen, seed)
    yield "pairs.png", _pairs(seen, list(columns)[:MOST_PAIRS] or _lively(seen))
    yield "errors.png", errors(seen)
    yield "anomalies.png", anomalies(seen, seen.normal if normal is None else normal, seed)


def _curves(history: dict[str, list[float]]) -> dict[str, NDArray[np.float64]]:
    """Return the losses that are numbers, each as long as there are epochs."""
    curves = {}
    for key in ("epoch", "total", "reconstruction", "kl"):
        values = history.get(key)
        if isinstance(values, list) and values and all(isinstance(v, int | float) for v in values):
            curves[key] = np.asarray(values, dtype=np.float64)
    epochs = len(curves.get("epoch", ()))
    return curves if epochs > 1 and all(len(v) == epochs for v in curves.values()) else {}


def _losses(seen: TableStudy, curves: dict[str, NDArray[np.float64]]) -> Image.Image:
    titles = {"total": "total", "reconstruction": "reconstruction", "kl": "KL to the prior"}
    kept = [key for key in titles if key in curves]
    figure = new_figure(4.6 * len(kept) + 0.6, 4.6)
    head(figure, f"{seen.name}: losses", "Nats a row, by epoch, on the training rows.")
    for place, (key, axes) in enumerate(zip(kept, grid_of(figure, 1, len(kept)), strict=True)):
        axes.plot(curves["epoch"], curves[key], color=CLASS_COLOURS[(4, 2, 9)[place]], linewidth=2)
        framed(axes, titles[key], x="epoch", y="nats" if not place else "")
    return picture(figure)


def _latent(seen: TableStudy, seed: int) -> Image.Image:
    """Draw the codes beside the planes of PCA and t-SNE, with what was measured of each."""
    rows, labels = seen.table.rows, seen.table.labels
    planes: dict[str, Floats] = {"VAE": seen.xy, "PCA": pca_codes(rows, seen.train)}
    placed = tsne_codes(rows, seed)
    if placed is not None:
        planes["t-SNE"] = placed
    if planes["PCA"].shape[1] < 2:
        planes["PCA"] = np.c_[planes["PCA"], np.zeros(len(rows))]
    measured = {
        name: separation(seen.found.codes if name == "VAE" else codes, labels, seen.train, seed)
        for name, codes in planes.items()
    }
    figure = new_figure(5.1 * len(planes) + 0.4, 6.7)
    head(figure, f"{seen.name}: latent plane", verdict(measured, ours="VAE"))
    spots = grid_of(figure, 1, len(planes), top=1.75, bottom=0.8, gap=0.35)
    for (name, codes), axes in zip(planes.items(), spots, strict=True):
        dots(axes, codes, labels.numpy(), seen.train.numpy())
        part = measured[name]
        told = [
            f"{word} {value:.3f}"
            for word, value in (
                ("5-NN", part.knn),
                ("ARI", part.ari),
                ("silhouette", part.silhouette),
            )
            if value is not None
        ]
        finished(axes, name, ", ".join(told))
    legend_of(figure, seen.table.class_names, "filled: training rows, rings: held-out rows")
    return picture(figure)


def _columns(seen: TableStudy) -> Image.Image:
    """Draw the codes over what each column decodes to."""
    from matplotlib.colors import LinearSegmentedColormap

    xy, shown = seen.xy, seen.table.columns[:MOST_MAPS]
    # One scale both ways: a dimension that says nothing is a line here too.
    middle = (xy.min(0) + xy.max(0)) / 2
    half = max(0.56 * float((xy.max(0) - xy.min(0)).max()), 1e-3)
    left, bottom = (middle - half).tolist()
    right, top = (middle + half).tolist()
    across = min(4, len(shown))
    down = -(-len(shown) // across)
    figure = new_figure(3.9 * across + 0.5, 4.2 * down + 1.65)
    hidden = len(seen.table.columns) - len(shown)
    head(
        figure,
        f"{seen.name}: what each column is where",
        "The ground is the decoded value of the column in its own unit, from dark (low) to light; "
        "dots are the rows." + (f" Not shown: {hidden} more." if hidden else ""),
    )
    ground = LinearSegmentedColormap.from_list(
        "ground", ("#101a33", "#2f5d8a", "#8fd0c8", "#fdf6c9")
    )
    others = seen.found.codes.mean(0)
    spots = grid_of(figure, down, across, top=1.75, bottom=0.75, gap=0.55)
    for index, axes in enumerate(spots):
        if index >= len(shown):
            axes.set_visible(False)
            continue
        values = background(
            seen.model, index, (left, right, bottom, top), SIZE, others=others
        ).numpy()
        axes.imshow(
            values, cmap=ground, extent=(left, right, bottom, top), aspect="auto",
            interpolation="bilinear",
        )  # fmt: skip
        colours = [colour_of(int(label)) for label in seen.labels]
        axes.scatter(xy[:, 0], xy[:, 1], c=colours, s=13, linewidths=0.5, edgecolors="#0a0f1a")
        span = f"{number(float(values.min()))} to {number(float(values.max()))}"
        finished(axes, short(shown[index], 26), span, frame=False)
    legend_of(figure, seen.table.class_names)
    return picture(figure)


def _planes(seen: TableStudy, seed: int) -> Image.Image:
    """Draw rows, reconstructions and samples in one plane of principal components."""
    rows = seen.table.rows
    drawn = samples(seen.model, len(rows), seed)
    both = pca_plane(rows, seen.found.reconstructed, seen.train)
    made = pca_plane(rows, drawn, seen.train).reconstructed
    figure = new_figure(15.6, 6.7)
    shares = " and ".join(f"{100 * share:.0f} %" for share in both.variance)
    head(
        figure,
        f"{seen.name}: rows and reconstructions",
        f"All three in the plane of the rows' first two principal components ({shares} of their "
        f"variance).",
    )
    cells = grid_of(figure, 1, 3, top=1.5, bottom=0.8, gap=0.35)
    none = np.full(len(made), -1)
    panels = (
        ("rows", both.original, seen.labels),
        ("reconstructions", both.reconstructed, seen.labels),
        ("samples from the prior", made, none),
    )
    every = np.concatenate([both.original, both.reconstructed])
    for (title, xy, labels), axes in zip(panels, cells, strict=True):
        dots(axes, xy, labels, seen.train.numpy(), like=every)
        finished(axes, title, "")
    legend_of(figure, seen.table.class_names, "filled: training rows, rings: held-out rows")
    return picture(figure)


def _lively(seen: TableStudy) -> list[int]:
    """Return the columns that vary most along the first two principal components."""
    rows = seen.table.rows.double()
    scaled = (rows - rows.mean(0)) / rows.std(0).clamp(min=1e-12)
    _, weights, axes = torch.linalg.svd(scaled, full_matrices=False)
    loading = (weights[:2].unsqueeze(1) * axes[:2]).norm(dim=0)
    return sorted(loading.argsort(descending=True)[:MOST_PAIRS].tolist())


def _pairs(seen: TableStudy, columns: list[int]) -> Image.Image:
    """Draw each chosen column against each other, and its distribution on the diagonal."""
    count = len(columns)
    rows, rebuilt = seen.table.rows.numpy(), seen.found.reconstructed.numpy()
    figure = new_figure(2.75 * count + 1.3, 2.6 * count + 2.1)
    head(
        figure,
        f"{seen.name}: pairs of columns",
        "Lower left the rows, upper right what the model makes of them; on the diagonal both "
        "distributions.",
    )
    spots = grid_of(figure, count, count, top=1.25, bottom=1.15, left=0.95, gap=0.12)
    for place, axes in enumerate(spots):
        i, j = divmod(place, count)
        y, x = columns[i], columns[j]
        framed(axes, "", ticks=False)
        if i == j:
            _diagonal(axes, rows[:, x], rebuilt[:, x])
        else:
            source = rows if i > j else rebuilt
            colours = [colour_of(int(label)) for label in seen.labels]
            axes.scatter(source[:, x], source[:, y], c=colours, s=11, linewidths=0, alpha=0.85)
            axes.set_xlim(*_room(rows[:, x]))
            axes.set_ylim(*_room(rows[:, y]))
        if i == count - 1:
            axes.set_xlabel(short(seen.table.columns[x], 24), color=MUTED, fontsize=10.5)
        if not j:
            axes.set_ylabel(short(seen.table.columns[y], 24), color=MUTED, fontsize=10.5)
    legend_of(figure, seen.table.class_names, "diagonal: filled rows, line reconstructions")
    return picture(figure)


def _diagonal(axes: Axes, rows: Floats, rebuilt: Floats) -> None:
    edges = np.linspace(*_room(rows), 25).tolist()
    axes.hist(rows, edges, color="#5f7396", alpha=0.8)
    axes.hist(rebuilt, edges, histtype="step", color="#5cc8ff", linewidth=1.8)
    axes.set_xlim(edges[0], edges[-1])


def _room(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = 0.06 * (high - low) or 0.5
    return low - room, high + room
