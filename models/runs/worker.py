"""A run's work in a process of its own, which outlives the one that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from models.runs.folder import Run
from models.runs.index import Runs

__all__ = ["start_worker"]

ROOT = Path(__file__).resolve().parents[2]
NICE = 15
APART_ON_WINDOWS = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(
    subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0
)
"""Where there are no sessions: neither Ctrl-C for this process, nor its priority."""


def start_worker(runs: Runs, run: Run) -> subprocess.Popen[bytes]:
    """Start a process that does a run's work, and give the run to it.

    It has a session of its own, so that neither Ctrl-C nor the end of this process reaches it, and
    steps back for whoever looks at a live view meanwhile. What it says goes into the run's log.

    Raises:
        RunError: The run is not to be had.
        OSError: The process cannot be started.
    """
    command = [sys.executable, "-m", "models", "train", "--folder", str(run.folder.resolve())]
    environment = {**os.environ, "OMP_WAIT_POLICY": "PASSIVE", "PYTHONUNBUFFERED": "1"}
    if datasets := os.environ.get("STUDIO_DATASETS"):
        # It may be relative to where this process was started.
        environment["STUDIO_DATASETS"] = str(Path(datasets).expanduser().resolve())
    with (run.folder / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--workspace", str(runs.workspace.resolve()), "--nice", str(NICE)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            creationflags=APART_ON_WINDOWS,
        )
    try:
        runs.claim(run, process.pid)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process
