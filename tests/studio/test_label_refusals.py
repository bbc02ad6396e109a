"""What the labeler refuses: what is out of range, what is no JSON, what is not there."""

import errno

import pytest

from models.checkpoint import CheckpointConfig
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.registry import Registry
from models.training.config import TrainingConfig
from models.vae import VAE, VAEConfig
from tests.labelers import ROWS
from tests.studio.label_pages import Page, opened, refusal

STEP = {"key": "k:1", "samples": [0], "label": 1}


@pytest.fixture(scope="module")
def page(labeler):
    return Page.new(labeler, checkpoint="blank")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"samples": [ROWS]}, "1540"),
        ({"samples": [-1]}, "-1"),
        ({"samples": []}, "samples"),
        ({"samples": [1.5]}, "samples"),
        ({"samples": [True]}, "samples"),
        ({"samples": "0"}, "samples"),
        ({"label": 10}, "10"),
        ({"label": -1}, "-1"),
        ({"label": "1"}, "label"),
        ({"source": "import"}, "source"),
        ({"key": ""}, "key"),
        ({"key": "k" * 121}, "key"),
        ({"key": None}, "key"),
        ({"more": 1}, "more"),
    ],
)
def test_a_step_that_cannot_be(page, change, said):
    assert said in refusal(page.post("steps", STEP | change))
    assert page.state()["labelled"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"1" * 5000, b"[" * 9000])
@pytest.mark.parametrize("path", ["steps", "undo", "redo", "rounds", "export/checkpoint"])
def test_what_is_no_request(page, path, body):
    assert refusal(page.post(path, body))


def test_a_body_beyond_all_measure_is_not_read(page):
    assert "too much" in refusal(page.post("steps", b" " * 2_000_001))
    assert "10 MB" in refusal(page.post("import", b"0,1\n" * 2_600_000))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("sample/1540", {}),
        ("sample/-1", {}),
        ("sample/x", {}),
        ("pictures", {"rows": "0,1540"}),
        ("pictures", {"rows": "a"}),
        ("pictures", {"rows": ""}),
        ("pictures", {"rows": ",".join("0" * 65)}),
        ("pictures", {"rows": "9" * 30}),
        ("colour/other", {}),
        ("queue", {"how": "<script>"}),
        ("queue", {"count": 0}),
        ("queue", {"count": 257}),
        ("queue", {"seed": 2**53}),
        ("export/project.json", {}),
    ],
)
def test_what_cannot_be_shown(page, path, query):
    page.ready()
    assert refusal(page.get(path, **query))


@pytest.mark.parametrize("epochs", [0, -1, 501, "5", 1.5, None])
def test_a_round_of_no_sensible_length(page, epochs):
    assert "epochs" in refusal(page.post("rounds", {"epochs": epochs}))


@pytest.mark.parametrize("project", ["x", "0" * 12, "%2e%2e", "..%2f..%2fruns", "a%00b", "A" * 300])
@pytest.mark.parametrize("path", ["", "/state", "/points", "/export/labels.csv"])
def test_a_project_that_is_not_there(labeler, project, path):
    answer = labeler.get(f"/labels/{project}{path}")
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text
    assert labeler.post(f"/labels/{project}/steps", json=STEP).status_code in (404, 405, 422)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "n" * 61, "\u202e"])
def test_a_name_that_is_none(labeler, page, name):
    assert "name" in refusal(labeler.post("/labels", json={"name": name, "dataset": "digits"}))
    assert "name" in refusal(labeler.patch(f"/labels/{page.id}", json={"name": name}))


def test_what_no_project_can_begin_with(label_place, labeler):
    make_faceless(label_place)

    def begin(**changes):
        body = {"name": "new", "dataset": "digits", "checkpoint": "blank"} | changes
        return labeler.post("/labels", json=body)

    assert "data set" in refusal(begin(dataset="../../etc"))
    assert refusal(begin(checkpoint="../../etc"), 404)
    assert refusal(begin(checkpoint="gone"), 404)
    assert "the model takes" in refusal(begin(checkpoint="faces"))
    assert "new" not in [p["name"] for p in labeler.get("/labels").json()["projects"]]


def make_faceless(workspace):
    """Save a model of coloured pictures."""
    model = VAE(VAEConfig(shape=(3, 28, 28), network=NetworkConfig(encoder_hidden=(4,))))
    config = CheckpointConfig(
        recipe="faces", model=model.config, data=DataConfig(), training=TrainingConfig()
    )
    Registry(workspace, pretrained=workspace / "none").save("faces", config, model)


def test_any_text_is_a_name_and_stays_text(labeler):
    name = "<script>alert(1)</script> =1+1 ../x"
    page = Page.new(labeler, name, checkpoint="blank")
    assert page.get().json()["name"] == name
    assert "called" in page.client.patch(f"/labels/{page.id}", json={"name": "called"}).text
    again = labeler.post("/labels", json={"name": "CALLED", "dataset": "digits"})
    assert "called" in refusal(again).lower()


def test_a_project_goes_only_by_its_name(labeler):
    page = Page.new(labeler, "to go", checkpoint="blank")
    page.label([1], 1)
    wrong = labeler.request("DELETE", f"/labels/{page.id}", json={"name": "to"})
    assert "to go" in refusal(wrong)
    assert page.state()["labelled"] == 1
    assert (
        labeler.request("DELETE", f"/labels/{page.id}", json={"name": "to go"}).status_code == 200
    )
    assert refusal(page.get("state"), 404)
    assert refusal(page.post("steps", STEP), 404)


def test_nothing_is_said_to_be_kept_in_a_folder_that_is_gone(label_place, labeler):
    page = Page.new(labeler, checkpoint="blank")
    page.label([1], 1)
    # Moved and not removed: its desk may be writing there, and a removal meets the new file.
    (label_place / "labels" / page.id).rename(label_place / "bin")
    assert refusal(page.post("steps", STEP | {"key": "later:1"}), 404)


def test_labels_of_other_data_are_not_touched(label_place):
    # In a studio that is closed again: one that has the project open would go on trying.
    with opened(label_place) as before:
        page = Page.new(before, checkpoint="blank")
    file = label_place / "labels" / page.id / "labels.sqlite"
    file.write_bytes(b"no database")
    with opened(label_place) as anew:
        assert "labels.sqlite" in refusal(Page(anew, page.id).get("state"))
    assert file.read_bytes() == b"no database"


def test_a_full_disk_is_named(labeler, page, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    for writer in ("labels.projects.write_file", "labels.projects.write_folder"):
        monkeypatch.setattr(f"models.{writer}", full)
    renamed = labeler.patch(f"/labels/{page.id}", json={"name": "new name"})
    begun = labeler.post("/labels", json={"name": "more", "dataset": "digits"})
    monkeypatch.setattr("models.runs.index.write_folder", full)
    for answer in (renamed, begun, page.post("rounds", {"epochs": 1})):
        assert "disk is full" in refusal(answer, 507)
    assert "more" not in [p["name"] for p in labeler.get("/labels").json()["projects"]]
