"""What the widgets ask over HTTP."""

import base64
import io
import posixpath
import re
from dataclasses import replace

import av
import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from models.checkpoint import load_checkpoint
from studio.routes import encode_picture
from studio.widget_files import FILES, VERSION

A, B = "0.1,0.2", "-0.8,0.9"


def png(picture):
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def drawn_one():
    picture = Image.new("L", (196, 196))
    ImageDraw.Draw(picture).line((98, 30, 98, 166), fill=255, width=16)
    return png(picture)


def test_description(client):
    about = client.get("/checkpoints/tiny").json()
    assert about["shape"] == [1, 28, 28]
    assert about["latent_dim"] == 2
    assert len(about["class_names"]) == len(about["palette"]) == len(about["means"]) == 10
    assert about["examples"] == 1000
    assert all(low < high for low, high in about["range"])


def test_points_and_thumbnails_fit_the_description(client):
    about = client.get("/checkpoints/tiny").json()
    points = client.get("/checkpoints/tiny/points").content
    count = int(np.frombuffer(points, "<u4", 1)[0])
    assert count == about["points"]
    assert len(points) == 4 + 9 * count
    x = np.frombuffer(points, "<f4", count, 4)
    assert about["range"][0][0] <= x.min() <= x.max() <= about["range"][0][1]
    assert set(np.frombuffer(points, np.uint8, offset=4 + 8 * count)) == set(range(10))
    assert len(client.get("/checkpoints/tiny/thumbnails").content) == about["examples"] * 784


def test_manifold_has_a_tile_a_place(client):
    query = "x0=-1&x1=1&y0=-1&y1=1&nx=4&ny=3"
    tiles = np.frombuffer(client.get(f"/checkpoints/tiny/manifold?{query}").content, np.uint8)
    assert tiles.size == 12 * 784
    assert len(np.unique(tiles.reshape(12, 784), axis=0)) > 1


@pytest.mark.parametrize("query", ["nx=64&ny=64", "nx=0&ny=4", "nx=4&ny=65", "x0=nan", "x1=inf"])
def test_manifold_refuses_what_it_cannot_draw(client, query):
    answer = client.get(f"/checkpoints/tiny/manifold?x0=-1&x1=1&y0=-1&y1=1&{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_sample_is_fixed_by_its_seed(client):
    for kind in ("prior", "data"):
        draws = [
            client.get(f"/checkpoints/tiny/sample?kind={kind}&seed={s}").json()["z"]
            for s in (1, 1, 2)
        ]
        assert draws[0] == draws[1] != draws[2]


def test_path_has_both_kinds_with_their_figures(client):
    facts = client.get(f"/checkpoints/tiny/path?a={A}&b={B}&steps=9").json()
    for kind in ("linear", "spherical"):
        assert len(facts[kind]["codes"]) == 9
        assert len(facts[kind]["latent_steps"]) == len(facts[kind]["image_steps"]) == 8
        assert np.allclose(facts[kind]["codes"][0], [0.1, 0.2])
        assert np.allclose(facts[kind]["codes"][-1], [-0.8, 0.9], atol=1e-5)
        assert 0 <= facts[kind]["mean_density"] <= 100
    assert np.ptp(facts["linear"]["latent_steps"]) < 1e-4
    assert facts["linear"]["codes"] != facts["spherical"]["codes"]


@pytest.mark.parametrize(
    "query", ["a=1&b=0,0", "a=1e300,0&b=0,0", "a=x,y&b=0,0", "a=nan,0&b=0,0", "b=0,0", "a=0,0&b="]
)
def test_path_names_what_is_wrong_with_its_ends(client, query):
    answer = client.get(f"/checkpoints/tiny/path?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"].startswith(("a ", "b ", "The request"))


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_exported_animation_opens(client, kind):
    answer = client.get(f"/checkpoints/tiny/export/{kind}?a={A}&b={B}&steps=6")
    assert f".{kind}" in answer.headers["content-disposition"]
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.n_frames == 6
    assert min(picture.size) >= 280


def test_exported_video_opens(client):
    answer = client.get(f"/checkpoints/tiny/export/mp4?a={A}&b={B}&steps=6&bounce=1")
    with av.open(io.BytesIO(answer.content)) as video:
        assert len(list(video.decode(video=0))) > 6


def test_exported_strip_and_codes_open(client):
    strip = client.get(f"/checkpoints/tiny/export/png?a={A}&b={B}&steps=6")
    assert (
        Image.open(io.BytesIO(strip.content)).width > Image.open(io.BytesIO(strip.content)).height
    )
    codes = client.get(f"/checkpoints/tiny/export/npz?a={A}&b={B}&steps=6&path=spherical")
    with np.load(io.BytesIO(codes.content), allow_pickle=False) as arrays:
        assert arrays["codes"].shape == (6, 2)


def test_unknown_export_is_named(client):
    answer = client.get(f"/checkpoints/tiny/export/exe?a={A}&b={B}")
    assert answer.status_code == 422
    assert "exe" in answer.json()["error"]


def test_encode_a_drawing(client, drawn_one):
    answer = client.post("/checkpoints/tiny/encode", content=drawn_one).json()
    assert len(answer["mu"]) == len(answer["logvar"]) == 2
    assert np.isfinite([answer["reconstruction"], answer["kl"], *answer["mu"]]).all()
    seen = np.frombuffer(base64.b64decode(answer["image"]), np.uint8).reshape(28, 28)
    assert seen.max() > 200
    assert abs((seen.sum(0) * np.arange(28)).sum() / seen.sum() - 14) < 1


@pytest.mark.parametrize("usual", ["120", [120.0], {"nats": 120.0}, float("nan")])
def test_encode_does_not_believe_what_a_checkpoint_says_of_itself(trained, usual):
    checkpoint = load_checkpoint(trained / "checkpoints" / "tiny")
    said = checkpoint.config.metrics | {"reconstruction_95": usual}
    checkpoint = replace(checkpoint, config=replace(checkpoint.config, metrics=said))
    found = encode_picture(checkpoint, torch.zeros(1, 28, 28, dtype=torch.uint8))
    assert found["typical"] is None
    assert np.isfinite(found["reconstruction"])


def twenty_megapixels():
    return png(Image.new("L", (5000, 4000)))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"just some text", "picture"),
        (b"", "empty"),
        (twenty_megapixels(), "pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "picture"),
        (png(Image.new("L", (50, 50))), "blank"),
        (b"x" * 11_000_000, "10 MB"),
    ],
)
def test_encode_refuses_bad_pictures_in_one_sentence(client, data, word):
    answer = client.post("/checkpoints/tiny/encode", content=data)
    assert answer.status_code == 422
    assert word in answer.json()["error"].lower() or word in answer.json()["error"]
    assert client.get("/healthz").status_code == 200


NAMES = ["nothing", "%2e%2e%2f%2e%2e", "..%2f..%2fetc%2fpasswd", "a%00b", "tiny%2f..", "TINY"]


@pytest.mark.parametrize("name", NAMES)
def test_unknown_and_hostile_names_lead_nowhere(client, name):
    for path in ("", "/points", "/thumbnails", "/sample", f"/path?a={A}&b={B}"):
        answer = client.get(f"/checkpoints/{name}{path}")
        assert answer.status_code == 404
        assert b"root:" not in answer.content


@pytest.mark.parametrize(
    "path",
    ["base.py", "map/__init__.py", "../app.py", "..%2fapp.py", "%2e%2e/app.py", "/etc/passwd", ""],
)
def test_widget_route_serves_scripts_alone(client, path):
    assert client.get(f"/widgets/{path}").status_code == 404


def test_widget_route_serves_scripts(client):
    kept = {VERSION: True, "0123456789ab": False}
    for version, lasts in kept.items():
        answer = client.get(f"/widgets/{version}/map/map.js")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.content == FILES["map/map.js"]
        # Only what its address says can be kept for good.
        assert ("immutable" in answer.headers["cache-control"]) == lasts


def test_the_page_names_all_scripts_of_its_tab_at_once(client):
    page = client.get("/?tab=odyssey").text
    named = re.findall(rf'rel="modulepreload" href="./widgets/{VERSION}/([^"]+)"', page)
    assert len(named) == len(set(named)) > 20
    assert named == client.get("/widgets/modules.json").json()["odyssey"]
    assert {"house/house.js", "space/view.js", "space/flight.js"} < set(named)
    assert not any(name.startswith("tables/") for name in named)
    for name in named:
        for needed in re.findall(r"from '([^']+)'", FILES[name].decode()):
            assert posixpath.normpath(posixpath.join(posixpath.dirname(name), needed)) in named
    plain = client.get("/?tab=nowhere", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text.count("modulepreload") == len(
        client.get("/widgets/modules.json").json()["navigator"]
    )
