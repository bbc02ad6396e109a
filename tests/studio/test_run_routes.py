"""What the screens ask about runs."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from models.registry import Registry
from models.runs import Runs
from models.runs.execute import train_recipe
from studio import run_shelf
from studio.app import Settings, create_app
from studio.run_shelf import RunShelf
from tests.small import small_recipe
from tests.studio.run_folders import (
    EPOCH_S,
    epoch_line,
    make_run,
    step_line,
    write_latent,
    write_metrics,
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """One studio for the module; each test finds its workspace empty."""
    workspace = tmp_path_factory.mktemp("runs")
    app = create_app(Settings(workspace=workspace, pretrained=workspace / "none"))
    # Not as a context manager: the queue stays closed, and queued runs stay queued.
    return workspace, TestClient(app, base_url="http://127.0.0.1:7860")


@pytest.fixture
def place(studio):
    workspace, _ = studio
    shutil.rmtree(workspace / "runs", ignore_errors=True)
    return workspace


@pytest.fixture
def client(studio):
    return studio[1]


def news(client, folder, metrics=0, log=0):
    answer = client.get(f"/runs/{folder.name}/news?metrics={metrics}&log={log}")
    assert answer.status_code == 200
    return answer.json()


def unpack(data):
    length = int(np.frombuffer(data, "<u4", 1)[0])
    header = json.loads(data[4 : 4 + length])
    values = np.frombuffer(data, "<f4", offset=4 + length)
    curves, at = {}, 0
    for run in header["runs"]:
        curves[run["id"]] = {}
        for name in run["columns"]:
            curves[run["id"]][name] = values[at : at + run["points"]]
            at += run["points"]
    assert at == len(values)
    return curves


def curves_of(client, *folders):
    return unpack(client.get("/runs/curves?ids=" + ",".join(f.name for f in folders)).content)


def test_no_runs_yet(place, client):
    answer = client.get("/runs").json()
    assert answer["runs"] == []
    assert answer["at_once"] >= 1
    assert answer["now"] > 1.7e9


def test_a_run_leads_to_its_model_under_the_name_that_it_has_now(tmp_path):
    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    train_recipe(small_recipe(epochs=1), registry, name="first")
    shelf = RunShelf(Runs(tmp_path, pretrained=tmp_path / "none"))

    def named():
        return shelf.summaries()[0]["checkpoint"]

    assert named() == "first"
    registry.rename("first", "second")
    assert named() == "second"
    registry.remove("second")
    assert named() is None


def test_checkpoints_are_looked_through_once_however_many_runs_there_are(tmp_path, monkeypatch):
    for k in range(3):
        make_run(tmp_path, k)
    looks = []
    monkeypatch.setattr(Registry, "entries", lambda self: looks.append(self) or [])
    shelf = RunShelf(Runs(tmp_path))
    assert len(shelf.summaries()) == len(shelf.summaries()) == 3
    assert len(looks) == 1
    (tmp_path / "checkpoints").mkdir()
    shelf.summaries()
    assert len(looks) == 2, "a new checkpoint would not be seen"


def test_summaries_come_newest_first(place, client):
    folders = [make_run(place, k, epochs=5 + k) for k in range(3)]
    runs = client.get("/runs").json()["runs"]
    assert [run["id"] for run in runs] == [folder.name for folder in reversed(folders)]
    newest = runs[0]
    assert newest["name"] == "digits-2"
    assert newest["checkpoint"] is None, "its model is not in the registry"
    assert (newest["recipe"], newest["dataset"]) == ("navigator-digits", "digits")
    assert (newest["state"], newest["epoch"], newest["epochs"]) == ("finished", 7, 7)
    last = epoch_line(7, 152.0)
    assert newest["loss"] == pytest.approx(last["train"]["total"])
    assert newest["validation"] == pytest.approx(last["validation"]["total"])
    assert newest["latent_dim"] == 2


def test_a_summary_follows_its_files(place, client):
    folder = make_run(place, state="stopped")
    assert client.get("/runs").json()["runs"][0]["state"] == "stopped"
    status = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"state": "queued"}))
    write_metrics(folder, [epoch_line(1), step_line(9), step_line(10)])
    run = client.get("/runs").json()["runs"][0]
    assert run["state"] == "queued"
    assert run["loss"] == pytest.approx(epoch_line(1)["train"]["total"])


def test_losses_are_found_behind_many_steps(place, client):
    folder = make_run(place)
    write_metrics(folder, [epoch_line(1), *(step_line(k) for k in range(9, 2000))])
    assert client.get("/runs").json()["runs"][0]["validation"] == pytest.approx(
        epoch_line(1)["validation"]["total"]
    )
    write_metrics(folder, [step_line(1, 321.0), step_line(2, 300.0)])
    run = client.get("/runs").json()["runs"][0]
    assert (run["loss"], run["validation"]) == (300.0, None)


def test_details_hold_the_whole_recipe(place, client):
    folder = make_run(place, learning_rate=0.005)
    run = client.get(f"/runs/{folder.name}").json()
    assert run["config"]["training"]["learning_rate"] == 0.005
    assert run["overrides"] == {"epochs": 20, "learning_rate": 0.005}
    assert run["command"].startswith("python -m models train")
    assert run["launch"]["precision"] == "fp32"
    assert run["versions"]["torch"]
    assert run["parent"] is None
    assert run["samples"] == ["epoch-0001.png", "epoch-0020.png"]


def test_news_brings_only_what_is_new(place, client):
    folder = make_run(place, epochs=3)
    first = news(client, folder)
    assert [line["epoch"] for line in first["metrics"]] == [1, 2, 3]
    assert first["log"] == "Hello.\n"
    assert first["restart"] is False
    again = news(client, folder, first["metrics_next"], first["log_next"])
    assert (again["metrics"], again["log"], again["restart"]) == ([], "", False)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(epoch_line(4)) + "\n")
    with (folder / "log.txt").open("a") as file:
        file.write("More.\n")
    more = news(client, folder, first["metrics_next"], first["log_next"])
    assert [line["epoch"] for line in more["metrics"]] == [4]
    assert more["log"] == "More.\n"


def test_half_a_line_waits_for_its_other_half(place, client):
    folder = make_run(place, epochs=2)
    start = news(client, folder)["metrics_next"]
    line = json.dumps(epoch_line(3)) + "\n"
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(line[:40])
    half = news(client, folder, start)
    assert (half["metrics"], half["metrics_next"]) == ([], start)
    assert half["summary"]["loss"] == pytest.approx(epoch_line(2)["train"]["total"])
    assert len(curves_of(client, folder)[folder.name]["epoch"]) == 2
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(line[40:])
    assert [m["epoch"] for m in news(client, folder, start)["metrics"]] == [3]
    assert len(curves_of(client, folder)[folder.name]["epoch"]) == 3


def test_a_file_that_was_cut_is_read_from_its_beginning(place, client):
    folder = make_run(place, epochs=9)
    before = news(client, folder)
    assert len(curves_of(client, folder)[folder.name]["epoch"]) == 9
    write_metrics(folder, [epoch_line(e, 99.0) for e in range(1, 5)])
    after = news(client, folder, before["metrics_next"], before["log_next"])
    assert after["restart"] is True
    assert [line["epoch"] for line in after["metrics"]] == [1, 2, 3, 4]
    assert after["log"] == "Hello.\n"
    curve = curves_of(client, folder)[folder.name]
    assert curve["train.total"] == pytest.approx(
        [epoch_line(e, 99.0)["train"]["total"] for e in range(1, 5)], rel=1e-6
    )


def test_a_file_that_was_cut_and_grew_again_is_noticed(place, client):
    folder = make_run(place, epochs=4)
    start = news(client, folder)["metrics_next"]
    curves_of(client, folder)
    write_metrics(folder, [epoch_line(e, 99.123456) for e in range(1, 9)])
    assert news(client, folder, start)["restart"] is True
    assert len(curves_of(client, folder)[folder.name]["epoch"]) == 8


def test_damaged_lines_are_left_out(place, client):
    folder = make_run(place, epochs=2)
    with (folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"epoch","epoch":\n\xff\xfe\x00\n[1,2]\n"epoch"\n{"kind":"epoch"}\n')
        file.write(b'{"kind":"epoch","epoch":3,"train":7,"validation":"x","beta":null}\n')
        file.write(b'{"kind":"epoch","epoch":4,"train":{"total":NaN,"kl":"<b>"}}\n')
        file.write(json.dumps(epoch_line(5)).encode() + b"\n")
    answer = news(client, folder)
    assert [line["epoch"] for line in answer["metrics"] if "step" in line] == [1, 2, 5]
    curve = curves_of(client, folder)[folder.name]
    assert curve["epoch"].tolist() == [1, 2, 3, 5]
    assert np.isnan(curve["train.total"][2])
    assert answer["summary"]["loss"] == pytest.approx(epoch_line(5)["train"]["total"])


def test_damaged_folders_do_not_take_the_list_down(place, client):
    sound = make_run(place, 9)
    silent, broken, empty, old = (make_run(place, k) for k in range(4))
    (silent / "status.json").unlink()
    (silent / "metrics.jsonl").unlink()
    (broken / "run.json").write_text('{"format": 1, "id"')
    (empty / "run.json").unlink()
    (old / "run.json").write_text('{"format": 99}')
    (place / "runs" / ".lock").touch()
    runs = {run["id"]: run for run in client.get("/runs").json()["runs"]}
    assert set(runs) == {sound.name, silent.name}
    assert runs[silent.name]["state"] == "interrupted"
    assert runs[silent.name]["loss"] is None
    assert client.get(f"/runs/{broken.name}").status_code == 404
    assert news(client, silent)["metrics"] == []
    assert curves_of(client, silent) == {silent.name: {}}


@pytest.mark.parametrize("last", ["run.json", "status.json", "metrics.jsonl"])
@pytest.mark.parametrize("address", ["", "/details?ids={}", "/{}", "/{}/news"])
def test_a_run_that_is_deleted_while_it_is_read_counts_as_gone(
    place, client, monkeypatch, last, address
):
    staying, going = make_run(place, 1), make_run(place, 2)
    stamp = run_shelf._stamp

    def stamped(path):
        found = stamp(path)
        if path == going / last:
            shutil.rmtree(going, ignore_errors=True)
        return found

    monkeypatch.setattr(run_shelf, "_stamp", stamped)
    answer = client.get(f"/runs{address.format(going.name)}")
    assert answer.status_code in (200, 404), answer.text
    assert address or staying.name in answer.text
    assert [run["id"] for run in client.get("/runs").json()["runs"]] == [staying.name]


def test_a_picture_that_is_deleted_while_it_is_looked_up_is_not_served(place, client, monkeypatch):
    folder = make_run(place)
    monkeypatch.setattr(Path, "is_file", lambda path: True)
    answer = client.get(f"/runs/{folder.name}/samples/epoch-0777.png")
    assert answer.status_code == 404
    assert "has no sample 'epoch-0777.png'" in answer.json()["error"]


def test_the_latent_map_comes_as_bytes(place, client):
    folder = make_run(place)
    assert news(client, folder)["latent_step"] is None
    write_latent(folder, 12, step=7)
    assert news(client, folder)["latent_step"] == 7
    answer = client.get(f"/runs/{folder.name}/latent")
    data = answer.content
    assert int(np.frombuffer(data, "<u4", 1)[0]) == 12
    assert len(data) == 4 + 9 * 12
    assert np.frombuffer(data, "<f4", 12, 4).tolist() == list(range(0, 24, 2))
    assert np.frombuffer(data, "<f4", 12, 52).tolist() == list(range(1, 24, 2))
    assert list(data[-12:]) == list(range(12))


@pytest.mark.parametrize(
    "arrays",
    [
        {"codes": np.zeros((12, 3), np.float32)},
        {"codes": np.full((12, 2), np.nan, np.float32)},
        {"codes": np.array([{"a": 1}] * 12, dtype=object)},
        {"codes": np.zeros((500_000, 2), np.float32)},
        {"labels": np.zeros(11, np.uint8)},
        {"labels": np.zeros(12, np.float32)},
        {"more": np.zeros(1)},
    ],
    ids=["three columns", "nan", "pickle", "huge", "few labels", "wrong labels", "more"],
)
def test_a_wrong_latent_map_is_not_served(place, client, arrays):
    folder = make_run(place)
    write_latent(folder, **arrays)
    answer = client.get(f"/runs/{folder.name}/latent")
    assert answer.status_code == 404
    assert "map" in answer.json()["error"]
    assert news(client, folder)["latent_step"] is None


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + b"\0" * 50, b"x" * 500])
def test_a_damaged_latent_map_is_not_served(place, client, data):
    folder = make_run(place)
    (folder / "latent.npz").write_bytes(data)
    assert client.get(f"/runs/{folder.name}/latent").status_code == 404


def test_samples_are_served(place, client):
    folder = make_run(place)
    answer = client.get(f"/runs/{folder.name}/samples/epoch-0001.png")
    assert answer.headers["content-type"] == "image/png"
    assert "max-age" in answer.headers["cache-control"]
    assert answer.content == (folder / "samples" / "epoch-0001.png").read_bytes()


HOSTILE = [
    "%2e%2e", "..%2f..%2frun.json", "..%2frun.json", "%2fetc%2fpasswd", "..%5c..%5crun.json",
    "epoch-0001.png%00", "epoch-0001.PNG", "epoch-1.png", "epoch-0001.png%0a", "run.json", "*",
    "epoch-٠٠٠١.png", ".%2fepoch-0001.png", "epoch-0001.png%2f..%2f..%2frun.json", "epoch-9999.png",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_but_samples_is_served(place, client, name):
    folder = make_run(place)
    answer = client.get(f"/runs/{folder.name}/samples/{name}")
    assert answer.status_code == 404
    assert b"format" not in answer.content
    assert b"root:" not in answer.content


def test_links_out_of_a_run_are_not_followed(place, client, tmp_path):
    folder = make_run(place)
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    os.symlink(secret, folder / "samples" / "epoch-0007.png")
    assert client.get(f"/runs/{folder.name}/samples/epoch-0007.png").status_code == 404
    assert "epoch-0007.png" not in news(client, folder)["samples"]
    other = make_run(place, 1)
    shutil.rmtree(other / "samples")
    (tmp_path / "epoch-0001.png").write_bytes(b"secret")
    os.symlink(tmp_path, other / "samples")
    assert client.get(f"/runs/{other.name}/samples/epoch-0001.png").status_code == 404
    os.symlink(folder, place / "runs" / folder.name.replace("2026", "2025"))
    assert len(client.get("/runs").json()["runs"]) == 2


IDS = [
    "nothing",
    "..",
    "%2e%2e",
    "..%2f..",
    "%2fetc",
    "a%00b",
    ".lock",
    "x" * 5000,
    "%0a",
    "*",
    " ",
]


@pytest.mark.parametrize("run_id", IDS)
def test_unknown_and_hostile_ids_lead_nowhere(place, client, run_id):
    make_run(place)
    for path in ("/news", "/latent", "/samples/epoch-0001.png"):
        assert client.get(f"/runs/{run_id}{path}").status_code == 404
    answer = client.get(f"/runs/curves?ids={run_id}")
    assert unpack(answer.content) == {}


def test_a_part_of_an_id_is_no_address(place, client):
    folder = make_run(place)
    for part in (folder.name[-6:], folder.name[:15], folder.name.upper()):
        answer = client.get(f"/runs/{part}")
        assert answer.status_code == 404
        assert part in answer.json()["error"]


@pytest.mark.parametrize("query", ["metrics=-1", "log=x", "metrics=1e3", f"metrics={2**60}"])
def test_offsets_that_are_none_are_refused(place, client, query):
    folder = make_run(place)
    assert client.get(f"/runs/{folder.name}/news?{query}").status_code == 422


def test_fifty_long_runs_come_whole(place, client):
    folders = [make_run(place, k, epochs=2000 if k else 5000) for k in range(50)]
    assert len(client.get("/runs").json()["runs"]) == 50
    curves = curves_of(client, *folders)
    assert list(curves) == [folder.name for folder in folders]
    for k, folder in enumerate(folders[1:], 1):
        curve = curves[folder.name]
        assert curve["epoch"].tolist() == list(range(1, 2001))
        assert curve["step"][-1] == 16_000
        assert curve["seconds"] == pytest.approx(EPOCH_S * np.arange(1, 2001), rel=1e-5)
        last = epoch_line(2000, 150.0 + k)["validation"]
        for part in ("total", "reconstruction", "kl"):
            assert curve[f"validation.{part}"][-1] == pytest.approx(last[part], rel=1e-6)
    thin = curves[folders[0].name]["epoch"]
    assert (len(thin), thin[0], thin[-1]) == (2000, 1, 5000)


def test_a_pause_does_not_count_as_training(place, client):
    folder = make_run(place)
    lines = [epoch_line(e) for e in range(1, 21)]
    for line in lines[10:]:
        line["time"] += 86_400
    write_metrics(folder, lines)
    seconds = curves_of(client, folder)[folder.name]["seconds"]
    assert seconds == pytest.approx(EPOCH_S * np.arange(1, 21))


def test_too_many_runs_are_refused(client):
    answer = client.get("/runs/curves?ids=" + ",".join(map(str, range(300))))
    assert answer.status_code == 422
    assert "200" in answer.json()["error"]


def test_details_of_several_runs_come_at_once(place, client):
    folders = [make_run(place, k) for k in range(3)]
    ids = ",".join([folders[2].name, "gone", folders[0].name, folders[2].name])
    runs = client.get(f"/runs/details?ids={ids}").json()["runs"]
    assert [run["id"] for run in runs] == [folders[2].name, folders[0].name]
    assert runs[0] == client.get(f"/runs/{folders[2].name}").json()
