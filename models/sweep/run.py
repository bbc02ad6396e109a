"""Running a sweep: points one after another or some at once, each result written down at once.

A sweep is a folder, `<workspace>/sweeps/<time>-<recipe>/`:

    sweep.json          what was asked for, with a fingerprint of it
    results.csv .json   a row a point, rewritten whenever one begins or ends

The same command again finds the folder by the fingerprint and goes on: finished points stay, the
others are trained, those that were cut off from where they stood.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from models.atomic import write_folder
from models.config import from_json
from models.manifest import to_json_bytes
from models.sweep.grid import Grid, Point
from models.sweep.results import Row, write_results

__all__ = ["Outcome", "Started", "Sweep", "TrainOne", "run_sweep"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of training one point."""

    metrics: dict[str, float | None]
    checkpoint: str | None
    stopped: bool = False
    """Whether it was asked to stop before its end."""


Started = Callable[[str], None]
TrainOne = Callable[[Point, str | None, Started], Outcome]
"""(point, run to go on with if there is one, to be called with the run's id) -> outcome."""


class Sweep:
    """A sweep's folder and its rows. Safe to share between threads.

    Args:
        folder: Where it lies.
        grid: Its points.
        rows: What is known of each.
    """

    def __init__(self, folder: Path, grid: Grid, rows: Sequence[Row]) -> None:
        self.folder = folder
        self.grid = grid
        self.rows = list(rows)
        self._lock = threading.Lock()

    @classmethod
    def open(
        cls, sweeps: Path, grid: Grid, launch: dict[str, Any], *, fresh: bool = False
    ) -> Sweep:
        """Return the newest sweep of the same settings, or a new one.

        Args:
            sweeps: The folder of all sweeps.
            grid: The points.
            launch: What else decides what is learned.
            fresh: Whether to begin anew in any case.

        Raises:
            OSError: The folder cannot be written.
        """
        fingerprint = grid.fingerprint(launch)
        found = None if fresh else _find(sweeps, fingerprint)
        if found:
            return cls(found, grid, _read_rows(found, grid))
        stamp = f"{datetime.now():%Y%m%d-%H%M%S}-{grid.recipe}"
        folder, number = sweeps / stamp, 1
        while folder.exists():
            number += 1
            folder = sweeps / f"{stamp}-{number}"
        about = {
            "format": 1,
            "recipe": grid.recipe,
            "fields": list(grid.fields),
            "launch": launch,
            "fingerprint": fingerprint,
        }
        write_folder(folder, {"sweep.json": to_json_bytes(about)})
        sweep = cls(folder, grid, [_new_row(point) for point in grid.points])
        write_results(folder, grid.recipe, sweep.rows)
        return sweep

    @property
    def left(self) -> list[int]:
        """Indices of the points that are not finished."""
        return [i for i, row in enumerate(self.rows) if row.state != "finished"]

    def update(self, index: int, **changes: Any) -> None:
        """Change a row, and write the table."""
        with self._lock:
            self.rows[index] = replace(self.rows[index], **changes)
            write_results(self.folder, self.grid.recipe, self.rows)

    def train(self, index: int, train_one: TrainOne) -> None:
        """Train one point and write down what came of it."""
        point, before = self.grid.points[index], self.rows[index].run
        self.update(index, state="running", error="")
        self.conclude(
            index, lambda: train_one(point, before, lambda run: self.update(index, run=run))
        )

    def conclude(self, index: int, work: Callable[[], Outcome]) -> None:
        """Write down what came of a point; nothing that is raised goes further."""
        try:
            outcome = work()
        except Exception as error:
            lines = str(error).splitlines() or [type(error).__name__]
            self.update(index, state="failed", error=lines[0][:500], metrics={}, checkpoint=None)
            return
        state = "stopped" if outcome.stopped else "finished"
        self.update(index, state=state, metrics=outcome.metrics, checkpoint=outcome.checkpoint)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from working on this sweep.

        Raises:
            ValueError: One does already.
        """
        try:
            lock = FileLock(self.folder / ".lock", timeout=0).acquire()
        except Timeout:
            raise ValueError(
                f"Another process works on this sweep already ({self.folder}); wait for it, or "
                "add --fresh to begin another."
            ) from None
        with lock:
            yield


def run_sweep(
    sweep: Sweep,
    train_one: TrainOne,
    *,
    parallel: int = 1,
    on_end: Callable[[Row], None] = lambda row: None,
    on_interrupt: Callable[[], None] = lambda: None,
) -> None:
    """Train every point that is left.

    Args:
        sweep: The sweep.
        train_one: Trains a point.
        parallel: Points at once.
        on_end: Called with each row that ended.
        on_interrupt: Called at Ctrl-C, to ask the points at work to stop; they are waited for.

    Raises:
        ValueError: Another process works on this sweep.
        KeyboardInterrupt: After Ctrl-C, once the points at work have stopped.
    """
    with sweep.locked(), ThreadPoolExecutor(parallel) as pool:
        waiting = {pool.submit(sweep.train, index, train_one): index for index in sweep.left}
        try:
            _wait_for(waiting, sweep, on_end)
        except KeyboardInterrupt:
            for future in waiting:
                future.cancel()
            on_interrupt()
            _wait_for({f: i for f, i in waiting.items() if not f.cancelled()}, sweep, on_end)
            raise


def _wait_for(
    waiting: dict[Future[None], int], sweep: Sweep, on_end: Callable[[Row], None]
) -> None:
    pending = set(waiting)
    while pending:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
            on_end(sweep.rows[waiting[future]])


def _find(sweeps: Path, fingerprint: str) -> Path | None:
    if not sweeps.is_dir():
        return None
    for folder in sorted(sweeps.iterdir(), reverse=True):
        with suppress(OSError, ValueError):
            about = json.loads((folder / "sweep.json").read_bytes())
            if isinstance(about, dict) and about.get("fingerprint") == fingerprint:
                return folder
    return None


def _read_rows(folder: Path, grid: Grid) -> list[Row]:
    """Return what is known of each point; whatever cannot be read is not known."""
    known: dict[str, Row] = {}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        data = json.loads((folder / "results.json").read_bytes())
        for plain in data["rows"]:
            row = from_json(Row, plain)
            known[row.name] = row
    return [known.get(point.name) or _new_row(point) for point in grid.points]


def _new_row(point: Point) -> Row:
    return Row(name=point.name, values=dict(point.values))
