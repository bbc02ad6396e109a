"""A disk that is full: what was there stays, what was acknowledged is kept, and it is said."""

import contextlib
import sqlite3
import tempfile
import zipfile

import pytest
from fastapi.testclient import TestClient

from models.checkpoint import CheckpointError
from models.labels import LabelStore
from models.labels.errors import NotKept
from models.labels.projects import Projects
from models.registry import Registry
from models.runs import Runs
from studio.app import Settings, create_app
from tests.labelers import make_teller
from tests.models.registries import tree
from tests.reliability.effort import figure
from tests.small import small_recipe
from tests.studio.tables import blobs_csv

FULL = r"[Nn]o space left|disk is full|is full"


def fill(folder):
    """Leave no byte on a disk; return the file that takes it all."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(b"\0")
    return filler


def leftovers(folder):
    return [path.name for path in folder.rglob("*") if path.name.endswith(".tmp")]


def save_copies(registry, opened):
    """Save one after another until there is no room."""
    for number in range(1000):
        registry.save(f"copy-{number}", opened.config, opened.model, opened.atlas)


def test_a_checkpoint_that_does_not_fit(small_disk, trained):
    small = Registry(trained, pretrained=trained / "none").open("tiny")
    kept = Registry(small_disk, pretrained=small_disk / "none")
    with pytest.raises((OSError, CheckpointError), match=FULL):
        save_copies(kept, small)
    names = [entry.name for entry in kept.entries()]
    assert names
    for name in names:
        kept.verify(name)
        kept.open(name)
    assert not leftovers(small_disk)
    kept.remove(names[0])
    kept.save("again", small.config, small.model, small.atlas)
    kept.verify("again")
    figure(3, "checkpoints that a full disk left whole", len(names))


def test_labels_up_to_the_last_that_fits(small_disk):
    path = small_disk / "labels.sqlite"
    with LabelStore(path, 200, 10) as store:
        store.label([0], 1, key="first")
        filler = fill(small_disk)
        kept, why = 1, ""
        while not why:
            assert kept < 100_000
            try:
                store.label([kept % 200], kept % 10, key=str(kept))
                kept += 1
            except NotKept as error:
                why = str(error)
        assert "full" in why
        assert len(store.history()) == kept
        filler.unlink()
        store.label([5], 3, key=str(kept))
        assert len(store.history()) == kept + 1
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    figure(3, "labels acknowledged before a disk was full, and kept", kept)


def test_a_training_that_cannot_even_begin(small_disk):
    runs = Runs(small_disk, pretrained=small_disk / "none")
    first = runs.create(small_recipe(), name="first", queued=True)
    filler = fill(small_disk)
    with pytest.raises(OSError, match=FULL):
        runs.create(small_recipe(), name="second", queued=True)
    assert [run.id for run in runs.list()] == [first.id]
    assert not leftovers(small_disk)
    filler.unlink()
    runs.create(small_recipe(), name="second", queued=True)


@pytest.fixture
def studio(small_disk, trained, monkeypatch):
    """A studio whose workspace and uploads are on a small disk, and which has a little already."""
    work = small_disk / "work"
    make_teller(work)
    registry = Registry(work, pretrained=trained / "checkpoints")
    Projects(work, registry).create("Mine", "digits", "teller")
    monkeypatch.setattr("tempfile.tempdir", str(small_disk))
    settings = Settings(workspace=work, pretrained=trained / "checkpoints", only="runs")
    with TestClient(create_app(settings), base_url="http://127.0.0.1:7860") as client:
        assert client.post("/tables?name=mine&label=kind", content=blobs_csv()).status_code == 200
        yield client, work


def requests(client, project, whole):
    """What pages ask for that has to be written, with a name for each."""
    step = {"key": "a:1", "samples": list(range(200)), "label": 3}
    new = {"name": "More", "dataset": "digits"}
    return {
        "a label": lambda: client.post(f"/labels/{project}/steps", json=step),
        "a project": lambda: client.post("/labels", json=new),
        "another name": lambda: client.patch(f"/labels/{project}", json={"name": "Renamed"}),
        "a round": lambda: client.post(f"/labels/{project}/rounds", json={"epochs": 1}),
        "a model of labels": lambda: client.post(
            f"/labels/{project}/export/checkpoint", json={"name": "learned"}
        ),
        "a table": lambda: client.post("/tables?name=new&label=kind", content=blobs_csv(400)),
        "a training": lambda: client.post("/tables/mine/train", json={"epochs": 1}),
        "an upload": lambda: client.post("/registry/import?file=x.zip", content=whole),
        "an export": lambda: client.post("/registry/teller/export?kind=zip"),
    }


def test_every_page_is_told_and_nothing_is_harmed(studio, small_disk):
    client, work = studio
    assert tempfile.gettempdir() == str(small_disk)
    [project] = [p["id"] for p in client.get("/labels").json()["projects"]]
    client.get(f"/labels/{project}/state")
    whole = client.get("/registry/teller/zip").content
    filler = fill(small_disk)
    before = {k: v for k, v in tree(work).items() if "labels.sqlite" not in k}
    told = {}
    for name, request in requests(client, project, whole).items():
        answer = request()
        told[name] = (answer.status_code, answer.text)
    refused = {name for name, (status, _) in told.items() if status != 200}
    # Those few bytes may still find a place in a file that is there.
    assert refused >= set(told) - {"a label"}, told
    for name in refused:
        status, text = told[name]
        assert status in (422, 503, 507), (name, status, text)
        assert "full" in text or "No space left" in text, (name, text)
    assert {k: v for k, v in tree(work).items() if k in before} == before
    assert not leftovers(work)
    export = client.get(f"/labels/{project}/export/labels.csv")
    assert export.status_code == 200, export.text
    labels = export.text.count("\n") - 1
    assert labels == (0 if "a label" in refused else 200)
    filler.unlink()
    again = requests(client, project, whole)
    for name in ("a label", "a table", "another name", "an upload"):
        answer = again[name]()
        assert answer.status_code == 200, (name, answer.text)
    figure(3, "kinds of requests refused in a sentence on a full disk", len(refused))


def test_a_download_needs_no_disk(studio, small_disk):
    client, _ = studio
    fill(small_disk)
    answer = client.get("/registry/teller/zip")
    assert answer.status_code == 200
    (small_disk / "filler").unlink()
    (small_disk / "x.zip").write_bytes(answer.content)
    assert zipfile.ZipFile(small_disk / "x.zip").testzip() is None
