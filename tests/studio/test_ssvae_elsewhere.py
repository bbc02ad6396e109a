"""A model that tells classes, in the tabs that ask for none."""

import pytest
import torch
from fastapi.testclient import TestClient

from models import data
from models.checkpoint import CheckpointConfig
from models.networks import NetworkConfig
from models.recipes import get_recipe
from models.registry import Registry
from models.ssvae import SSVAE, SSVAEConfig
from models.training.outcome import build_atlas
from studio.app import Settings, create_app
from studio.tabs import TABS

NETWORK = NetworkConfig(encoder_hidden=(16,), decoder_hidden=(16,))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("ssvaes")
    registry = Registry(workspace, pretrained=workspace / "none")
    digits, recipe = data.load("digits"), get_recipe("ssvae-digits")
    for name, dimensions in (("plane", 2), ("wide", 16)):
        model = SSVAE(SSVAEConfig(latent_dim=dimensions, network=NETWORK)).eval()
        config = CheckpointConfig(
            recipe=recipe.name,
            model=model.config,
            data=recipe.data,
            training=recipe.training,
            class_names=digits.class_names,
        )
        registry.save(name, config, model, build_atlas(model, digits, recipe))
    app = create_app(Settings(workspace=workspace, pretrained=workspace / "none"))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.mark.parametrize(("name", "dimensions"), [("plane", 2), ("wide", 16)])
def test_its_space_is_described_and_sampled(client, name, dimensions):
    about = client.get(f"/checkpoints/{name}")
    assert about.status_code == 200
    assert about.json()["latent_dim"] == dimensions
    sampling = client.get(f"/sampling/{name}")
    assert sampling.status_code == 200
    assert sampling.json()["latent_dim"] == dimensions
    draws = client.get(f"/sampling/{name}/draws", params={"seed": 0})
    assert draws.status_code == 200


def test_a_code_is_decoded_live(client):
    with client.websocket_connect("ws://127.0.0.1:7860/live/wide") as live:
        z = torch.zeros(16).numpy().astype("<f4").tobytes()
        live.send_bytes((1).to_bytes(4, "little") + z)
        assert len(live.receive_bytes()) >= 28 * 28


def test_tabs_take_it_by_what_its_space_is_like(client, tmp_path):
    def fits(dimensions):
        config = CheckpointConfig(
            recipe="ssvae-digits",
            model=SSVAEConfig(latent_dim=dimensions, network=NETWORK),
            data=get_recipe("ssvae-digits").data,
            training=get_recipe("ssvae-digits").training,
        )
        return {tab.name for tab in TABS if tab.accepts and tab.accepts(config)}

    assert {"navigator", "sampler"} <= fits(2)
    assert {"odyssey", "sampler"} <= fits(16)
    assert "faces" not in fits(16)
