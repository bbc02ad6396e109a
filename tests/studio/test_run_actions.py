"""Stopping, resuming, keeping and deleting over HTTP."""

import pytest
from fastapi.testclient import TestClient

from models.recipes import get_recipe
from models.runs import Runs
from models.runs.queue import Queue
from studio.app import Settings, create_app


@pytest.fixture
def runs(tmp_path):
    return Runs(tmp_path)


@pytest.fixture
def client(tmp_path, monkeypatch):
    # Nothing is to be trained here.
    monkeypatch.setattr(Queue, "start", lambda queue: None)
    app = create_app(Settings(workspace=tmp_path, pretrained=tmp_path / "none"))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def run(runs):
    return runs.create(get_recipe("navigator-digits"), queued=True)


def test_a_waiting_run_is_stopped_resumed_and_deleted(client, runs, run):
    assert client.post(f"/runs/{run.id}/stop").json() == {"id": run.id, "state": "stopped"}
    assert client.post(f"/runs/{run.id}/resume").json()["state"] == "queued"
    assert client.post(f"/runs/{run.id}/stop").json()["state"] == "stopped"
    assert client.post(f"/runs/{run.id}/delete").json()["state"] == "deleted"
    assert runs.list() == []


def test_what_cannot_be_done_is_said_in_a_sentence(client, run):
    client.post(f"/runs/{run.id}/stop")
    for action, word in (("stop", "nothing to stop"), ("keep", "nothing yet")):
        answer = client.post(f"/runs/{run.id}/{action}")
        assert answer.status_code == 422
        assert word in answer.json()["error"]


def test_a_run_that_works_is_not_deleted(client, runs, run):
    runs.claim(run)
    assert client.post(f"/runs/{run.id}/delete").status_code == 422
    assert run.folder.is_dir()


@pytest.mark.parametrize("run_id", ["nothing", "..", "%2e%2e", "a%2fb", "%00", "<b>"])
@pytest.mark.parametrize("action", ["stop", "resume", "keep", "delete"])
def test_no_address_leads_elsewhere(client, run, run_id, action):
    assert client.post(f"/runs/{run_id}/{action}").status_code in (404, 405, 422)
    assert run.folder.is_dir()


def test_another_site_may_not_act(client, run):
    answer = client.post(f"/runs/{run.id}/stop", headers={"origin": "http://evil.example"})
    assert answer.status_code == 403
    assert run.status().state == "queued"


def test_how_many_train_at_once_is_limited(client):
    assert client.post("/queue?at_once=3").json() == {"at_once": 3}
    assert client.get("/runs").json()["at_once"] == 3
    for wrong in ("0", "5", "many"):
        assert client.post(f"/queue?at_once={wrong}").status_code == 422
