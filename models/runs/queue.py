"""The queue: starts waiting runs as worker processes, the oldest first, a few at a time."""

from __future__ import annotations

import logging
import subprocess
import threading
from contextlib import suppress

from models.runs.folder import Run, RunError
from models.runs.index import Runs
from models.runs.worker import start_worker

__all__ = ["Queue"]

LOG = logging.getLogger(__name__)
LOOK_S = 0.5
PAUSE_S = 30.0


class Queue:
    """Keeps up to `at_once` runs of a workspace going, whoever started them.

    Args:
        runs: The runs.
        at_once: How many may be trained at the same time.
    """

    def __init__(self, runs: Runs, at_once: int = 1) -> None:
        self.runs = runs
        self.at_once = at_once
        self._workers: list[subprocess.Popen[bytes]] = []
        self._closed = threading.Event()
        self._nudged = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look after the queue, in a thread."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, daemon=True, name="queue")
            self._thread.start()

    def close(self) -> None:
        """Look after it no more; workers go on."""
        self._closed.set()
        self._nudged.set()
        if self._thread is not None:
            self._thread.join(5)

    def nudge(self) -> None:
        """Look at once: something was queued or stopped."""
        self._nudged.set()

    def look(self) -> None:
        """Start what may be started now."""
        self._workers = [worker for worker in self._workers if worker.poll() is None]
        running, waiting = [], []
        for run in self.runs.list():
            state = run.status().state
            if state == "queued":
                waiting.append(run)
            elif state in ("running", "stopping"):
                running.append(run)
        # The list begins with the newest.
        for run in waiting[::-1][: max(0, self.at_once - len(running))]:
            self._begin(run)

    def _begin(self, run: Run) -> None:
        # Another studio may have been quicker; then its worker has it.
        with suppress(RunError):
            self._workers.append(start_worker(self.runs, run))

    def _watch(self) -> None:
        while not self._closed.is_set():
            pause = LOOK_S
            try:
                self.look()
            except Exception:
                LOG.exception("The queue of trainings could not be looked after.")
                # On a full disk each look would start a process for nothing.
                pause = PAUSE_S
            self._nudged.wait(pause)
            self._nudged.clear()
