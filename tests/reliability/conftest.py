"""Trainings in processes of their own, and what they come to if nothing interrupts them."""

import copy
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
import torch
from fastapi.testclient import TestClient

from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from models.runs.queue import Queue
from studio.app import Settings, create_app
from tests.labelers import make_teller
from tests.reliability.homes import make_home
from tests.reliability.pages import address_of
from tests.reliability.walked import ask
from tests.small import SETTINGS, losses, small_recipe

ROOT = Path(__file__).parents[2]
EPOCHS = 20
"""Long enough to be interrupted, on a fast machine too."""


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path / "my work", pretrained=tmp_path / "none")


@pytest.fixture
def runs(registry):
    return Runs(registry.workspace, pretrained=registry.pretrained)


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """Return the losses of a training of so many epochs that nothing interrupted."""
    kept = {}

    def train(epochs=EPOCHS, **overrides):
        key = (epochs, *sorted(overrides.items()))
        if key not in kept:
            registry = Registry(tmp_path_factory.mktemp("whole"))
            run = Runs(registry.workspace).create(small_recipe(epochs=epochs, **overrides))
            execute(run, registry)
            kept[key] = losses(run)
        return kept[key]

    return train


@pytest.fixture
def processes():
    """A list of processes; those that still live are killed with all they started."""
    started = []
    yield started
    for process in started:
        if process.poll() is None:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            process.kill()
        process.communicate()


@pytest.fixture
def start(processes, registry):
    """Start a command of Python in a process of its own; its standard error can be read."""

    def begin(*arguments, **options):
        process = subprocess.Popen(
            [sys.executable, *map(str, arguments)],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        processes.append(process)
        return process

    return begin


@pytest.fixture
def train(start, registry):
    """Start `python -m models train` in a process of its own."""

    def begin(*arguments, launcher=(), epochs=EPOCHS):
        command = ["-m", "models", "train", "navigator-digits", *SETTINGS, "--epochs", epochs]
        return start(*launcher, *command, "--workspace", registry.workspace, *arguments)

    return begin


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("there is no mount")
    if done.returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


class IdleQueue(Queue):
    """Starts nothing."""

    def look(self):
        """Leave what waits."""


@pytest.fixture(scope="session")
def reliable(trained, tmp_path_factory):
    """A studio whose workspace lies beside secrets: its app, its home, and how to ask it.

    Nothing is trained there, whatever it is asked for.
    """
    home = make_home(tmp_path_factory.mktemp("home"), trained)
    # For this app alone: other tests of the process train.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("studio.app.Queue", IdleQueue)
        app = create_app(Settings(workspace=home.workspace, pretrained=home.pretrained))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:

        def call(*arguments, **options):
            return client.portal.call(partial(ask, app, *arguments, **options))

        call.portal = client.portal
        yield app, home, call


@pytest.fixture(scope="session")
def studio_workspace(trained, tmp_path_factory):
    """A workspace with 'tiny', its copy 'other' that turned, and 'teller'."""
    workspace = tmp_path_factory.mktemp("studio")
    registry = make_teller(workspace)
    shutil.copytree(trained / "checkpoints" / "tiny", registry.own / "tiny")
    opened = registry.open("tiny")
    turned = copy.deepcopy(opened.model)
    with torch.no_grad():
        next(turned.decoder.parameters()).neg_()
    registry.save("other", opened.config, turned, opened.atlas)
    return workspace


@pytest.fixture(scope="session")
def studio_log(tmp_path_factory):
    """What the studio of `studio_process` writes besides its address."""
    return tmp_path_factory.mktemp("log") / "studio.log"


@pytest.fixture(scope="session")
def studio_process(studio_workspace, studio_log):
    """A studio in a process of its own: its address, and the process."""
    words = ["--port", "0", "--only", "navigator", "--workspace", str(studio_workspace)]
    with studio_log.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "studio", *words],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        yield address_of(process), process
    finally:
        process.terminate()
        process.communicate()


def until(condition, process=None):
    """Wait for something, as long as a process lives and at most two minutes."""
    end = time.monotonic() + 120
    while not (met := condition()):
        assert time.monotonic() < end, "it never came"
        if process is not None and process.poll() is not None and not condition():
            raise AssertionError(f"it ended: {process.communicate()[1][-2000:]}")
        time.sleep(0.02)
    return met


def epochs_done(run):
    """How many epochs stand in a run's metrics."""
    return sum(line["kind"] == "epoch" for line in run.metrics()[0])


def newest(runs):
    """The newest run, if there is any."""
    return next(iter(runs.list()), None)
