import dataclasses
import json
import os
import platform
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models import lock
from models.cli import runs as runs_command
from models.recipes import with_overrides
from models.runs import Launch, RunError, Runs
from models.runs.folder import read_run

GONE = {"state": "running", "pid": 2**22 + 1, "process_started": 1.0, "host": platform.node()}


def write(run, **changes):
    run.write_status(dataclasses.replace(run.status(), **changes))


def test_a_run_is_a_folder_that_says_what_was_asked(runs, recipe):
    run = runs.create(
        recipe, name="mine", overrides={"epochs": 2}, launch=Launch(threads=1), command="c"
    )
    assert re.fullmatch(r"\d{8}-\d{6}-navigator-digits-[0-9a-f]{6}", run.id)
    assert run.folder == runs.workspace / "runs" / run.id
    assert sorted(p.name for p in run.folder.iterdir()) == ["run.json", "status.json"]
    assert runs.get(run.id) == run == read_run(run.folder)
    said = json.loads((run.folder / "run.json").read_text())
    assert said["id"] == run.id
    assert said["recipe"]["model"]["network"]["encoder_hidden"] == [16, 16]
    assert said["overrides"] == {"epochs": 2}
    assert said["launch"]["threads"] == 1
    assert said["versions"]["torch"]


def test_a_run_that_goes_while_it_is_read_has_nothing_more(runs, recipe, monkeypatch):
    run = runs.create(recipe, name="mine")
    monkeypatch.setattr(Path, "is_dir", lambda path: True)
    monkeypatch.setattr(Path, "exists", lambda path: True)
    assert run.samples() == []
    assert run.log() == ("", 0)
    assert run.metrics() == ([], 0)


def test_a_new_run_belongs_to_its_process_or_waits(runs, recipe):
    ours, waiting = runs.create(recipe, name="a"), runs.create(recipe, name="b", queued=True)
    assert (ours.status().state, ours.status().pid) == ("running", os.getpid())
    assert (waiting.status().state, waiting.status().pid) == ("queued", 0)
    assert ours.status().active
    assert waiting.status().active


def test_a_taken_checkpoint_name_gets_a_number(runs, registry, recipe):
    (registry.own / "mine").mkdir(parents=True)
    assert runs.create(recipe, name="mine").config.name == "mine-2"


def test_a_free_name_is_neither_a_checkpoint_nor_an_active_run(runs, registry, recipe):
    assert runs.free_name("mine") == "mine"
    run = runs.create(recipe, name="mine", queued=True)
    assert runs.free_name("mine") == "mine-2"
    (registry.own / "mine-2").mkdir(parents=True)
    assert runs.free_name("mine") == "mine-3"
    runs.stop(run)
    assert runs.free_name("mine") == "mine"


def test_the_next_name_counts_on(runs, registry, recipe):
    assert runs.next_name("mine-2") == "mine-2"
    for taken in ("mine", "mine-2", "of-2026"):
        (registry.own / taken).mkdir(parents=True)
    assert runs.next_name("mine") == "mine-3"
    assert runs.next_name("mine-2") == "mine-3"
    assert runs.next_name("of-2026") == "of-2026-2"


@pytest.mark.parametrize("state", ["queued", "running"])
def test_an_active_name_is_refused_in_one_sentence(runs, recipe, state):
    first = runs.create(recipe, name="mine", queued=state == "queued")
    with pytest.raises(RunError, match=rf"'mine' is {state} already \(run {first.id}\)"):
        runs.create(recipe, name="mine")
    assert runs.list() == [first]


def test_the_newest_run_comes_first_also_within_a_second(runs, recipe):
    made = [runs.create(recipe, name=f"n{number}", queued=True) for number in range(12)]
    assert [run.id for run in runs.list()] == [run.id for run in reversed(made)]


def test_many_threads_with_one_name_make_one_run(runs, recipe):
    made, refused, together = [], [], threading.Barrier(6)

    def start():
        together.wait()
        try:
            made.append(runs.create(recipe, name="mine"))
        except RunError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert refused == [refused[0]] * 5
    assert runs.list() == made


CREATE = """
import sys
from pathlib import Path
from models.recipes import get_recipe
from models.runs import RunError, Runs
print("ready", flush=True)
sys.stdin.readline()
try:
    print(Runs(Path(sys.argv[1])).create(get_recipe("navigator-digits"), name="mine").id)
    sys.stdin.readline()
except RunError as error:
    print(error)
"""


def test_two_processes_with_one_name_make_one_run(runs):
    command = [sys.executable, "-c", CREATE, str(runs.workspace)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(2)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.stdout.readline().strip() for process in processes]
    [run] = runs.list()
    assert run.status().state == "running"
    refusal = f"A training called 'mine' is running already (run {run.id}); "
    assert sorted(text.startswith(refusal) for text in said) == [False, True]
    assert run.id in said
    for process in processes:
        process.communicate("\n")
    assert run.status().state == "interrupted"


def test_a_claimed_run_is_refused_to_others(runs, recipe):
    run = runs.create(recipe, queued=True)
    other = subprocess.Popen(["sleep", "60"])
    try:
        runs.claim(run, other.pid)
        with pytest.raises(RunError, match=rf"trained already, by process {other.pid}"):
            runs.claim(run)
        runs.claim(run, other.pid)
    finally:
        other.kill()
        other.wait()
    assert run.status().state == "interrupted"
    assert runs.claim(run).pid == os.getpid()


def test_a_finished_run_is_not_claimed_again(runs, recipe):
    run = runs.create(recipe)
    write(run, state="finished", checkpoint="mine")
    with pytest.raises(RunError, match="has ended; its checkpoint is mine"):
        runs.claim(run)


def test_a_worker_that_failed_at_once_keeps_its_message(runs, recipe):
    run = runs.create(recipe, queued=True)
    write(run, state="failed", message="There is no data.")
    with pytest.raises(RunError, match="failed already: There is no data"):
        runs.claim(run, os.getppid())
    assert run.status().message == "There is no data."


def test_stop_takes_off_the_queue_or_asks(runs, recipe):
    waiting, ours = runs.create(recipe, name="a", queued=True), runs.create(recipe, name="b")
    runs.stop(waiting)
    runs.stop(ours)
    assert waiting.status().state == "stopped"
    assert ours.status().state == "stopping"
    assert ours.stop_file.exists()
    runs.stop(ours)
    write(ours, state="finished")
    with pytest.raises(RunError, match="is finished; there is nothing to stop"):
        runs.stop(ours)


@pytest.mark.parametrize("state", ["stopped", "failed", "running"])
def test_what_stands_still_can_be_resumed(runs, recipe, state):
    run = runs.create(recipe)
    write(run, **(GONE if state == "running" else {"state": state}), step=7, message="Why.")
    run.stop_file.touch()
    runs.resume(run)
    status = run.status()
    assert (status.state, status.step, status.message, status.keep) == ("queued", 7, "", False)
    assert not run.stop_file.exists()


def test_resumed_at_once_it_is_not_seen_in_the_queue(runs, recipe):
    run = runs.create(recipe)
    write(run, state="stopped")
    runs.resume(run, queued=False)
    assert (run.status().state, run.status().pid) == ("running", os.getpid())
    assert runs.claim(run).state == "running"


@pytest.mark.parametrize("state", ["queued", "running", "finished"])
def test_what_does_not_stand_still_cannot(runs, recipe, state):
    run = runs.create(recipe)
    write(run, state=state)
    with pytest.raises(RunError, match=f"is {state}; there is nothing to resume"):
        runs.resume(run)


def test_a_name_that_is_in_use_keeps_a_run_from_resuming(runs, recipe):
    run = runs.create(recipe, name="mine")
    write(run, state="stopped")
    runs.create(recipe, name="mine", queued=True)
    with pytest.raises(RunError, match="'mine' is queued already"):
        runs.resume(run)
    with pytest.raises(RunError, match="'mine' is queued already"):
        runs.claim(run)


def test_only_what_has_learned_can_be_kept(runs, recipe):
    run = runs.create(recipe)
    write(run, state="stopped")
    with pytest.raises(RunError, match="learned nothing yet"):
        runs.resume(run, keep=True)
    run.last.parent.mkdir()
    run.last.touch()
    runs.resume(run, keep=True)
    assert run.status().keep


def test_a_run_that_trains_is_not_removed(runs, recipe):
    run = runs.create(recipe)
    with pytest.raises(RunError, match="being trained; stop it before you delete it"):
        Runs(run.folder.parents[1]).remove(run)
    run.stop_file.touch()
    with pytest.raises(RunError, match="being trained"):
        Runs(run.folder.parents[1]).remove(run)
    write(run, state="stopped")
    Runs(run.folder.parents[1]).remove(run)
    assert runs.list() == []
    assert [p.name for p in runs.folder.iterdir()] == [".lock"]


def test_a_lock_that_others_hold_is_said(runs, recipe, monkeypatch):
    monkeypatch.setattr(lock, "LOCK_TIMEOUT_S", 0.05)
    with runs._lock(), pytest.raises(RunError, match="Another process has been changing runs"):
        Runs(runs.workspace).create(recipe)


def test_a_lock_file_left_behind_is_in_nobodys_way(runs, recipe):
    runs.folder.mkdir(parents=True)
    (runs.folder / ".lock").write_text("12345")
    assert runs.create(recipe) in runs.list()


@pytest.mark.parametrize("bad", [{"precision": "fp8"}, {"threads": -1}, {"threads": 2000}])
def test_a_launch_checks_its_ranges(bad):
    with pytest.raises(ValueError, match=r"precision|must lie in"):
        Launch(**bad)


def test_overrides_that_are_applied_are_read_back(runs, recipe):
    changed = with_overrides(recipe, beta=4.0)
    run = runs.create(changed, overrides={"beta": 4.0})
    assert runs.get(run.id).config.recipe == changed


# Resuming with several processes, which torchrun names in the environment


def test_a_team_only_trains_on(runs, recipe, monkeypatch):
    run = runs.create(recipe)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ValueError, match="leave torchrun out"):
        runs_command.keep(run.id, workspace=runs.workspace)
