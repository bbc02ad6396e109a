import dataclasses
import json
import os
import platform
import re
import subprocess
import sys
import threading

import pytest

from models.cli import runs as runs_command
from models.recipes import with_overrides
from models.registry import UnknownCheckpoint
from models.runs import Launch, RunError, Runs, index
from models.runs.folder import LOG_TAIL_BYTES, read_run

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
    monkeypatch.setattr(index, "LOCK_TIMEOUT_S", 0.05)
    with runs._lock(), pytest.raises(RunError, match="Another process has been changing runs"):
        Runs(runs.workspace).create(recipe)


def test_a_lock_file_left_behind_is_in_nobodys_way(runs, recipe):
    runs.folder.mkdir(parents=True)
    (runs.folder / ".lock").write_text("12345")
    assert runs.create(recipe) in runs.list()


# How a run is found


def test_the_list_of_no_workspace_is_empty(runs):
    assert runs.list() == []
    assert not runs.workspace.exists()


def test_a_run_is_found_by_the_end_of_its_id(runs, recipe):
    first, second = runs.create(recipe, name="a"), runs.create(recipe, name="b")
    assert runs.find(first.id[-6:]) == first
    assert runs.find(second.id[-10:]) == second
    with pytest.raises(RunError, match="2 runs are called 20"):
        runs.find(first.id[:8])


ESCAPES = [
    *("", ".", "..", "../x", "/etc", "a/../b", "..\\..", "%2e%2e%2f", "x\0y", "x\n", "~", "*"),
    "20260101-000000-../../x-abcdef",
    "20260101-000000-x-abcdef\n",
    "20260101-000000-x-ABCDEF",
    "20260101-000000-.hidden-abcdef",
    "20260101-000000-" + "x" * 65 + "-abcdef",
    "x" * 10_000,
]


@pytest.mark.parametrize("run_id", ESCAPES)
def test_no_id_leaves_the_folder(runs, recipe, run_id):
    runs.create(recipe)
    with pytest.raises(RunError, match="There is no run"):
        runs.get(run_id)


@pytest.mark.parametrize("name", ["../x", "a b", "", ".", "x" * 65, "x\n"])
def test_no_name_leaves_the_folder(runs, recipe, name):
    if name:
        with pytest.raises(UnknownCheckpoint, match="is no checkpoint name"):
            runs.create(recipe, name=name)
    with pytest.raises(RunError, match="is no recipe name"):
        runs.create(dataclasses.replace(recipe, name=name), name="mine")
    assert runs.list() == []


def test_a_link_to_a_run_is_none(runs, recipe, tmp_path):
    run = runs.create(recipe)
    moved = run.folder.rename(tmp_path / run.id)
    run.folder.symlink_to(moved)
    assert runs.list() == []
    with pytest.raises(RunError, match="There is no run"):
        runs.get(run.id)


DAMAGED = [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"format": 2}', b'{"format": 1}']


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_run_json_hides_only_itself(runs, recipe, content):
    damaged, whole = runs.create(recipe, name="a"), runs.create(recipe, name="b")
    (damaged.folder / "run.json").write_bytes(content)
    assert runs.list() == [whole]
    with pytest.raises(RunError, match=rf"Run {damaged.id} has .*\.\Z"):
        runs.get(damaged.id)
    (damaged.folder / "run.json").unlink()
    with pytest.raises(RunError, match=r"no readable run\.json"):
        runs.get(damaged.id)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"[" * 100_000, b'{"state": "flying"}', b'{"step": "x"}', None]
)
def test_a_damaged_status_can_be_resumed(runs, recipe, content):
    run = runs.create(recipe)
    path = run.folder / "status.json"
    path.write_bytes(content) if content is not None else path.unlink()
    assert run.status().state == "interrupted"
    assert "status.json cannot be read" in run.status().message
    runs.resume(run)
    assert run.status().state == "queued"


def test_an_unwritable_workspace_is_an_os_error(tmp_path, recipe):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Runs(tmp_path / "file").create(recipe)


def test_a_relative_workspace(tmp_path, monkeypatch, recipe):
    monkeypatch.chdir(tmp_path)
    run = Runs(index.Path("work")).create(recipe)
    assert (tmp_path / "work" / "runs" / run.id / "run.json").exists()


# What is read in pieces


def test_only_whole_lines_are_read(runs, recipe):
    run = runs.create(recipe)
    assert run.metrics() == ([], 0)
    path = run.folder / "metrics.jsonl"
    path.write_bytes(b'{"step": 1}\n{"step": 2}\n{"st')
    lines, offset = run.metrics()
    assert lines == [{"step": 1}, {"step": 2}]
    assert run.metrics(offset) == ([], offset)
    with path.open("ab") as file:
        file.write(b'ep": 3}\nnot json\n[]\n{"step": 4}\n')
    lines, offset = run.metrics(offset)
    assert lines == [{"step": 3}, {"step": 4}]
    assert offset == path.stat().st_size


def test_the_log_is_read_from_where_it_was_left(runs, recipe):
    run = runs.create(recipe)
    assert run.log() == ("", 0)
    path = run.folder / "log.txt"
    path.write_text("one\n")
    text, offset = run.log()
    assert text == "one\n"
    path.write_text("one\ntwo\n")
    assert run.log(offset) == ("two\n", 8)
    path.write_bytes(b"\xff" + b"x" * 2 * LOG_TAIL_BYTES)
    text, offset = run.log(offset)
    assert len(text) == LOG_TAIL_BYTES
    assert offset == path.stat().st_size


def test_samples_are_in_the_order_of_epochs(runs, recipe):
    run = runs.create(recipe)
    assert run.samples() == []
    folder = run.folder / "samples"
    folder.mkdir()
    for name in ("epoch-10000.png", "epoch-9999.png", "epoch-0001.png", "epoch-x.png", "a.png"):
        (folder / name).touch()
    (folder / "epoch-0002.png").symlink_to("/etc/hostname")
    assert [p.name for p in run.samples()] == [
        *("epoch-0001.png", "epoch-9999.png", "epoch-10000.png")
    ]


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
