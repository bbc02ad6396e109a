"""A training that is killed while it saves; run by test_run_kills.py in a process apart.

`python run_writer.py WORKSPACE KILLS`: one run, whose every step is saved, goes on in process after
process, each killed with SIGKILL at a random moment. One import of torch serves them all, because
each is a fork. After each kill the last state has to load.
"""

import functools
import importlib
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch

from models import data
from models.registry import Registry
from models.runs import Runs, execute
from models.training.callbacks import LastCheckpoint
from models.training.state import TrainingState
from tests.small import small_recipe


def go_on(run, registry):
    """Train on in this process, saving every step."""
    try:
        execute.LastCheckpoint = functools.partial(LastCheckpoint, every=0.0)
        execute.execute(run, registry)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def step_of(run):
    """The step of the last state; it has to be whole."""
    if not run.last.exists():
        return 0
    return TrainingState.from_bytes(run.last.read_bytes()).facts["progress"]["step"]


def kill_one(run, registry, moments):
    """Let a process train on, and kill it in one of its next saves."""
    before = step_of(run)
    child = os.fork()
    if not child:
        go_on(run, registry)
    while step_of(run) == before:
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended by itself"
        time.sleep(0.001)
    time.sleep(moments.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert run.status().state == "interrupted", run.status()
    return step_of(run)


def main(workspace, kills):
    registry = Registry(workspace, pretrained=workspace / "none")
    for late in ("torch._dynamo", "matplotlib.figure", "sklearn.neighbors"):
        importlib.import_module(late)  # Here, and not in each fork.
    digits = data.load("digits")
    data.load = lambda *arguments, **options: digits
    run = Runs(workspace).create(small_recipe(epochs=kills), queued=True)
    moments = random.Random(0)
    torch.set_num_threads(1)
    for _ in range(kills):
        print(kill_one(run, registry, moments), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
