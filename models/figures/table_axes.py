"""What the figures of a table have in common: axes, dots, a legend.

Shapes: N rows.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.palette import colour_of
from models.semi.canvas import INK, LINE, MUTED, PANEL, frame, plain, png, point_size, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["dots", "finished", "framed", "grid_of", "legend_of", "number", "picture"]

Floats = NDArray[np.floating[Any]]
NAMED = 20
"""Classes in a legend"""


def picture(figure: Figure) -> Image.Image:
    """Return a figure as an image."""
    return Image.open(io.BytesIO(png(figure))).convert("RGB")


def grid_of(
    figure: Figure,
    rows: int,
    columns: int,
    *,
    top: float = 1.4,
    bottom: float = 0.8,
    left: float = 0.0,
    gap: float = 0.7,
) -> list[Axes]:
    """Return axes in rows and columns; all distances are in inches."""
    wide, high = figure.get_figwidth(), figure.get_figheight()
    start = max(left, 0.3 if gap < 0.6 else 0.85)
    # Maps have two lines of words above them.
    lane = 0.85 if gap > 0.5 else gap
    room_W = wide - start - 0.3 - gap * (columns - 1)
    room_H = high - top - bottom - lane * (rows - 1)
    cell_W, cell_H = room_W / columns, room_H / rows
    step_H = cell_H + lane
    return [
        figure.add_axes(
            (
                (start + j * (cell_W + gap)) / wide,
                (high - top - i * step_H - cell_H) / high,
                cell_W / wide,
                cell_H / high,
            ),
            facecolor=PANEL,
        )
        for i in range(rows)
        for j in range(columns)
    ]


def framed(axes: Axes, title: str, *, x: str = "", y: str = "", ticks: bool = True) -> None:
    """Give axes the look of the house, with a title and names."""
    axes.spines[:].set_color(LINE)
    axes.tick_params(colors=MUTED, labelsize=10, length=0)
    if not ticks:
        axes.set_xticks([])
        axes.set_yticks([])
    axes.set_xlabel(plain(x), color=MUTED, fontsize=11)
    axes.set_ylabel(plain(y), color=MUTED, fontsize=11)
    if title:
        axes.set_title(plain(title), color=INK, fontsize=13, fontweight="bold", loc="left", pad=9)


def finished(axes: Axes, title: str, detail: str, *, frame: bool = True) -> None:
    """Take the ticks off a map, and write its title and a line below that."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(LINE)
    axes.spines[:].set_visible(frame)
    lift = 26 if detail else 9
    axes.set_title(plain(title), color=INK, fontsize=13, fontweight="bold", loc="left", pad=lift)
    if detail:
        axes.annotate(
            plain(detail), (0, 1), (0, 8), xycoords="axes fraction", textcoords="offset points",
            color=MUTED, fontsize=10.5,
        )  # fmt: skip


def dots(
    axes: Axes,
    xy: Floats,
    labels: NDArray[np.integer[Any]],
    train: NDArray[np.bool_],
    *,
    like: Floats | None = None,
) -> None:
    """Draw rows in the colours of their classes: discs for training rows, rings for the others.

    Args:
        axes: Where.
        xy: [N, 2].
        labels: Classes [N]; those of -1 are all discs.
        train: Which are training rows, bool [N].
        like: Points whose frame is taken, [M, 2].
    """
    colours = np.array([colour_of(int(label)) for label in labels])
    filled = train | (labels < 0)
    size = point_size(len(xy)) * 0.9
    axes.scatter(xy[filled, 0], xy[filled, 1], c=colours[filled], s=size, linewidths=0, alpha=0.85)
    edges = colours[~filled].tolist()
    axes.scatter(
        xy[~filled, 0], xy[~filled, 1], s=size, facecolors="none", edgecolors=edges, linewidths=1.5
    )
    frame(axes, xy if like is None else like)


def legend_of(figure: Figure, class_names: tuple[str, ...], note: str = "") -> None:
    """Name the colours of the classes below, and say a word on the right."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], marker="o", linestyle="", markersize=9, color=colour_of(k), label=short(n, 18)
        )
        for k, n in enumerate(class_names[:NAMED])
    ]
    high = figure.get_figheight()
    if handles:
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0.02, 0.12 / high), ncols=6,
            frameon=False, labelcolor=INK, fontsize=11.5, handletextpad=0.2, columnspacing=1.2,
        )  # fmt: skip
    if note:
        figure.text(0.975, 0.3 / high, plain(note), color=MUTED, fontsize=10.5, ha="right")


def number(value: float) -> str:
    """Return a number with three digits that count, and a true minus."""
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return text.replace("-", "\u2212")
