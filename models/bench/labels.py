"""`bench labels`: how long it takes from a key to a label that is kept, and to what it tells.

On made-up features, because none of it depends on what they mean.

Shapes: N examples, F features, K classes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from models.labels import LabelStore
from models.semi.acquisition import QUEUES, Pool, next_up, suspicious
from models.semi.graph import build_graph

__all__ = ["bench_labels"]

FEATURES, CLASSES, DRAWS = 128, 10, 20
GIVEN = 50
Report = Callable[[str], None]
T = TypeVar("T")


def bench_labels(
    count: int, folder: Path, *, steps: int = 1000, report: Report = lambda line: None
) -> dict[str, Any]:
    """Return milliseconds to a durable label, and seconds of all that follows.

    Args:
        count: Examples, N.
        folder: On the disk that labels are kept on.
        steps: Labels to give.
        report: Told what is being measured.
    """
    report(f"{steps} labels, one after the other.")
    kept = _durable(count, folder, steps)
    report(f"The graph of {count:,} examples.")
    features, truth = _made_up(count)
    graph, building = _timed(lambda: build_graph(features))
    labels = torch.full_like(truth, -1)
    labels[:GIVEN] = truth[:GIVEN]
    told, first = _timed(lambda: graph.propagate(labels, CLASSES))
    _, again = _timed(lambda: graph.propagate(labels, CLASSES))
    generator = torch.Generator().manual_seed(0)
    sampled = torch.rand(DRAWS, count, CLASSES, generator=generator).softmax(2)
    pool = Pool(told, sampled, features.half(), labels >= 0)
    report("What to label next.")
    queues = {}
    for how in QUEUES:
        _, queues[how] = _timed(lambda how=how: next_up(how, pool, 24, generator))  # type: ignore[misc]
    _, doubting = _timed(lambda: suspicious(graph, labels, CLASSES))
    return {
        "examples": count,
        "threads": torch.get_num_threads(),
        "durable_ms": kept,
        "graph_seconds": building,
        "propagate_seconds": {"first": first, "again": again},
        "queue_seconds": queues,
        "suspicious_seconds": doubting,
    }


def _durable(count: int, folder: Path, steps: int) -> dict[str, float]:
    folder.mkdir(parents=True, exist_ok=True)
    times = []
    with (
        TemporaryDirectory(dir=folder) as there,
        LabelStore(Path(there) / "labels.sqlite", count, CLASSES) as store,
    ):
        for step in range(steps):
            start = time.perf_counter()
            store.label([step % count], step % CLASSES, key=f"bench:{step}")
            times.append(1000 * (time.perf_counter() - start))
    middle, high, most = np.percentile(times, [50, 95, 100]).round(2).tolist()
    return {"median": middle, "p95": high, "max": most}


def _made_up(count: int) -> tuple[Tensor, Tensor]:
    """Groups that touch, several a class [N, F], and their classes [N]."""
    generator = torch.Generator().manual_seed(0)
    middles = torch.randn(4 * CLASSES, FEATURES, generator=generator)
    group = torch.randint(4 * CLASSES, (count,), generator=generator)
    noise = torch.randn(count, FEATURES, generator=generator)
    return middles[group] + 0.8 * noise, group % CLASSES


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    start = time.perf_counter()
    done = work()
    return done, round(time.perf_counter() - start, 3)
