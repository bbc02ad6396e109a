"""What the faces tab asks over HTTP: attributes, steps, random faces, ways and sheets."""

import json

import numpy as np
import pytest
import torch

from models.latent.editing import draw_code
from models.latent.interpolation import path
from models.latent.manifold import blend
from models.latent.morphs import morph
from studio.face_facts import name_list
from tests.studio.faces import LISTED, METRICS, SIZE, floats
from tests.studio.samplers import refusal

A, B, C, D = ([float(row == d) for d in range(SIZE)] for row in range(4))


def decoded(faced, codes):
    with torch.inference_mode():
        images = faced.open("faces").model.decode(codes)
    return images.mul(255).add(0.5).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def assert_shows(faced, answer, codes):
    """The answer's pictures are those of the codes, but for how batches round."""
    assert answer.status_code == 200, answer.text
    seen = np.frombuffer(answer.content, np.uint8).reshape(-1, 64, 64, 3).astype(int)
    assert seen.shape[0] == len(codes)
    assert np.abs(seen - decoded(faced, codes)).max() <= 1


def rows_of(directions):
    return [directions.index(name) for name in LISTED]


def test_the_description(ask, faced):
    about = ask("faces").json()
    checkpoint = faced.open("faces")
    assert (about["name"], about["digest"]) == ("faces", checkpoint.digest)
    assert (about["shape"], about["latent_dim"]) == ([3, 64, 64], SIZE)
    assert [row["name"] for row in about["attributes"]] == list(LISTED)
    assert about["main"] == list(LISTED[:4])
    assert about["attributes"][4]["auc"] == pytest.approx({"normal": 0.9, "means": 0.8})
    assert about["attributes"][-1]["auc"] == {"normal": None, "means": None}
    assert about["kinds"] == ["means", "normal"]
    assert about["mean"] == pytest.approx(checkpoint.directions.normal.mean.tolist())
    assert about["figures"] == {key: METRICS[key] for key in ("mse", "ssim", "frechet")}
    assert (about["held_out"], about["effects"], about["truncation"]) == (True, True, 0.7)
    assert about["licence"] == checkpoint.config.licence
    assert "weighing as much" in about["unit"]
    assert "dataset" not in about


def test_the_description_of_a_model_without_directions(ask):
    about = ask("grey").json()
    assert (about["attributes"], about["main"], about["effects"]) == ([], [], False)
    assert about["mean"] == [0] * SIZE
    assert about["held_out"] is False
    assert about["figures"] == {"mse": None, "ssim": None, "frechet": None}
    assert about["unit"] is None


def test_steps_of_an_older_checkpoint_are_said_to_be_those_of_the_population(ask):
    assert "as there are of each" in ask("older").json()["unit"]


@pytest.mark.parametrize("kind", ["means", "normal"])
def test_plain_steps_come_in_the_order_of_the_description(ask, faced, kind):
    answer = ask("faces/steps", kind=kind)
    directions = faced.open("faces").directions.of(kind)
    rows = [directions.index(name) for name in LISTED]
    torch.testing.assert_close(floats(answer), directions.steps[rows])
    assert answer.headers["x-whole"] == ""
    assert answer.headers["x-left"] == "1,1,1,1,1,1,1"


def test_conditional_steps_leave_what_is_kept_alone(ask, faced):
    keep = ["Smiling", "Young", "Bald"]
    answer = ask("faces/steps", keep=",".join(keep), conditional=1)
    directions = faced.open("faces").directions.means
    mean = directions.mean.unsqueeze(0)
    for name, step in zip(LISTED, floats(answer), strict=True):
        scores = directions.scores(mean + step)[0]
        if name == "Twin":
            plain = directions.steps[directions.index(name)]
            torch.testing.assert_close(step, plain)
            continue
        torch.testing.assert_close(step, directions.conditional(name, keep))
        left = [scores[directions.index(other)] for other in keep if other != name]
        torch.testing.assert_close(torch.stack(left), torch.zeros(len(left)), atol=1e-4, rtol=0)
    assert answer.headers["x-whole"] == "Twin"
    moved = directions.scores(mean + floats(answer))[range(7), rows_of(directions)]
    left = [float(share) for share in answer.headers["x-left"].split(",")]
    assert left == pytest.approx(moved.tolist(), rel=0.01)
    assert min(left) < 0.95
    assert left[5] == 1


def test_names_with_commas_can_be_kept(ask, faced):
    step = faced.open("faces").directions.means.conditional("Smiling", ["Hat, red", "Male"])
    answer = ask("faces/steps", keep=["Hat, red", "Male"], conditional=1)
    torch.testing.assert_close(floats(answer)[0], step)


def test_names_in_a_header_are_plain_letters():
    assert name_list(("Twin", "Hat, red", "B\u00e4rtig")) == "Twin,Hat%2C red,B%C3%A4rtig"


@pytest.mark.parametrize(
    ("path", "query", "words"),
    [
        ("faces/steps", {"keep": "Nose"}, "no direction 'Nose'"),
        ("faces/steps", {"kind": "best"}, "kind"),
        ("faces/steps", {"conditional": "perhaps"}, "conditional"),
        ("grey/steps", {}, "no attribute directions"),
        ("grey/effects", {}, "no attribute directions"),
        ("unjudged/effects", {}, "no independent classifier"),
        ("faces/random", {}, "seed"),
        ("faces/random", {"seed": -1}, "seed"),
        ("faces/random", {"seed": 2**53}, "seed"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(ask, path, query, words):
    assert words in refusal(ask(path, **query))


def test_an_unknown_checkpoint(ask):
    assert "nobody" in refusal(ask("nobody"), 404)


def test_the_same_seed_is_the_same_face(ask, faced):
    face = ask("faces/random", seed=7).json()
    mixture = faced.open("faces").atlas.mixture
    assert face["seed"] == 7
    torch.testing.assert_close(torch.tensor(face["z"]), draw_code(7, SIZE, mixture))
    assert face == ask("faces/random", seed=7).json()
    assert face["z"] != ask("faces/random", seed=8).json()["z"]
    assert ask("grey/random", seed=7).json()["z"] == pytest.approx(draw_code(7, SIZE).tolist())


def test_effects_come_in_the_order_of_the_description(ask, faced):
    found = ask("faces/effects", kind="normal").json()
    directions = faced.open("faces").directions
    rows = [directions.names.index(name) for name in LISTED]
    assert found["names"] == list(LISTED)
    for key, conditional in (("plain", False), ("conditional", True)):
        wanted = directions.effects_of("normal", conditional=conditional)[rows][:, rows]
        torch.testing.assert_close(torch.tensor(found[key]), wanted)


@pytest.mark.parametrize("kind", ["linear", "spherical", "curve"])
@pytest.mark.parametrize("closed", [False, True])
def test_a_path_goes_through_all_faces(ask, kind, closed):
    body = {"codes": [A, B, C], "kind": kind, "closed": closed, "steps": 13}
    found = floats(ask("faces/path", body))
    wanted = morph(torch.tensor([A, B, C]), 13, kind, closed=closed)
    torch.testing.assert_close(found, wanted)


def test_a_path_between_two_is_that_of_the_navigator(ask):
    for kind in ("linear", "spherical"):
        found = floats(ask("faces/path", {"codes": [A, B], "kind": kind, "steps": 9}))
        wanted = path(torch.tensor(A), torch.tensor(B), 9, kind)
        torch.testing.assert_close(found, wanted)


def test_a_plane_of_two_attributes(ask, faced):
    body = {"z": A, "x": "Smiling", "y": "Male", "low": -2, "high": 1, "n": 4}
    directions = faced.open("faces").directions.means
    across, up = (directions.steps[directions.index(name)] for name in ("Smiling", "Male"))
    values = torch.linspace(-2, 1, 4)
    codes = [torch.tensor(A) + x * across + y * up for y in values.flip(0) for x in values]
    assert_shows(faced, ask("faces/plane", body), torch.stack(codes))


def test_a_strip_of_one_attribute_that_leaves_others_alone(ask, faced):
    body = {
        **{"z": B, "x": "Young", "y": None, "kind": "normal", "keep": ["Bald"]},
        **{"conditional": True, "low": -3, "high": 3, "n": 2},
    }
    step = faced.open("faces").directions.normal.conditional("Young", ["Bald"])
    codes = torch.stack([torch.tensor(B) - 3 * step, torch.tensor(B) + 3 * step])
    assert_shows(faced, ask("faces/plane", body), codes)


def test_four_corners(ask, faced):
    answer = ask("faces/corners", {"codes": [A, B, C, D], "n": 3})
    assert_shows(faced, answer, blend(torch.tensor([A, B, C, D]), 3, 3))


PATH = {"codes": [A, B]}
PLANE = {"z": A, "x": "Smiling", "y": "Male"}


@pytest.mark.parametrize(
    ("path", "body", "words"),
    [
        ("path", {"codes": [A]}, "codes"),
        ("path", {"codes": [A] * 65}, "codes"),
        ("path", {"codes": [A, B[1:]]}, "6 numbers"),
        ("path", {"codes": [A, []]}, "6 numbers"),
        ("path", {"codes": [A, ["1"] * SIZE]}, "codes.1.0"),
        ("path", {"codes": [A, [None] * SIZE]}, "codes.1.0"),
        ("path", {"codes": [A, [1e7] * SIZE]}, "codes.1.0"),
        ("path", {"codes": "all"}, "codes"),
        ("path", {}, "codes"),
        ("path", [], "object"),
        ("path", 7, "object"),
        ("path", {**PATH, "closed": True}, "three faces"),
        ("path", {**PATH, "kind": "bent"}, "kind"),
        ("path", {**PATH, "steps": 1}, "steps"),
        ("path", {**PATH, "steps": 241}, "steps"),
        ("path", {**PATH, "steps": 2.5}, "steps"),
        ("path", {**PATH, "speed": 2}, "speed"),
        ("plane", {**PLANE, "x": "Nose"}, "no direction 'Nose'"),
        ("plane", {**PLANE, "y": "Nose"}, "no direction 'Nose'"),
        ("plane", {**PLANE, "keep": ["Nose"]}, "no direction 'Nose'"),
        ("plane", {**PLANE, "y": "Smiling"}, "two different"),
        ("plane", {**PLANE, "low": 1, "high": 1}, "below"),
        ("plane", {**PLANE, "n": 2}, "3 to 11"),
        ("plane", {**PLANE, "n": 12}, "3 to 11"),
        ("plane", {**PLANE, "y": None, "n": 16}, "n:"),
        ("plane", {**PLANE, "z": A[1:]}, "6 numbers"),
        ("plane", {**PLANE, "x": "a" * 65}, "x:"),
        ("corners", {"codes": [A, B, C], "n": 3}, "codes"),
        ("corners", {"codes": [A, B, C, D], "n": 12}, "n:"),
        ("export/gif", {**PATH, "fps": 51}, "fps"),
        ("export/gif", {**PATH, "side": 513}, "side"),
        ("export/bmp", PATH, "kind"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_in_a_sentence(ask, path, body, words):
    said = refusal(ask(f"faces/{path}", body))
    assert words in said
    assert said.endswith(".")
    assert len(said) < 300


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps({"codes": [A, [float("nan")] * SIZE]}),
        json.dumps({"codes": [A, [float("inf")] * SIZE]}),
    ],
)
def test_what_is_no_json_is_refused_in_a_sentence(ask, body):
    assert "cannot be used" in refusal(ask("faces/path", body))


def test_a_long_body_is_not_read_to_its_end(ask):
    assert "over 2 MB" in refusal(ask("faces/path", b" " * 2_100_000))


def test_no_attributes_no_plane(ask):
    assert "no attribute directions" in refusal(ask("grey/plane", PLANE))
