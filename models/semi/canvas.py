"""What the figures of a model have in common: paper, panels, maps, legends.

Shapes: N examples, K classes, C channels, H height, W width.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from models.palette import colour_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "INK",
    "LINE",
    "MUTED",
    "NAMED",
    "PANEL",
    "Stage",
    "bare",
    "caption",
    "frame",
    "head",
    "legend",
    "new_figure",
    "panel",
    "png",
    "point_size",
    "readable",
    "scatter",
    "short",
    "show",
    "write_names",
]

PAPER, PANEL, LINE = "#0a0f1a", "#0f1729", "#24304a"
INK, MUTED = "#f4f8ff", "#9fb0cc"
DPI = 110
NAMED = 12
"""Classes whose names are written into a map; more would hide it."""

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One map, and what is said above it."""

    title: str
    sentence: str
    xy: Floats
    """[N, 2]"""
    labels: Ints
    """True classes [N]; -1 is unknown"""
    class_names: tuple[str, ...]
    given: Ints | None = None
    """Rows that a person labelled; drawn larger"""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches."""
    # Takes half a second to import; most users of this package never draw.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), facecolor=PAPER)


def panel(figure: Figure, place: tuple[float, float, float, float]) -> Axes:
    """Return the place of a map, as shares of the figure: left, bottom, width, height."""
    axes = figure.add_axes(place, facecolor=PANEL)
    bare(axes, LINE)
    return axes


def bare(axes: Axes, edge: str) -> None:
    """Take everything off but the frame."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(edge)
    axes.set_facecolor(PANEL)


def head(figure: Figure, title: str, sentence: str) -> None:
    """Write title and sentence at the top."""
    inches = figure.get_figheight()
    left = 0.03 * 9 / figure.get_figwidth()
    figure.text(left, 1 - 0.52 / inches, plain(title), color=INK, fontsize=20, fontweight="bold")
    figure.text(left, 1 - 0.86 / inches, plain(sentence), color=MUTED, fontsize=11.5)


def caption(axes: Axes, words: str) -> None:
    """Write below a map."""
    axes.text(0, -0.012, words, transform=axes.transAxes, color=MUTED, fontsize=10.5, va="top")


def point_size(count: int) -> float:
    """Return the area of a point, so that a map of any count is as full."""
    return float(np.clip(60_000 / max(count, 1), 3.5, 40))


def scatter(axes: Axes, stage: Stage, *, size: float) -> None:
    """Draw the examples of a map, and those that somebody labelled larger."""
    # Drawn in an order that has nothing to do with the classes, or the last one would cover all.
    order = np.random.default_rng(0).permutation(len(stage.xy))
    colours = np.array([colour_of(int(label)) for label in stage.labels])
    axes.scatter(
        stage.xy[order, 0], stage.xy[order, 1], c=colours[order], s=size, linewidths=0, alpha=0.85
    )
    given = stage.given
    if given is not None and len(given):
        axes.scatter(
            stage.xy[given, 0], stage.xy[given, 1], c=colours[given], s=46 + 4 * size,
            edgecolors="white", linewidths=1.3, zorder=5,
        )  # fmt: skip
        caption(axes, f"outlined: the {len(given):,} that somebody labelled")
    frame(axes, stage.xy)


def frame(axes: Axes, xy: Floats) -> None:
    """Show all but a few strays, at one scale in both directions, in the middle."""
    low, high = np.percentile(xy, [0.1, 99.9], axis=0)
    box = axes.get_position()
    figure = axes.get_figure(root=True)
    assert figure is not None
    ratio = box.height * figure.get_figheight() / (box.width * figure.get_figwidth())
    half = 0.54 * max(high[0] - low[0], (high[1] - low[1]) / ratio, 1e-9)
    middle = (low + high) / 2
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half * ratio, middle[1] + half * ratio)


def write_names(axes: Axes, stage: Stage) -> None:
    """Write the name of each class where the most of it is."""
    from matplotlib.patheffects import withStroke

    if len(stage.class_names) > NAMED:
        return
    for k, name in enumerate(stage.class_names):
        xy = stage.xy[stage.labels == k]
        if len(xy) < 3:
            continue
        # The member with the nearest others: a mean can lie where nothing is.
        some = xy[:: max(1, len(xy) // 300)]
        far = np.linalg.norm(some[:, None] - some[None], axis=2)
        at = some[np.sort(far, axis=1)[:, : len(some) // 4 + 1].mean(1).argmin()]
        axes.text(
            at[0], at[1], short(name), color="white", fontsize=15, fontweight="bold", ha="center",
            va="center", zorder=6, path_effects=[withStroke(linewidth=4.5, foreground=PAPER)],
        )  # fmt: skip


def legend(figure: Figure, class_names: tuple[str, ...], right: float = 1.0) -> None:
    """Name the colours of the classes below, left of a share of the width."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [], [], marker="o", linestyle="", markersize=9, color=colour_of(k), label=plain(name)
        )
        for k, name in enumerate(class_names[:20])
    ]
    long = len("".join(class_names)) > 40
    figure.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(right / 2, 0.005 if long else 0.015),
        ncols=5 if long else 10, frameon=False, labelcolor=INK, fontsize=10.5 if long else 12,
        handletextpad=0.2, columnspacing=1.2,
    )  # fmt: skip


def show(axes: Axes, picture: Bytes) -> None:
    """Draw a picture uint8 [C, H, W]."""
    pixels = picture.transpose(1, 2, 0)
    grey = pixels.shape[2] == 1
    axes.imshow(
        pixels[..., 0] if grey else pixels, cmap="gray" if grey else None, vmin=0, vmax=255,
        interpolation="nearest",
    )  # fmt: skip


def readable(label: int) -> str:
    """Return a class's colour, lighter, so that small words in it can be read on dark paper."""
    colour = colour_of(label)
    parts = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(part + 0.35 * (255 - part)):02x}" for part in parts)


def short(name: str, most: int = 12) -> str:
    """Return a name that fits."""
    return plain(name if len(name) <= most else f"{name[: most - 1]}…")


def plain(text: str) -> str:
    """Return a text that nothing in is taken for a formula."""
    return text.replace("$", r"\$")


def png(figure: Figure) -> bytes:
    """Return the figure as a file."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI)
    return content.getvalue()
