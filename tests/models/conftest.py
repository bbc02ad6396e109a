"""One tiny trained checkpoint for every test that needs one, and copies of it to damage."""

import dataclasses
import shutil

import pytest
import torch

from models import data
from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe


@pytest.fixture(autouse=True)
def one_thread():
    """Commands take every core; the next test shall not."""
    yield
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def no_folders_of_this_machine(monkeypatch):
    monkeypatch.delenv("STUDIO_DATASETS", raising=False)
    monkeypatch.delenv("STUDIO_WORKSPACE", raising=False)


@pytest.fixture(scope="session")
def digits():
    return data.load("digits", validation=5000)


@pytest.fixture(scope="session")
def tiny_recipe():
    network = NetworkConfig(encoder_hidden=(64,), decoder_hidden=(64, 64), fourier=4)
    recipe = get_recipe("navigator-digits")
    return dataclasses.replace(with_overrides(recipe, epochs=4, network=network), thumbnails=50)


@pytest.fixture(scope="session")
def tiny_checkpoint(tiny_recipe, tmp_path_factory):
    """The folder of a checkpoint trained for four epochs; tests leave it as it is."""
    return train_recipe(tiny_recipe, Registry(tmp_path_factory.mktemp("tiny")), name="tiny")


@pytest.fixture
def checkpoint(tiny_checkpoint, tmp_path):
    """A copy of the tiny checkpoint that a test may damage."""
    return shutil.copytree(tiny_checkpoint, tmp_path / "checkpoints" / "tiny")


@pytest.fixture
def registry(tiny_checkpoint, tmp_path):
    """A registry with the shipped checkpoint `shipped` and one's own, `mine`."""
    shutil.copytree(tiny_checkpoint, tmp_path / "pretrained" / "shipped")
    shutil.copytree(tiny_checkpoint, tmp_path / "workspace" / "checkpoints" / "mine")
    return Registry(tmp_path / "workspace", pretrained=tmp_path / "pretrained")
