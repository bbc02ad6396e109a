"""Runs small enough to be trained in a test."""

import pytest

from models.registry import Registry
from models.runs import Runs
from tests.small import small_recipe


@pytest.fixture(scope="session")
def recipe():
    return small_recipe()


@pytest.fixture
def registry(tmp_path):
    """A workspace on a path with a space, which does not exist yet."""
    return Registry(tmp_path / "my work", pretrained=tmp_path / "none")


@pytest.fixture
def runs(registry):
    return Runs(registry.workspace, pretrained=registry.pretrained)
