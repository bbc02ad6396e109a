"""What the traversals ask over HTTP: descriptions, grids, codes of pictures, files to keep."""

import io

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image

from models.latent.traversals import class_line, discrete_by_continuous, line, plane
from models.preprocessing import to_unit
from studio.app import Settings, create_app
from tests.studio.samplers import pixels, refusal
from tests.studio.traversals import make_joint

Z = "0.5,-1,2,0,1,0,0,1,0"
PLACE = torch.tensor([float(v) for v in Z.split(",")])
WHOLE = {"z": Z, "of": "z1"}


@pytest.fixture(scope="module")
def joined(trained, tmp_path_factory):
    return make_joint(trained, tmp_path_factory.mktemp("joined"))


@pytest.fixture(scope="module")
def client(joined):
    app = create_app(Settings(workspace=joined.workspace, pretrained=joined.pretrained))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def get(client):
    return lambda path, **query: client.get(f"/traversals/{path}", params=query or None)


def decoded(joined, codes):
    with torch.inference_mode():
        images = joined.open("joint").model.decode(codes).mul(255).add(0.5).to(torch.uint8)
    return images.permute(0, 2, 3, 1).numpy().astype(int)


def alike(answer, expected):
    """Whether pictures came as expected; batches of other sizes may round the last bit."""
    assert answer.status_code == 200
    found = np.frombuffer(answer.content, np.uint8).reshape(expected.shape)
    return np.abs(found - expected).max() <= 1 and np.ptp(expected, axis=0).max() > 20


def test_the_description_names_parts_and_what_they_tell(get):
    about = get("joint").json()
    assert about["names"] == ["z1", "z2", "z3", "c1", "c2"]
    assert (about["continuous"], about["nats"], about["order"]) == (3, [0.5, 2, 1], [1, 2, 0])
    assert about["discrete"] == [
        {"classes": 4, "nats": 1.2, "means": [7, 1, None, 3]},
        {"classes": 2, "nats": 0.7, "means": [None, None]},
    ]
    assert about["start"] == about["centre"] == [0, 0, 0, 1, 0, 0, 0, 1, 0]
    assert (about["examples"], about["accuracy"]) == (20, 0.75)


def test_a_model_without_classes_begins_on_a_picture(get, joined):
    about, atlas = get("tiny").json(), joined.open("tiny").atlas
    assert (about["names"], about["discrete"], about["accuracy"]) == (["z1", "z2"], [], None)
    assert about["start"] == pytest.approx(atlas.codes[atlas.medoids[0]].tolist())
    assert all(nats > 0 for nats in about["nats"])
    bare = get("bare").json()
    assert (bare["nats"], bare["start"], bare["examples"]) == ([None, None], [0, 0], 0)


def test_rows_come_in_the_order_they_are_asked_for(get, joined):
    answer = get("joint/grid", z=Z, of="c1,z3", low=-1, high=2, steps=5)
    parts = joined.open("joint").model.parts
    codes = torch.cat([class_line(PLACE, parts, 0), line(PLACE, 2, -1, 2, 5)])
    assert alike(answer, decoded(joined, codes))
    assert answer.headers["x-places"] == "-1,-0.25,0.5,1.25,2"


def test_quantiles_are_closer_where_the_prior_is_dense(get):
    answer = get("joint/grid", z=Z, of="z1", low=-2, high=2, steps=5, spacing="quantiles")
    places = [float(v) for v in answer.headers["x-places"].split(",")]
    assert places == pytest.approx([-2, -0.6397, 0, 0.6397, 2], abs=1e-3)


def test_a_plane_and_classes_are_grids_of_two_parts(get, joined):
    parts = joined.open("joint").model.parts
    ends = {"low": -2, "high": 2, "steps": 4}
    answer = get("joint/grid", z=Z, of="z3,z1", view="plane", **ends)
    assert alike(answer, decoded(joined, plane(PLACE, 2, 0, -2, 2, 4)))
    answer = get("joint/grid", z=Z, of="c2,z1", view="classes", **ends)
    codes = discrete_by_continuous(PLACE, parts, 1, 0, -2, 2, 4)
    assert alike(answer, decoded(joined, codes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"z": "1,2"}, "z must be 9 numbers"),
        ({"z": Z.replace("0.5", "nan")}, "z must be 9 numbers"),
        ({"z": "1," * 3000}, "z: "),
        ({"of": ""}, "Name the parts"),
        ({"of": "z4"}, "no 'z4'; the parts go from z1 to c2"),
        ({"of": "<script>" * 9}, "no '<script><script><scr'"),
        ({"low": 1, "high": 1}, "from a lower to a higher place"),
        ({"low": -9}, "between -8 and 8"),
        ({"high": "inf"}, "high"),
        ({"steps": 2}, "steps"),
        ({"steps": 22}, "steps"),
        ({"spacing": "odd"}, "spacing"),
        ({"view": "plane"}, "needs two continuous dimensions, not 'z1'"),
        ({"view": "plane", "of": "z1,z1"}, "needs two continuous dimensions"),
        ({"view": "plane", "of": "c1,z1"}, "needs two continuous dimensions"),
        ({"view": "classes", "of": "z1,z2"}, "needs a discrete part and a dimension"),
    ],
)
@pytest.mark.parametrize("part", ["grid", "grid.png"])
def test_grids_that_cannot_be_drawn_say_why(get, part, changes, words):
    assert words in refusal(get(f"joint/{part}", **WHOLE | changes))


def test_a_grid_has_room_for_so_many_pictures_only(get, monkeypatch):
    monkeypatch.setattr("studio.traversal_requests.MOST_VALUES", 28 * 28 * 10)
    assert "too many for one grid" in refusal(get("joint/grid", **WHOLE))
    assert get("joint/grid", **WHOLE, steps=10).status_code == 200


@pytest.mark.parametrize(
    ("view", "of"), [("rows", "c1,z2,c2"), ("plane", "z2,z1"), ("classes", "c1,z2")]
)
def test_a_grid_is_saved_with_titles(get, view, of):
    answer = get("joint/grid.png", z=Z, of=of, view=view, steps=5)
    assert f'filename="joint-{view}.png"' in answer.headers["content-disposition"]
    assert Image.open(io.BytesIO(answer.content)).width > 5 * 28


def test_a_row_is_saved_as_a_film(get):
    film = Image.open(io.BytesIO(get("joint/row.gif", z=Z, of="z2").content))
    assert (film.n_frames, film.format) == (2 * 31 - 2, "GIF")
    film = Image.open(io.BytesIO(get("joint/row.gif", z=Z, of="c1").content))
    assert film.n_frames == 4
    assert "of one row, not of 2" in refusal(get("joint/row.gif", z=Z, of="z1,c1"))


def test_an_example_is_encoded_with_its_classes_decided(get, joined):
    checkpoint, found = joined.open("joint"), get("joint/example", row=3).json()
    picture = checkpoint.atlas.thumbnails[3]
    with torch.inference_mode():
        posterior = checkpoint.model.encode(to_unit(picture.unsqueeze(0)))
    assert found["z"] == pytest.approx(posterior.typical()[0].tolist(), abs=1e-4)
    assert sorted(found["z"][3:7]) == [0, 0, 0, 1]
    assert [len(part) for part in found["shares"]] == [4, 2]
    assert sum(found["shares"][0]) == pytest.approx(1, abs=1e-4)
    assert (pixels(found["image"]) == picture[0].numpy()).all()
    assert found["label"] == int(checkpoint.atlas.labels[3])
    assert "There is no example 20; choose 0 to 19" in refusal(get("joint/example", row=20))
    assert "keeps no pictures" in refusal(get("bare/example", row=0))


def test_a_picture_is_encoded_and_what_is_none_is_refused(client, joined):
    buffer = io.BytesIO()
    Image.fromarray(joined.open("tiny").atlas.thumbnails[0, 0].numpy()).save(buffer, "PNG")
    found = client.post("/traversals/joint/encode?fit=square", content=buffer.getvalue()).json()
    assert len(found["z"]) == 9
    for body in (b"", b"GIF89a", b"no picture at all"):
        assert refusal(client.post("/traversals/joint/encode", content=body))


def test_a_draw_is_that_of_its_seed(get):
    first, again, other = (get("joint/draw", seed=seed).json()["z"] for seed in (4, 4, 5))
    assert first == again != other
    assert sorted(first[3:7]) == [0, 0, 0, 1]
    assert "seed" in refusal(get("joint/draw", seed=-1))


PARTS = ["", f"/grid?z={Z}&of=z1", "/example?row=0", "/draw?seed=1", f"/row.gif?z={Z}&of=z1"]


@pytest.mark.parametrize("part", PARTS)
def test_what_cannot_be_traversed_is_refused(get, part):
    assert "not pictures" in refusal(get(f"table{part}"))
    assert "129 dimensions" in refusal(get(f"wide{part}"))


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc", "a%00b", "JOINT"])
def test_unknown_and_hostile_names_lead_nowhere(get, name):
    for part in PARTS:
        assert get(f"{name}{part}").status_code == 404
