"""Fixtures that every test may use: one small trained checkpoint, made once."""

import os
import shutil

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("STUDIO_DATASETS", None)

import pytest
import torch

from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from tests.once import once

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A workspace with one checkpoint, 'tiny': digits in two dimensions, few epochs. Read only."""

    def make(workspace):
        recipe = with_overrides(get_recipe("navigator-digits"), epochs=8)
        train_recipe(recipe, Registry(workspace, pretrained=workspace / "none"), name="tiny")

    return once(tmp_path_factory, "trained", make)


@pytest.fixture
def workspace(trained, tmp_path):
    """A copy of the trained workspace that a test may change."""
    shutil.copytree(trained / "checkpoints", tmp_path / "checkpoints")
    return tmp_path


@pytest.fixture
def registry(workspace):
    return Registry(workspace, pretrained=workspace / "none")
