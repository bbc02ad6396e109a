"""Models of tables, in the tabs and routes that are for pictures."""

import io

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from models.recipes import get_recipe
from models.registry import Registry
from studio.app import Settings, create_app
from studio.tabs import TABS
from tests.studio.tables import begin_model

NAME = "rows"
FOR_PICTURES = [
    f"/checkpoints/{NAME}/manifold?x0=-1&x1=1&y0=-1&y1=1",
    f"/checkpoints/{NAME}/path?a=0,0&b=1,1",
    f"/checkpoints/{NAME}/export/png?a=0,0&b=1,1",
    f"/flight/{NAME}",
    f"/faces/{NAME}",
    f"/traversals/{NAME}",
    f"/sampling/{NAME}",
]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("rows")
    begin_model(Registry(workspace, pretrained=workspace / "none"), "iris", NAME)
    app = create_app(Settings(workspace=workspace, pretrained=workspace / "none"))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.mark.parametrize("address", FOR_PICTURES)
def test_what_is_for_pictures_says_so(client, address):
    answer = client.get(address)
    assert answer.status_code == 422, answer.text
    assert "pictures" in answer.json()["error"]


def test_a_picture_is_no_row(client):
    content = io.BytesIO()
    Image.new("L", (28, 28)).save(content, "PNG")
    headers = {"content-type": "image/png", "origin": "http://127.0.0.1:7860"}
    for address in (f"/checkpoints/{NAME}/encode", f"/sampling/{NAME}/fit-picture"):
        answer = client.post(address, content=content.getvalue(), headers=headers)
        assert answer.status_code == 422, address
        assert "pictures" in answer.json()["error"]


def test_the_live_view_refuses_it_in_a_sentence(client):
    with client.websocket_connect(f"ws://127.0.0.1:7860/live/{NAME}") as socket:
        socket.send_bytes(np.uint32(7).tobytes() + np.zeros(2, np.float32).tobytes())
        assert "pictures" in socket.receive_json()["error"]


def test_it_is_described_and_kept_like_any_other(client):
    assert client.get(f"/checkpoints/{NAME}").json()["shape"] == [4]
    assert client.get(f"/checkpoints/{NAME}/thumbnails").content == b""
    assert client.get(f"/checkpoints/{NAME}/points").status_code == 200


def test_no_tab_of_pictures_offers_it():
    from models.checkpoint import CheckpointConfig

    recipe = get_recipe("iris")
    config = CheckpointConfig(
        recipe="iris", model=recipe.model, data=recipe.data, training=recipe.training
    )
    offering = {tab.name for tab in TABS if tab.accepts is not None and tab.accepts(config)}
    assert offering <= {"tables"}
