"""Figures of a model that learns from few labels, as PNG files in memory.

Shapes: N examples, K classes, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.palette import CLASS_COLOURS, colour_of
from models.semi.canvas import (
    INK,
    LINE,
    MUTED,
    NAMED,
    PANEL,
    Bytes,
    Floats,
    Ints,
    Stage,
    bare,
    caption,
    frame,
    head,
    legend,
    new_figure,
    panel,
    png,
    point_size,
    readable,
    scatter,
    short,
    show,
    write_names,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["certainty", "comparison", "latent", "predictions", "reconstructions"]

RAMP = ("#fff3b0", "#ffb347", "#e2567a", "#8a4bbf", "#3a4f9e", "#24345f")
"""From unsure to sure: what needs a look shines."""


def latent(stage: Stage) -> bytes:
    """Draw one map in the colours of the classes."""
    figure = new_figure(9, 9)
    axes = panel(figure, (0.03, 0.1, 0.94, 0.785))
    head(figure, stage.title, stage.sentence)
    scatter(axes, stage, size=point_size(len(stage.xy)))
    write_names(axes, stage)
    legend(figure, stage.class_names)
    return png(figure)


def comparison(stages: Sequence[Stage], title: str, sentence: str) -> bytes:
    """Draw maps side by side."""
    count = len(stages)
    figure = new_figure(5.6 * count, 7.1)
    head(figure, title, sentence)
    width = (1 - 0.012 * (count + 1)) / count
    for number, stage in enumerate(stages):
        left = 0.012 + number * (width + 0.012)
        axes = panel(figure, (left, 0.1, width, 0.64))
        scatter(axes, stage, size=0.6 * point_size(len(stage.xy)))
        write_names(axes, stage)
        figure.text(left, 0.805, stage.title, color=INK, fontsize=14, fontweight="bold")
        figure.text(left, 0.765, stage.sentence, color=MUTED, fontsize=10.5)
    legend(figure, stages[0].class_names)
    return png(figure)


def reconstructions(
    pictures: Bytes,
    reconstructed: Bytes,
    labels: Ints,
    class_names: tuple[str, ...],
    *,
    title: str,
    sentence: str,
    pairs: int = 3,
) -> bytes:
    """Draw pictures of each class with their reconstructions below.

    Args:
        pictures: uint8 [N, C, H, W].
        reconstructed: uint8 [N, C, H, W].
        labels: [N].
        class_names: One a class.
        title: Above the figure.
        sentence: Below the title.
        pairs: Rows of pictures, each with a row of reconstructions; the first of each class.
    """
    shown = class_names[:NAMED]
    figure = new_figure(1.05 * len(shown) + 1.4, 1.0 * (2 * pairs) + 1.75)
    head(figure, title, sentence)
    grid = figure.add_gridspec(
        2 * pairs,
        len(shown),
        left=0.12,
        right=0.985,
        bottom=0.03,
        top=0.825,
        wspace=0.06,
        hspace=0.1,
    )
    for k in range(len(shown)):
        rows = np.flatnonzero(labels == k)[:pairs]
        for pair in range(pairs):
            for below, source in enumerate((pictures, reconstructed)):
                axes = figure.add_subplot(grid[2 * pair + below, k])
                bare(axes, colour_of(k) if below else LINE)
                if pair < len(rows):
                    show(axes, source[rows[pair]])
                if not pair and not below:
                    axes.set_title(
                        short(shown[k], 10), color=readable(k), fontsize=13, fontweight="bold"
                    )
                if not k:
                    word = "rebuilt" if below else "picture"
                    axes.set_ylabel(
                        word, color=MUTED, fontsize=10, rotation=0, ha="right", va="center"
                    )
    return png(figure)


def predictions(stage: Stage, told: Ints) -> bytes:
    """Draw the map in the colours of the classes told, mistakes ringed, beside the confusions.

    Args:
        stage: The map, with the true classes.
        told: Predicted classes [N].
    """
    figure = new_figure(15.5, 8.6)
    head(figure, stage.title, stage.sentence)
    axes = panel(figure, (0.02, 0.1, 0.505, 0.78))
    as_told = Stage("", "", stage.xy, told, stage.class_names)
    scatter(axes, as_told, size=point_size(len(told)))
    wrong = (stage.labels >= 0) & (told != stage.labels)
    axes.scatter(
        stage.xy[wrong, 0],
        stage.xy[wrong, 1],
        s=34,
        facecolors="none",
        edgecolors="white",
        linewidths=1.1,
        zorder=4,
    )
    write_names(axes, as_told)
    legend(figure, stage.class_names, right=0.525)
    caption(axes, f"ringed: the {int(wrong.sum()):,} that are told wrong")
    _confusions(figure, stage, told)
    return png(figure)


def certainty(
    stage: Stage, told: Ints, sure: Floats, pictures: Bytes, *, unsure_shown: int = 12
) -> bytes:
    """Draw the map by certainty, how certain right and wrong answers are, and the least certain.

    Args:
        stage: The map, with the true classes.
        told: Predicted classes [N].
        sure: Their probabilities [N].
        pictures: uint8 [N, C, H, W].
        unsure_shown: How many of the least certain are shown, in two rows.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    figure = new_figure(15.5, 8.6)
    head(figure, stage.title, stage.sentence)
    axes = panel(figure, (0.02, 0.1, 0.505, 0.78))
    ramp, scale = LinearSegmentedColormap.from_list("sure", RAMP), Normalize(0.4, 1.0)
    order = np.argsort(-sure)
    size = point_size(len(sure)) * (1 + 2.5 * (1 - sure[order]))
    axes.scatter(
        stage.xy[order, 0], stage.xy[order, 1], c=ramp(scale(sure[order])), s=size, linewidths=0
    )
    frame(axes, stage.xy)
    bar = figure.add_axes((0.12, 0.045, 0.30, 0.018))
    figure.colorbar(ScalarMappable(scale, ramp), cax=bar, orientation="horizontal")
    bar.tick_params(colors=MUTED, labelsize=10, length=0)
    bar.spines[:].set_visible(False)
    bar.set_xticks([0.4, 0.6, 0.8, 1.0], ["40 % or less", "60 %", "80 %", "100 % certain"])
    bar.patch.set_visible(False)
    _how_sure(figure, stage, told, sure)
    _least_sure(figure, stage, told, sure, pictures, unsure_shown)
    return png(figure)


def _confusions(figure: Figure, stage: Stage, told: Ints) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    count = len(stage.class_names)
    known = stage.labels >= 0
    table = np.zeros((count, count), np.int64)
    np.add.at(table, (stage.labels[known], told[known]), 1)
    off = table * (1 - np.eye(count, dtype=np.int64))
    names = [short(name) for name in stage.class_names]
    slanted = max(map(len, names)) > 3
    axes = figure.add_axes((0.595, 0.16, 0.39, 0.66) if slanted else (0.595, 0.1, 0.39, 0.72))
    heat = LinearSegmentedColormap.from_list("wrong", (PANEL, "#7a2f58", "#ff7caa"))
    axes.imshow(off, cmap=heat, vmin=0, vmax=max(1, off.max()), aspect="auto")
    small = 11 if count <= NAMED else 6
    for true in range(count):
        for guess in range(count):
            number = table[true, guess]
            if number:
                right = true == guess
                colour = readable(true) if right else INK
                weight = "bold" if right else "normal"
                axes.text(
                    guess, true, f"{number:,}", color=colour, fontsize=small, fontweight=weight,
                    ha="center", va="center",
                )  # fmt: skip
    turn, side = (35, "right") if slanted else (0, "center")
    axes.set_xticks(range(count), names, rotation=turn, ha=side)
    axes.set_yticks(range(count), names)
    axes.tick_params(colors=MUTED, labelsize=small, length=0)
    axes.spines[:].set_color(LINE)
    axes.set_xticks(np.arange(count - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(count - 1) + 0.5, minor=True)
    axes.grid(which="minor", color=LINE, linewidth=0.6)
    axes.tick_params(which="minor", length=0)
    axes.set_xlabel("told", color=MUTED, fontsize=12)
    axes.set_ylabel("true", color=MUTED, fontsize=12)
    axes.set_title(
        "Told against true", color=INK, fontsize=14, fontweight="bold", loc="left", pad=12
    )


def _how_sure(figure: Figure, stage: Stage, told: Ints, sure: Floats) -> None:
    axes = figure.add_axes((0.595, 0.53, 0.385, 0.29), facecolor=PANEL)
    edges = np.linspace(min(0.4, float(sure.min())), 1, 31)
    known = stage.labels >= 0
    right = known & (told == stage.labels)
    parts = [("told right", right, CLASS_COLOURS[2]), ("told wrong", known & ~right, "#ff7caa")]
    if not known.any():
        parts = [("told", np.ones(len(told), bool), CLASS_COLOURS[4])]
    for word, rows, colour in parts:
        share = 100 * rows.sum() / max(1, len(rows))
        label = f"{word}: {rows.sum():,} ({share:.1f} %)"
        axes.hist(
            sure[rows], edges.tolist(), color=colour, alpha=0.85, label=label, log=True,
            edgecolor=PANEL, linewidth=0.6,
        )  # fmt: skip
    axes.tick_params(colors=MUTED, labelsize=10, length=0, which="both")
    axes.spines[:].set_color(LINE)
    axes.set_xlabel("certainty", color=MUTED, fontsize=11)
    axes.set_ylabel("images", color=MUTED, fontsize=11)
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    axes.yaxis.set_major_formatter(lambda number, _: f"{number:,.0f}")
    axes.set_title(
        "How certain right and wrong answers are", color=INK, fontsize=14, fontweight="bold",
        loc="left", pad=10,
    )  # fmt: skip
    axes.legend(frameon=False, labelcolor=INK, fontsize=11, loc="upper left")


def _least_sure(
    figure: Figure, stage: Stage, told: Ints, sure: Floats, pictures: Bytes, count: int
) -> None:
    figure.text(0.595, 0.412, "The least certain", color=INK, fontsize=14, fontweight="bold")
    figure.text(
        0.595, 0.382, "below: what is told, how certainly, and what it is where that differs",
        color=MUTED, fontsize=10.5,
    )  # fmt: skip
    grid = figure.add_gridspec(
        2, count // 2, left=0.595, right=0.98, bottom=0.105, top=0.365, wspace=0.12, hspace=0.4
    )
    for number, row in enumerate(np.argsort(sure, kind="stable")[:count]):
        axes = figure.add_subplot(grid[divmod(number, count // 2)])
        bare(axes, colour_of(int(told[row])))
        show(axes, pictures[row])
        words = f"{short(stage.class_names[told[row]], 11)}, {100 * sure[row]:.0f} %"
        axes.text(
            0.5, -0.07, words, transform=axes.transAxes, color=readable(int(told[row])),
            fontsize=8.5, ha="center", va="top",
        )  # fmt: skip
        true = stage.labels[row]
        if true not in (-1, told[row]):
            axes.text(
                0.5, -0.22, f"is {short(stage.class_names[true], 14)}",
                transform=axes.transAxes, color=INK, fontsize=8.5, ha="center", va="top",
            )  # fmt: skip
