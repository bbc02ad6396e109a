"""Real trainings that are stopped, killed and started twice: nothing is lost, nothing doubled."""

import contextlib
import os
import re
import signal
from pathlib import Path

import psutil
import pytest

from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from models.runs.queue import Queue
from models.training import Callback
from models.training.state import TrainingState
from tests.reliability.conftest import epochs_done, newest, until
from tests.small import losses, small_recipe

pytestmark = pytest.mark.skipif(os.name == "nt", reason="this system has no signals")


def begun(runs, process, epochs=3):
    """Return the run of a process as soon as it has done some epochs."""
    run = until(lambda: newest(runs), process)
    until(lambda: epochs_done(run) >= epochs, process)
    return run


def has_every_epoch_once(run):
    lines = run.metrics()[0]
    epochs = [line["epoch"] for line in lines if line["kind"] == "epoch"]
    steps = [line["step"] for line in lines if line["kind"] == "step"]
    return epochs == list(range(1, len(epochs) + 1)) and steps == sorted(set(steps))


def test_a_stopped_training_is_resumed_to_the_very_digits(train, runs, registry, whole):
    process = train()
    run = begun(runs, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    assert run.status().state == "stopped"
    assert f"runs resume {run.id}" in said
    execute(run, registry)
    assert run.status().state == "finished"
    assert losses(run) == whole()
    assert has_every_epoch_once(run)


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "file"])
def test_every_way_to_stop_leaves_it_resumable(train, runs, whole, how):
    process = train()
    run = begun(runs, process)
    if how == "file":
        runs.stop(run)
    else:
        process.send_signal(signal.Signals[how])
    process.communicate()
    status = run.status()
    assert (process.returncode, status.state) == (0, "stopped")
    assert 0 < status.step < status.steps
    assert status.message == (
        f"Stopped at step {status.step:,} of {status.steps:,}; it can go on from there."
    )
    assert not run.stop_file.exists()
    kept = TrainingState.from_bytes(run.last.read_bytes())
    assert kept.facts["progress"]["step"] == status.step
    assert losses(run) == whole()[: len(losses(run))]


def test_a_killed_training_is_found_and_resumed(train, runs, registry, whole):
    process = train()
    run = begun(runs, process)
    process.kill()
    process.communicate()
    status = run.status()
    assert status.state == "interrupted"
    assert "ended at step" in status.message
    assert not list(registry.entries())
    # As a sudden end leaves it: half a line, and a temporary file.
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind": "step", "st')
    runs.resume(run)
    execute(run, registry)
    assert losses(run) == whole()
    assert has_every_epoch_once(run)
    assert [entry.name for entry in registry.entries()] == ["navigator-digits"]


def test_a_worker_outlives_its_parent_and_is_adopted(start, runs):
    parent = start(Path(__file__).with_name("queue_keeper.py"), runs.workspace)
    run = runs.create(small_recipe(epochs=400), queued=True)
    until(lambda: epochs_done(run), parent)
    pid = run.status().pid
    try:
        [child] = psutil.Process(parent.pid).children()
        assert child.pid == pid
        parent.kill()
        parent.communicate()
        queue = Queue(runs)
        queue.look()
        at = epochs_done(run)
        until(lambda: epochs_done(run) > at)
        assert run.status().state == "running"
        assert run.status().pid == pid
        assert queue._workers == []
        runs.stop(run)
        until(lambda: run.status().state == "stopped")
    finally:
        if psutil.pid_exists(pid) and pid != os.getpid():
            psutil.Process(pid).kill()


def test_two_starts_for_one_name_are_one_run_and_one_refusal(train, runs):
    both = [train("--name", "mine", epochs=2000) for _ in range(2)]
    until(lambda: any(process.poll() is not None for process in both))
    refused, going = sorted(both, key=lambda process: process.poll() is None)
    _, said = refused.communicate()
    [run] = runs.list()
    assert refused.returncode == 1
    assert re.fullmatch(
        rf"Error: A training called 'mine' is running already \(run {run.id}\); wait for it, stop "
        r"it, or choose another name\.\n",
        said,
    )
    begun(runs, going, epochs=1)
    going.terminate()
    going.communicate()
    assert run.status().state == "stopped"


def test_a_data_set_that_is_missing_fails_in_one_sentence(start, runs):
    run = runs.create(small_recipe(dataset="nothing"), queued=True)
    process = start("-m", "models", "train", "--folder", run.folder)
    assert process.wait() == 1
    assert run.status().state == "failed"
    assert run.status().message.startswith("There is no data set 'nothing'; choose one of ")
    assert "Traceback" not in run.log()[0]


def test_a_recipe_that_raises_fails_with_its_cause(start, runs):
    script = (
        "import sys; import models.runs.training as t; from models import cli\n"
        "def burst(*a, **k): raise RuntimeError('mat1 and mat2 shapes cannot be multiplied')\n"
        "t.new_model = burst; cli.main()"
    )
    run = runs.create(small_recipe(), queued=True)
    process = start("-c", script, "train", "--folder", run.folder)
    assert process.wait() == 1
    assert run.status().state == "failed"
    assert run.status().message == "RuntimeError: mat1 and mat2 shapes cannot be multiplied"
    assert "Traceback" in run.log()[0]
    assert run.status().resumable


class FillDisk(Callback):
    """Leaves no room on a disk after the second epoch."""

    def __init__(self, folder):
        self.filler = folder / "filler"

    def on_epoch_end(self, trainer):
        if trainer.progress.epoch == 2:
            with contextlib.suppress(OSError), self.filler.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))


def test_a_full_disk_loses_only_what_it_has_no_room_for(small_disk, whole):
    registry = Registry(small_disk, pretrained=small_disk / "none")
    run = Runs(small_disk).create(small_recipe(epochs=6))
    filling = FillDisk(small_disk)
    with pytest.raises(OSError, match="No space left on device"):
        execute(run, registry, callbacks=[filling])
    # The training went on; what had been written is intact.
    assert TrainingState.from_bytes(run.best.read_bytes()).facts["progress"]["epoch"] <= 2
    assert losses(run) == whole(6)[:2]
    assert run.written_status().state in ("running", "failed")
    assert list(registry.entries()) == []
    assert list(run.folder.rglob("*.tmp")) == []
    filling.filler.unlink()
    again = Runs(small_disk).get(run.id)
    execute(again, registry)
    assert again.status().state == "finished"
    assert losses(again) == whole(6)
    assert [entry.name for entry in registry.entries()] == ["navigator-digits"]
