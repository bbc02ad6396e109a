"""The routes of a flight, without a browser."""

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient

from models.latent import image_steps
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from studio.app import Settings, create_app
from studio.flight_routes import PATH_KINDS


@pytest.fixture(scope="module", params=[3, 4, 128])
def client(request, tmp_path_factory):
    workspace = tmp_path_factory.mktemp("flight")
    registry = Registry(workspace, pretrained=workspace / "none")
    recipe = with_overrides(get_recipe("navigator-digits"), latent_dim=request.param, epochs=2)
    train_recipe(recipe, registry, name="flown")
    train_recipe(with_overrides(get_recipe("navigator-digits"), epochs=1), registry, name="flat")
    app = create_app(Settings(workspace=workspace, pretrained=workspace / "none"))
    client = TestClient(app, base_url="http://127.0.0.1")
    client.size = request.param
    client.registry = registry
    return client


def place(client, *values):
    rest = [0.1] * (client.size - len(values))
    return ",".join(str(v) for v in (*values, *rest))


def test_the_space_has_three_axes_and_a_ship_that_fits(client):
    space = client.get("/flight/flown").json()
    axes = np.array(space["axes"])
    assert axes.shape == (3, client.size)
    assert axes @ axes.T == pytest.approx(np.eye(3), abs=1e-5)
    stars = client.get("/flight/flown/stars").content
    count = np.frombuffer(stars, "<u4", 1)[0]
    assert len(stars) == 4 + 13 * count
    points = np.frombuffer(stars, "<f4", 3 * count, 4).reshape(-1, 3)
    inside = (points >= space["ship"]["low"]) & (points <= space["ship"]["high"])
    assert inside.all(axis=1).mean() > 0.98
    assert list(space["kinds"]) == list(PATH_KINDS)
    assert all(len(p["z"]) == client.size for p in space["places"])


def test_any_three_dimensions_can_be_flown_along(client):
    chosen = [client.size, 1, 2]
    axes = ",".join(str(d) for d in chosen)
    space = client.get("/flight/flown", params={"axes": axes}).json()
    assert space["chosen"] == chosen
    assert space["names"] == [f"z{d}" for d in chosen]
    assert [row.index(1) + 1 for row in space["axes"]] == chosen
    assert len(space["activity"]) == client.size
    plain = client.get("/flight/flown/stars").content
    assert client.get("/flight/flown/stars", params={"axes": axes}).content != plain
    at = place(client, 0.1, 0.2, 0.3)
    query = {"kind": "orbit", "at": at, "axes": axes}
    codes = np.array(client.get("/flight/flown/path", params=query).json()["codes"])
    moved = np.ptp(codes, axis=0) > 1e-4
    assert sorted(np.flatnonzero(moved) + 1) == sorted(chosen[:2])


@pytest.mark.parametrize(
    "axes", ["1,2", "1,1,2", "0,1,2", "1,2,999", "a,b,c", "1,2,3,4", "-1,2,3", "²,1,2", "9" * 64]
)
@pytest.mark.parametrize("route", ["", "/stars", "/path"])
def test_other_axes_are_refused_in_a_sentence(client, route, axes):
    query = {"axes": axes, "kind": "walk", "at": place(client, 0, 0, 0)}
    answer = client.get(f"/flight/flown{route}", params=query)
    assert answer.status_code == 422
    assert "three different latent dimensions of 1 to" in answer.json()["error"]


@pytest.mark.parametrize("kind", PATH_KINDS)
def test_every_kind_of_path_is_drawn(client, kind):
    at, to, last = (place(client, *v) for v in ((0, 0, 0), (0.5, 0.2, -0.5), (1, -1, 0.3)))
    query = {"kind": kind, "at": at, "to": to, "via": f"{at};{to};{last}", "measure": True}
    path = client.get("/flight/flown/path", params=query).json()
    codes = np.array(path["codes"])
    assert codes.shape == (513, client.size)
    assert np.isfinite(codes).all()
    assert path["length"] > 0
    if kind == "follow":
        assert path["figures"]["image_length"] > 0
        assert path["line"]["length"] <= path["length"] + 1e-4
    again = client.get("/flight/flown/path", params=query).json()
    assert again["codes"] == path["codes"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"kind": "walk", "at": "1,2"}, "at must be"),
        ({"kind": "warp", "at": "nan,0,0"}, "at must be"),
        ({"kind": "teleport", "at": "0,0,0"}, "kind"),
    ],
)
def test_what_cannot_be_flown_is_said_in_a_sentence(client, query, said):
    answer = client.get("/flight/flown/path", params=query)
    assert answer.status_code == 422
    assert said in answer.json()["error"]


def test_the_flat_and_the_missing_are_refused(client):
    assert client.get("/flight/nothing").status_code == 404
    flat = client.get("/flight/flat")
    assert flat.status_code == 422
    assert "three" in flat.json()["error"] or "3 latent dimensions" in flat.json()["error"]


@torch.inference_mode()
def test_a_path_can_be_flown_at_constant_image_speed(client):
    at, to = place(client, 0, 0, 0), place(client, 1, 0.5, -0.5)
    query = {"kind": "straight", "at": at, "to": to, "even": True, "measure": True}
    path = client.get("/flight/flown/path", params=query).json()
    assert path["figures"]["largest_step"] <= 1.1
    assert path["line"]["largest_step"] > 1.5
    # The page flies straight from one of these codes to the next.
    codes = torch.tensor(path["codes"])
    pictures = client.registry.open("flown").model.decode(codes)
    steps = image_steps(pictures)
    assert steps.max() / steps.mean() <= 1.1
