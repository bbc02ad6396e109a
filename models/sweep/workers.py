"""Training a point as a run, in a worker process of its own."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from models.checkpoint import read_config
from models.command import command_line, show_command
from models.registry import Registry
from models.runs import Launch, Run, RunError, Runs
from models.runs.worker import start_worker
from models.sweep.grid import Point
from models.sweep.run import Outcome, Started

__all__ = ["Workers", "outcome_of", "work_on"]

LOOK_S = 0.2


class Workers:
    """Trains points as runs of a workspace. Safe to share between threads.

    Args:
        runs: The runs.
        registry: Where their checkpoints are registered.
        launch: Where and how they compute.
    """

    def __init__(
        self,
        runs: Runs,
        registry: Registry,
        launch: Launch,
    ) -> None:
        self.runs = runs
        self.registry = registry
        self.launch = launch
        self._stopping = threading.Event()

    def __call__(self, point: Point, before: str | None, started: Started) -> Outcome:
        """Train a point, or go on with its run where that stands.

        Raises:
            ValueError: It failed; the message is the run's.
        """
        run = self.prepare(point, before)
        started(run.id)
        work_on(self.runs, run, self._stopping)
        return outcome_of(run, self.registry)

    def prepare(self, point: Point, before: str | None) -> Run:
        """Return a point's run: the one that was cut off, put into the queue, or a new one.

        Raises:
            RunError: Another training has the name.
        """
        run = self._before(before)
        if run is None:
            return self.runs.create(
                point.recipe,
                name=point.name,
                overrides=point.overrides,
                launch=self.launch,
                command=show_command(
                    command_line(
                        point.recipe.name,
                        name=point.name,
                        overrides=point.overrides,
                        launch=self.launch,
                        workspace=self.runs.workspace,
                    )
                ),
                queued=True,
            )
        if run.status().resumable:
            self.runs.resume(run)
        return run

    def stop(self) -> None:
        """Let every run at work stop after its batch, and begin no other."""
        self._stopping.set()

    def _before(self, run_id: str | None) -> Run | None:
        """Return the run of an earlier attempt, unless it failed: it would do so again."""
        try:
            run = self.runs.get(run_id) if run_id else None
        except RunError:
            return None
        return run if run and run.status().state != "failed" else None


def work_on(runs: Runs, run: Run, stopping: threading.Event | None = None) -> None:
    """Let a worker process do a queued run, or wait for the one that does it already.

    Args:
        runs: The runs of its workspace.
        run: The run.
        stopping: Once set, the run is asked to stop.
    """
    process = None
    if run.status().state == "queued" and not (stopping and stopping.is_set()):
        # A studio beside this may have been quicker; then its worker has it.
        with suppress(RunError):
            process = start_worker(runs, run)
    while (process and process.poll() is None) or run.status().active:
        if stopping and stopping.is_set() and run.status().state in ("queued", "running"):
            with suppress(RunError):
                runs.stop(run)
        time.sleep(LOOK_S)


def outcome_of(run: Run, registry: Registry) -> Outcome:
    """Return what came of a run that has ended.

    Raises:
        ValueError: It failed, or its process died.
    """
    status = run.status()
    if status.state == "stopped":
        return Outcome(metrics={"seconds": status.seconds}, checkpoint=None, stopped=True)
    if status.state != "finished" or status.checkpoint is None:
        raise ValueError(status.message or f"Run {run.id} is {status.state}.")
    metrics = read_config(registry.folder(status.checkpoint)).metrics
    keys = ("elbo", "reconstruction", "kl", "active_units", "knn_accuracy")
    return Outcome(
        metrics={**{key: metrics.get(key) for key in keys}, "seconds": status.seconds},
        checkpoint=status.checkpoint,
    )
