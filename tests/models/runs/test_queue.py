"""The queue: who is started, when, and how many at once."""

import logging
import subprocess

import pytest

from models.runs.queue import Queue
from tests.small import small_recipe


class Sleeper:
    """Stands in for the real worker: a process that sleeps, and to which the run belongs."""

    def __init__(self):
        self.processes = []

    def __call__(self, runs, run):
        process = subprocess.Popen(["sleep", "100"])
        self.processes.append(process)
        runs.claim(run, process.pid)
        return process


@pytest.fixture
def sleeper(monkeypatch):
    sleeper = Sleeper()
    monkeypatch.setattr("models.runs.queue.start_worker", sleeper)
    yield sleeper
    for process in sleeper.processes:
        process.kill()
        process.wait()


def test_a_queue_begins_with_the_oldest_and_never_too_many(runs, sleeper):
    made = [runs.create(small_recipe(), name=name, queued=True) for name in "abcd"]
    queue = Queue(runs, at_once=2)

    def states():
        return " ".join(run.status().state for run in made)

    queue.look()
    queue.look()
    assert states() == "running running queued queued"
    sleeper.processes[0].kill()
    queue.look()
    sleeper.processes[0].wait()
    queue.look()
    assert states() == "interrupted running running queued"
    queue.at_once = 3
    queue.look()
    assert states() == "interrupted running running running"
    # Another studio adopts what runs, and starts none again.
    Queue(runs, at_once=9).look()
    assert len(sleeper.processes) == 4


def test_a_queue_that_fails_goes_on_later(runs, monkeypatch, caplog):
    def full(runs, run):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("models.runs.queue.start_worker", full)
    runs.create(small_recipe(), queued=True)
    queue = Queue(runs)
    with caplog.at_level(logging.ERROR):
        queue.start()
        while not caplog.records:
            queue._thread.join(0.01)
        queue.close()
    assert len(caplog.records) == 1
