"""What the labeler asks over HTTP: maps, colours, samples, labels, queues."""

import base64
import io
import zipfile

import numpy as np
import pytest

from models.data import load
from tests.labelers import ROWS, some_of_each, until
from tests.studio.label_pages import Page, opened, refusal


@pytest.fixture(scope="module")
def digits():
    return load("digits", validation=0).train


def test_a_project_is_described(page):
    about = page.get().json()
    assert (about["rows"], about["shape"]) == (ROWS, [1, 28, 28])
    assert about["classes"] == about["keys"] == list("0123456789")
    assert about["has_truth"] is True
    assert (about["dataset"], about["checkpoint"], about["latent_dim"]) == ("digits", "blank", 2)
    assert {"coverage", "entropy", "margin", "bald", "k-centre", "medoids", "random"} == {
        queue["name"] for queue in about["queues"]
    }
    assert "1,540" in about["sentence"]


def test_every_picture_comes_to_lie_on_the_map(page):
    page.ready()
    assert page.points().shape == (ROWS, 2)
    assert np.isfinite(page.points()).all()
    version = page.get("points").headers["etag"]
    assert version == f'"{page.state()["versions"]["points"]}"'


def test_colours_are_a_byte_a_sample(page, digits):
    page.ready()
    assert (page.colour("true") == digits.labels.numpy()).all()
    assert (page.colour("mine") == 255).all()
    assert (page.colour("predicted") == 255).all(), "nobody has told it anything"
    assert (page.colour("certainty") == 0).all()
    page.label([3, 5], 7)
    assert page.colour("mine").nonzero()[0].tolist() == list(range(ROWS))
    assert (page.colour("mine") == 7).nonzero()[0].tolist() == [3, 5]


def test_labels_are_told_on(page, digits):
    page.ready()
    for label, rows in some_of_each(digits.labels.numpy(), 5).items():
        page.label(rows, label)
    until(lambda: page.state()["told"] == "propagated")
    until(lambda: page.state()["growth"] and page.state()["growth"][-1]["labelled"] == 50)
    state = page.state()
    assert state["accuracy"]["how"] == "propagated"
    assert state["accuracy"]["value"] > 0.3
    told = page.colour("predicted")
    assert (
        told[page.colour("mine") < 255] == digits.labels.numpy()[page.colour("mine") < 255]
    ).all()
    assert page.colour("certainty").max() == 254
    sample = page.get("sample/3").json()
    assert sample["predicted"] == told[3]
    assert sample["certainty"] == pytest.approx(max(sample["probabilities"]), abs=1e-4)


def test_a_classifier_tells_until_there_are_as_many_labels(labeler):
    page = Page.new(labeler)
    assert page.ready()["told"] == "classifier"
    assert (page.colour("predicted") < 10).all()
    before = page.state()["versions"]["predictions"]
    page.label(list(range(19)), 1)
    until(lambda: page.state()["versions"]["predictions"] > before)
    assert page.state()["told"] == "classifier"
    page.label([19], 2)
    until(lambda: page.state()["told"] == "propagated")


def test_a_sample_is_shown(page, digits):
    page.ready()
    page.label([11], 4, source="queue")
    sample = page.get("sample/11").json()
    assert sample["shape"] == [28, 28, 1]
    assert base64.b64decode(sample["picture"]) == digits.images[11].numpy().tobytes()
    assert len(base64.b64decode(sample["reconstruction"])) == 28 * 28
    assert (sample["mine"], sample["source"]) == (4, "queue")
    assert sample["true"] == digits.labels[11]
    assert len(sample["code"]) == 2
    assert len(sample["probabilities"]) == 10
    assert sample["time"].endswith("+00:00")
    assert page.get("sample/12").json()["mine"] is None


def test_pictures_of_some_samples(page, digits):
    data = page.get("pictures", rows="7,0,1539").content
    assert data[:4] == b"\x03\0\0\0"
    assert data[4:] == digits.images[[7, 0, 1539]].numpy().tobytes()


def test_a_step_counts_and_a_repeated_one_does_not(page):
    body = {"key": page.key(), "samples": [1, 2, 9], "label": 3, "source": "lasso"}
    first = page.post("steps", body).json()
    assert first["counts"] == [0, 0, 0, 3, 0, 0, 0, 0, 0, 0]
    assert (first["labelled"], first["undo"], first["redo"]) == (3, True, False)
    assert (first["samples"], first["labels"]) == ([1, 2, 9], [3, 3, 3])
    assert page.post("steps", body).json()["step"] == first["step"]
    assert page.state()["labelled"] == 3
    assert page.state()["versions"]["labels"] == first["step"]


def test_undo_and_redo_say_what_changed(page):
    page.label([1, 2, 9], 3, source="lasso")
    page.label([2], 5)
    page.label([1], None)
    assert page.turn("undo") | {"versions": 0, "step": 0} == {
        **{"samples": [1], "labels": [3], "labelled": 3, "undo": True, "redo": True},
        **{"counts": [0, 0, 0, 2, 0, 1, 0, 0, 0, 0], "versions": 0, "step": 0},
    }
    assert page.turn("undo")["labels"] == [3]
    whole = page.turn("undo")
    assert (whole["samples"], whole["labels"]) == ([1, 2, 9], [None] * 3)
    assert (whole["undo"], whole["labelled"]) == (False, 0)
    assert page.turn("undo")["samples"] == [], "there is nothing left to undo"
    assert page.turn("redo")["labelled"] == 3


def test_undo_goes_on_after_a_restart(label_place, labeler):
    page = Page.new(labeler, checkpoint="blank")
    page.label([4], 1)
    page.label([5], 2)
    page.turn("undo")
    with opened(label_place) as anew:
        again = Page(anew, page.id)
        assert again.state()["labelled"] == 1
        assert again.turn("redo")["samples"] == [5]
        assert again.turn("undo")["samples"] == [5]
        assert again.turn("undo")["samples"] == [4]
    assert page.state()["labelled"] == 0, "both look at the same file"


@pytest.mark.parametrize("how", ["coverage", "entropy", "margin", "k-centre", "medoids", "random"])
def test_a_queue_asks_for_what_has_no_label(page, how):
    page.ready()
    page.label(list(range(0, ROWS, 2)), 0)
    until(lambda: page.state()["told"] == "propagated")
    found = page.get("queue", how=how, count=7).json()
    assert len(set(found["rows"])) == len(found["scores"]) == 7
    assert all(row % 2 for row in found["rows"])
    assert page.get("queue", how=how, count=7).json() == found, "the same seed, the same queue"


def test_bald_needs_a_classifier(labeler, page):
    page.ready()
    answer = page.get("queue", how="bald")
    found = answer.json()
    assert (answer.status_code, found["rows"], found["scores"]) == (200, [], [])
    assert "label some pictures and train more epochs" in found["sentence"]
    known = Page.new(labeler)
    known.ready()
    assert len(known.get("queue", how="bald", count=5).json()["rows"]) == 5


def test_nothing_is_left_to_label(page):
    page.ready()
    page.label(list(range(ROWS)), 0)
    found = page.get("queue").json()
    assert found["rows"] == []
    assert "has a label" in found["sentence"]


def test_a_wrong_label_is_suspicious(page, digits):
    page.ready()
    for label, rows in some_of_each(digits.labels.numpy(), 20).items():
        page.label(rows, label)
    wrong = (digits.labels == 0).nonzero()[30].item()
    page.label([wrong], 1)
    found = page.get("suspicious").json()
    assert wrong in found["rows"]
    at = found["rows"].index(wrong)
    assert found["given"][at] == 1
    assert 0 < found["scores"][at] <= 1
    assert found["predicted"][at] == 0, "as the other labels have it, whatever the model says"


def test_labels_come_from_a_file_as_one_step(page):
    page.label([0, 1], 5)
    text = b"\xef\xbb\xbfSerial;label\r\n0;5\r\n1;6\r\n2;7\r\n3;\r\n"
    found = page.post("import", text, preview=1).json()
    assert found == {"added": 1, "changed": 1, "same": 2, "removed": 0, "problems": []}
    assert page.state()["labelled"] == 2, "a preview changes nothing"
    key = page.key()
    assert page.post("import", text, key=key).json()["labelled"] == 3
    assert page.post("import", text, key=key).json()["labelled"] == 3
    assert page.get("export/labels.csv").text.split() == ["Serial,label", "0,5", "1,6", "2,7"]
    assert page.turn("undo")["labelled"] == 2


def test_a_file_with_faults_is_not_taken(page):
    text = b"Serial,label\n0,5\n0,6\n9999,1\n4,eleven\n"
    found = page.post("import", text, preview=1).json()
    assert ["line 3" in found["problems"][0], len(found["problems"])] == [True, 3]
    assert "line 3" in refusal(page.post("import", text))
    assert page.state()["labelled"] == 0


def test_taking_out_and_in_comes_to_the_same(page):
    page.label([1, 5], 2)
    page.label([8], 9)
    data = page.get("export/labels.csv")
    assert "labels.csv" in data.headers["content-disposition"]
    page.label([1, 5, 8], None)
    page.post("import", data.content)
    assert page.get("export/labels.csv").content == data.content


def test_several_projects_lie_side_by_side(labeler):
    pages = [Page.new(labeler, checkpoint="blank") for _ in range(5)]
    for number, page in enumerate(pages):
        page.label(list(range(number + 1)), number)
    assert [page.state()["labelled"] for page in pages] == [1, 2, 3, 4, 5]


def test_codes_and_classes_of_every_picture_are_taken_out(page, digits):
    page.ready()
    page.label([3], 7)
    answer = page.get("export/latent.npz")
    assert "latent.npz" in answer.headers["content-disposition"]
    with np.load(io.BytesIO(answer.content), allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    assert (found["input"] == digits.images.numpy()).all()
    assert (found["labels"] == digits.labels.numpy()).all()
    assert found["latent"].shape == found["tsne"].shape == (ROWS, 2)
    assert found["reconstructed"].shape == found["input"].shape
    assert found["given"][3] == 7
    assert {"pred_classes", "pred_certainty", "rows"} < set(found)


def test_figures_are_taken_out(labeler):
    page = Page.new(labeler, "Figures & <more>")
    page.ready()
    with zipfile.ZipFile(io.BytesIO(page.get("export/figures.zip").content)) as archive:
        names = archive.namelist()
        assert all(archive.read(name).startswith(b"\x89PNG") for name in names)
    assert {"map.png", "reconstructions.png", "certainty.png", "predictions.png"} == set(names)


def test_one_can_begin_with_the_labels_of_a_checkpoint(labeler):
    page = Page.new(labeler, labels=True)
    assert page.state()["labelled"] == 20
    assert page.get("sample/0").json()["source"] == "import"
    assert page.turn("undo")["labelled"] == 0
    begun = {c["name"]: c["given"] for c in labeler.get("/labels").json()["checkpoints"]}
    assert begun == {"teller": 20, "blank": 0} | begun


def test_the_example_is_made_once(labeler):
    first = labeler.post("/labels/example").json()
    assert first == labeler.post("/labels/example").json()
    assert first["id"] in [p["id"] for p in labeler.get("/labels").json()["projects"]]
