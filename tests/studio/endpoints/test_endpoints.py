"""What a program gets from each function, and what it is told when it asks for nonsense."""

import base64
import io
import json

import httpx
import numpy as np
import pytest
from gradio_client.exceptions import AppError
from PIL import Image

from tests.labelers import NAME, until
from tests.studio.faces import SIZE, photo

FACE = [0.5] * SIZE
TABLE = {"table": "blobs", "model": "blobs-vae"}
RIGHT = {
    "checkpoints": {},
    "checkpoint": {"checkpoint": NAME},
    "decode": {"checkpoint": NAME, "codes": [[0, 0], [1, -1], [0.5, 2]]},
    "encode": {"checkpoint": "faces", "picture": base64.b64encode(photo()).decode()},
    "interpolate": {"checkpoint": NAME, "start": [0, 0], "end": [1, 1], "steps": 4},
    "map": {"checkpoint": NAME, "first": 10, "count": 20},
    "nearest": {"checkpoint": NAME, "code": [0, 0], "count": 3},
    "sample": {"checkpoint": NAME, "count": 2, "source": "gaussian", "label": 3},
    "places": {"checkpoint": "faces"},
    "flight": {"checkpoint": "faces", "kind": "straight", "end": FACE, "positions": 5},
    "attributes": {"checkpoint": "faces"},
    "random_face": {"checkpoint": "faces", "seed": 7},
    "edit_face": {"checkpoint": "faces", "code": FACE, "strengths": {"Smiling": 2, "Male": -1}},
    "morph": {"checkpoint": "faces", "codes": [FACE, [0.0] * SIZE], "steps": 3},
    "parts": {"checkpoint": NAME},
    "traverse": {"checkpoint": NAME, "of": ["z2"], "steps": 5},
    "tables": {},
    "table_models": {"table": "blobs"},
    "table_errors": TABLE,
    "table_samples": TABLE | {"count": 4},
    "table_anomalies": TABLE | {"normal": 0, "count": 5},
    "projects": {},
    "recipes": {"recipe": "iris"},
    "runs": {"count": 5},
}
"""Those that need a project or a run have tests of their own."""
WRONG = {
    "checkpoint": ({"checkpoint": "../teller"}, "../teller"),
    "decode": ({"checkpoint": NAME, "codes": [[1, 2, 3]]}, "is 2 numbers, and one of these has 3"),
    "encode": ({"checkpoint": NAME, "picture": "/etc/hostname"}, "as base64, not its name"),
    "interpolate": ({"checkpoint": NAME, "start": [0, 0], "end": [1, 1], "steps": 65}, "steps: "),
    "map": ({"checkpoint": "grey"}, "keeps none of the examples"),
    "nearest": ({"checkpoint": NAME, "code": [1e9, 0]}, "code.0: "),
    "sample": ({"checkpoint": NAME, "source": "prior", "label": 3}, "knows no classes"),
    "places": ({"checkpoint": NAME}, "at least 3 latent dimensions"),
    "flight": ({"checkpoint": "faces", "kind": "teleport"}, "kind: "),
    "attributes": ({"checkpoint": "flowers"}, "not pictures"),
    "random_face": ({"checkpoint": "faces", "truncation": -1}, "truncation: "),
    "edit_face": ({"checkpoint": "faces", "code": FACE, "strengths": {"Smilin": 1}}, "'Smilin'"),
    "morph": ({"checkpoint": "faces", "codes": [FACE]}, "at least two"),
    "parts": ({"checkpoint": "nobody"}, "nobody"),
    "traverse": ({"checkpoint": NAME, "of": ["z9"]}, "There is no 'z9'"),
    "table_models": ({"table": "../../etc"}, "There is no table"),
    "table_errors": ({"table": "blobs", "model": "flowers"}, "is no model of the table"),
    "table_samples": (TABLE | {"count": 10**6}, "count: "),
    "table_anomalies": (TABLE | {"method": "magic"}, "There is no method 'magic'"),
    "label_progress": ({"project": "../x"}, "no label project"),
    "label_next": ({"project": "nobody"}, "no label project"),
    "label": ({"project": "nobody", "rows": [1], "label": 0}, "no label project"),
    "recipes": ({"recipe": "nothing"}, "There is no recipe"),
    "train": ({"recipe": "iris", "settings": {"dataset": " folder:/etc"}}, "cannot name a folder"),
    "runs": ({"count": 0}, "count: "),
    "run": ({"run": "../../x"}, "There is no run"),
    "stop_run": ({"run": "x"}, "There is no run"),
}
CHANGING = {"label", "train", "stop_run"}
NO_ARGUMENTS = {"checkpoints", "tables", "projects"}


def pixels(picture):
    """Read a picture of an answer."""
    data = base64.b64decode(picture.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)))


def test_nothing_but_the_named_functions_is_offered(offered):
    names = {name.removeprefix("/") for name in offered["named_endpoints"]}
    in_projects = {"label_progress", "label_next", "label", "train", "run", "stop_run"}
    assert names == RIGHT.keys() | in_projects
    assert names == WRONG.keys() | NO_ARGUMENTS
    assert offered["unnamed_endpoints"] == {}


@pytest.mark.parametrize("name", RIGHT)
def test_each_answers(call, name):
    assert call(name, **RIGHT[name])


@pytest.mark.parametrize("name", WRONG)
def test_each_refuses_nonsense_in_a_sentence(call, place, name):
    arguments, words = WRONG[name]
    with pytest.raises(AppError) as refused:
        call(name, **arguments)
    told = str(refused.value)
    assert words in told
    assert told.endswith(".")
    assert str(place) not in told


def test_checkpoints_come_with_their_figures(call):
    listed = {entry["name"]: entry for entry in call("checkpoints")["checkpoints"]}
    assert listed["faces"]["metrics"]["ssim"] == pytest.approx(0.7)
    assert listed[NAME]["shape"] == [1, 28, 28]
    told = call("checkpoint", checkpoint=NAME)
    assert told["about"]["config"]["model"]["latent_dim"] == 2
    assert told["facts"]["state"] == "intact"


def test_codes_become_pictures(call):
    drawn = call("decode", **RIGHT["decode"])["pictures"]
    assert [pixels(picture).shape for picture in drawn] == [(28, 28)] * 3
    [sheet] = call("decode", **RIGHT["decode"], sheet=True)["pictures"]
    # Two columns and two rows, enlarged alike.
    assert pixels(sheet).shape == (504, 504)
    assert (pixels(sheet)[:252:9, :252:9] == pixels(drawn[0])).all()


def test_a_picture_goes_there_and_back(call):
    found = call("encode", **RIGHT["encode"])
    assert len(found["mean"]) == len(found["sigma"]) == SIZE
    assert pixels(found["picture"]).shape == (64, 64, 3)
    [again] = call("decode", checkpoint="faces", codes=[found["mean"]])["pictures"]
    assert again == found["reconstruction"]
    marked = "data:image/png;base64," + RIGHT["encode"]["picture"]
    assert call("encode", checkpoint="faces", picture=marked) == found


def test_samples_are_those_that_the_tab_draws(call, address):
    found = call("sample", checkpoint=NAME, count=3, seed=5)
    noise = httpx.get(f"{address}/sampling/-/normals", params={"seed": 5, "columns": 2}).content
    assert np.allclose(found["codes"], np.frombuffer(noise, "<f4").reshape(64, 2)[:3])
    assert call("sample", checkpoint=NAME, count=1, seed=5)["codes"] == found["codes"][:1]


def test_the_map_comes_in_parts(call):
    found = call("map", **RIGHT["map"])
    assert found["total"] == 60
    assert len(found["codes"]) == len(found["labels"]) == 20
    whole = call("map", checkpoint=NAME)
    assert whole["codes"][10:30] == found["codes"]
    near = call("nearest", checkpoint=NAME, code=whole["codes"][4], count=2)
    assert near["examples"][0]["row"] == 4
    assert near["examples"][0]["label"] == whole["labels"][4]


def test_a_path_has_both_its_ends(call):
    found = call("interpolate", **RIGHT["interpolate"])
    assert found["codes"][0] == [0, 0]
    assert found["codes"][-1] == [1, 1]
    assert len(found["pictures"]) == 4
    flown = call("flight", **RIGHT["flight"])
    first = call("places", checkpoint="faces")["places"][0]["code"]
    assert np.allclose(flown["codes"][0], first, atol=1e-4)
    assert np.allclose(flown["codes"][-1], FACE, atol=1e-4)
    assert len(flown["codes"]) == 5
    tour = call("flight", checkpoint="faces", kind="tour", start=FACE, via=[FACE, first], seed=1)
    assert np.allclose(tour["codes"][0], FACE, atol=1e-4)


def test_faces_are_edited_as_the_tab_edits_them(call, address):
    answer = httpx.get(f"{address}/faces/faces/steps").content
    listed = [one["name"] for one in call("attributes", checkpoint="faces")["attributes"]]
    steps = dict(zip(listed, np.frombuffer(answer, "<f4").reshape(-1, SIZE), strict=True))
    edited = call("edit_face", **RIGHT["edit_face"])
    assert np.allclose(edited["code"], FACE + 2 * steps["Smiling"] - steps["Male"], atol=1e-5)
    assert pixels(edited["picture"]).shape == (64, 64, 3)
    mean = call("random_face", checkpoint="faces", seed=7, truncation=0)["code"]
    assert np.allclose(mean, call("attributes", checkpoint="faces")["mean"])


def test_a_traversal_has_a_row_for_each_part(call):
    found = call("traverse", checkpoint=NAME, of=["z2", "z1"], steps=5, code=[0, 0])
    assert [row["part"] for row in found["rows"]] == ["z2", "z1"]
    assert [len(row["pictures"]) for row in found["rows"]] == [5, 5]
    # Both rows go through the same code.
    assert found["rows"][0]["pictures"][2] == found["rows"][1]["pictures"][2]
    titled = call("traverse", checkpoint=NAME, steps=5, sheet=True)
    assert pixels(titled["picture"]).shape[1] > 5 * 28


def test_anomalies_are_ranked(call):
    found = call("table_anomalies", **RIGHT["table_anomalies"])
    scores = [row["error"] for row in found["rows"]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 5
    assert {"lof", "pca"} <= {method["key"] for method in found["methods"]}
    columns = call("table_errors", **TABLE)["columns"]
    assert [column["name"] for column in columns] == ["a", "b", "c"]


def test_a_program_labels_what_it_is_asked(call):
    [project] = call("projects")["projects"]
    until(lambda: call("label_progress", project=project["id"])["ready"]["map"] == 1)
    asked = call("label_next", project=project["id"], count=3)["samples"]
    assert all(pixels(sample["picture"]).shape == (28, 28) for sample in asked)
    rows = [sample["row"] for sample in asked]
    done = call("label", project=project["id"], rows=rows, label=4, key="once")
    assert done["labelled"] == 3
    assert call("label", project=project["id"], rows=rows, label=4, key="once") == done
    assert call("label_progress", project=project["id"])["counts"][4] == 3
    assert call("label", project=project["id"], rows=rows, label=None)["labelled"] == 0
    with pytest.raises(AppError, match="class"):
        call("label", project=project["id"], rows=rows, label=11)


def test_a_program_trains_and_stops(call, place):
    settings = {"epochs": 20_000, "network.dropout": 0.1}
    begun = call("train", recipe="iris", name="from-a-program", settings=settings)
    assert begun["id"] in [run["id"] for run in call("runs")["runs"]]
    told = call("run", run=begun["id"])
    assert told["overrides"] == settings
    assert str(place) not in json.dumps(told)
    # The other one waits behind it.
    waiting = call("train", recipe="iris")
    assert waiting["name"] != begun["name"]
    assert call("stop_run", run=waiting["id"])["state"] == "stopped"
    with pytest.raises(AppError, match="nothing to stop"):
        call("stop_run", run=waiting["id"])
    assert call("stop_run", run=begun["id"])["state"] in ("stopping", "stopped")


def test_over_plain_http(address):
    asked = {"data": [NAME, [[0, 0]], False]}
    answer = httpx.post(f"{address}/gradio_api/run/decode", json=asked)
    [found] = answer.json()["data"]
    assert pixels(found["pictures"][0]).shape == (28, 28)
    refused = httpx.post(
        f"{address}/gradio_api/run/decode", json=asked, headers={"Origin": "http://example.org"}
    )
    assert refused.status_code == 403


def test_the_tabs_pages_do_not_carry_the_functions(address):
    page = httpx.get(f"{address}/config", params={"page": ""}).json()
    assert not [part for part in page["components"] if part["type"] == "api"]
    # Nor does Gradio put a line of links to two pages above the tabs.
    assert [name for name, *_ in page["pages"]] == [""]
    assert httpx.get(f"{address}/programs").status_code == 200
