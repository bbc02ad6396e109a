"""`bench active`: how many labels a queue needs, against labels given at random.

The model is the same for all: features learned without any label, the graph of them, and what the
labels given so far say on it. Held-out pictures are told by their ten nearest training pictures.
Labels are asked for one at a time and answered rightly.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor

from models.atomic import write_file
from models.data import Dataset
from models.preprocessing import Binarise
from models.semi.acquisition import Pool, next_up
from models.semi.graph import Attachment, Graph, attach, build_graph
from models.semi.outputs import look
from models.ssvae import SSVAE

__all__ = ["Ground", "bench_active", "draw_curves", "labels_needed"]

WANTED = 0.95
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#666666")
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What labels are given on, and what they are judged by.

    Args:
        features: [N, F] of the training split.
        graph: Of the same.
        hung: The test split on it.
        truth: Classes [N] of the training split; only those asked for are looked at.
        test: Classes [M] of the test split.
        classes: K.
    """

    features: Tensor
    graph: Graph
    hung: Attachment
    truth: Tensor
    test: Tensor
    classes: int

    @classmethod
    def of(cls, model: SSVAE, dataset: Dataset, binarise: Binarise = "none") -> Ground:
        """Look at both splits of a data set with a model that has seen no label."""
        train, test = dataset.train, dataset.test
        features = look(model, train.images, binarise=binarise).features.float()
        asked = look(model, test.images, binarise=binarise).features.float()
        graph, hung = build_graph(features), attach(asked, features)
        return cls(features, graph, hung, train.labels, test.labels, len(dataset.class_names))

    def accuracy(self, told: Tensor) -> float:
        """Return the share of the test split that is told right from told [N, K]."""
        return float((self.hung.carry(told).argmax(1) == self.test).float().mean())


def bench_active(
    grounds: Iterable[Ground],
    hows: Sequence[str] = ("coverage", "random"),
    *,
    count: int = 60,
    report: Report = lambda line: None,
) -> dict[str, Any]:
    """Return the accuracy after each label, and how many labels were needed, for every queue.

    Args:
        grounds: One a seed, made when it is its turn; its number seeds the choice too.
        hows: Names of queues.
        count: Labels to give.
        report: Told each curve's end.
    """
    curves: dict[str, list[list[float]]] = {how: [] for how in hows}
    for seed, ground in enumerate(grounds):
        for how in hows:
            curve = _curve(ground, how, count, seed)
            curves[how].append(curve)
            needed = labels_needed(curve) or f"more than {count}"
            report(f"{how}, seed {seed}: {needed} labels to {WANTED:.0%} for good.")
    queues = {how: _needed(some, count) | {"curves": some} for how, some in curves.items()}
    return {"wanted": WANTED, "labels": count, "queues": queues}


def _needed(curves: Sequence[Sequence[float]], count: int) -> dict[str, Any]:
    needed = [labels_needed(curve) for curve in curves]
    middle = median(count + 1 if one is None else one for one in needed)
    return {"labels_needed": needed, "median": middle if middle <= count else None}


def _curve(ground: Ground, how: str, count: int, seed: int) -> list[float]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.full((len(ground.features),), -1)
    told = ground.graph.propagate(labels, ground.classes)
    curve = []
    for _ in range(count):
        pool = Pool(told, None, ground.features, labels >= 0)
        row = next_up(how, pool, 1, generator)
        labels[row] = ground.truth[row].long()
        told = ground.graph.propagate(labels, ground.classes)
        curve.append(round(ground.accuracy(told), 4))
    return curve


def labels_needed(curve: Sequence[float], wanted: float = WANTED) -> int | None:
    """Return after how many labels the accuracy was reached for good, None if it was not."""
    below = [number for number, value in enumerate(curve, start=1) if value < wanted]
    last = below[-1] if below else 0
    return last + 1 if last < len(curve) else None


def draw_curves(result: dict[str, Any], path: Path) -> None:
    """Draw accuracy against labels, the median of all seeds in a band from worst to best."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    given = range(1, result["labels"] + 1)
    for colour, (how, one) in zip(cycle(COLOURS), result["queues"].items(), strict=False):
        columns = [
            sorted(100 * value for value in column) for column in zip(*one["curves"], strict=True)
        ]
        axes.plot(given, [median(column) for column in columns], color=colour, label=how)
        low, high = [column[0] for column in columns], [column[-1] for column in columns]
        axes.fill_between(given, low, high, color=colour, alpha=0.2, linewidth=0)
    axes.axhline(100 * result["wanted"], color="#888888", linewidth=0.8, linestyle="--")
    axes.set(xlabel="labels given", ylabel="held-out digits told right (%)", ylim=(0, 101))
    axes.set_xlim(1, result["labels"])
    axes.grid(alpha=0.3)
    axes.legend(loc="lower right", title=f"median and range of {len(one['curves'])} seeds")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_file(path, picture.getvalue())
