"""kill -9 of a sweep and of its worker: the same command again finishes what was begun."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from models.runs import RunError, Runs

ROOT = Path(__file__).parents[2]


def command(workspace):
    words = ["sweep", "navigator-digits", "--set", "seed=1,2", "--epochs", "60"]
    words += ["--set", "network.encoder_hidden=[16]", "--workspace", workspace, "--threads", "1"]
    return [sys.executable, "-m", "models", *map(str, words)]


def rows_of(workspace):
    (file,) = workspace.glob("sweeps/*/results.json")
    return json.loads(file.read_text())["rows"]


def wait_for_training(workspace, sweep):
    """Return the first run once its worker has made steps."""
    for _ in range(6000):
        assert sweep.poll() is None, "the sweep ended too early"
        try:
            (run,) = Runs(workspace).list()
            if run.status().step:
                return run
        except (ValueError, RunError):
            pass
        time.sleep(0.02)
    raise AssertionError("no training began")


def test_what_was_killed_goes_on(tmp_path):
    sweep = subprocess.Popen(
        command(tmp_path), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    run = wait_for_training(tmp_path, sweep)
    os.kill(sweep.pid, signal.SIGKILL)
    os.kill(run.status().pid, signal.SIGKILL)
    sweep.wait(60)
    assert [row["state"] for row in rows_of(tmp_path)] == ["running", "waiting"]

    done = subprocess.run(command(tmp_path), cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = rows_of(tmp_path)
    assert [row["state"] for row in rows] == ["finished", "finished"]
    assert rows[0]["run"] == run.id, "it went on in the same folder"
    assert len(Runs(tmp_path).list()) == 2

    again = subprocess.run(command(tmp_path), cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert "2 are finished already" in again.stderr
    assert len(Runs(tmp_path).list()) == 2
