"""How a run is found, and what is read of it."""

import dataclasses

import pytest

from models.registry import UnknownCheckpoint
from models.runs import RunError, Runs, index
from models.runs.folder import LOG_TAIL_BYTES


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
