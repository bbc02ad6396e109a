"""The queue: starts waiting runs as worker processes, the oldest first, a few at a time."""

from __future__ import annotations

import json
import logging
import subprocess
import threading
import time
from pathlib import Path

from models.atomic import write_file
from models.manifest import to_json_bytes
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
        at_once: How many may be trained at the same time; None leaves what was chosen before.
    """

    def __init__(self, runs: Runs, at_once: int | None = None) -> None:
        self.runs = runs
        if at_once is not None:
            self.at_once = at_once
        self._workers: list[subprocess.Popen[bytes]] = []
        self._later: dict[str, float] = {}
        self._closed = threading.Event()
        self._nudged = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def at_once(self) -> int:
        """How many may be trained at the same time, kept with the runs for every studio on them."""
        try:
            return int(json.loads(self._settings.read_bytes())["at_once"])
        except (OSError, ValueError, KeyError, TypeError):
            return 1

    @at_once.setter
    def at_once(self, count: int) -> None:
        self.runs.folder.mkdir(parents=True, exist_ok=True)
        write_file(self._settings, to_json_bytes({"at_once": count}))

    @property
    def _settings(self) -> Path:
        return self.runs.folder / "queue.json"

    def start(self) -> None:
        """Begin to look after the queue, in a thread."""
        if not self.alive:
            self._closed.clear()
            self._thread = threading.Thread(target=self._watch, daemon=True, name="queue")
            self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the queue is being looked after."""
        return self._thread is not None and self._thread.is_alive()

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
        active = self.runs.active()
        waiting = [run for run in active if run.status().state == "queued"]
        free = self.at_once - (len(active) - len(waiting))
        # The list begins with the newest.
        for run in waiting[::-1]:
            if free > 0 and time.monotonic() >= self._later.get(run.id, 0):
                free -= self._begin(run)

    def _begin(self, run: Run) -> bool:
        """Start a run, and tell whether it has a worker now."""
        try:
            self._workers.append(start_worker(self.runs, run))
        except RunError:
            return True  # Another studio was quicker.
        except OSError as error:
            # On a full disk each look would start a process for nothing; and one that cannot be
            # started shall not stand in the way of those behind it.
            LOG.error("Run %s could not be started, and will be again later: %s", run.id, error)
            self._later[run.id] = time.monotonic() + PAUSE_S
            return False
        return True

    def _watch(self) -> None:
        while not self._closed.is_set():
            try:
                self.look()
            except Exception:
                LOG.exception("The queue of trainings could not be looked after.")
            self._nudged.wait(LOOK_S)
            self._nudged.clear()
