"""Runs small enough to be trained in a test."""

import dataclasses

import pytest

from models import data
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs import Runs

SMALL = {
    "network.encoder_hidden": (16, 16),
    "network.decoder_hidden": (16,),
    "epochs": 2,
    "validation": 200,
}


@pytest.fixture(scope="session")
def recipe():
    changed = with_overrides(get_recipe("navigator-digits"), **SMALL)
    return dataclasses.replace(changed, thumbnails=5)


@pytest.fixture
def registry(tmp_path):
    """A workspace on a path with a space, which does not exist yet."""
    return Registry(tmp_path / "my work", pretrained=tmp_path / "none")


@pytest.fixture
def runs(registry):
    return Runs(registry.workspace, pretrained=registry.pretrained)


@pytest.fixture
def few_digits(monkeypatch):
    """Train, hold out and test on a few hundred of the digits."""
    load = data.load

    def load_few(*arguments, **options):
        whole = load(*arguments, **options)
        parts = {part: getattr(whole, part) for part in ("train", "validation", "test")}
        few = {k: s.take(slice(0, 300)) if len(s) else s for k, s in parts.items()}
        return dataclasses.replace(whole, **few)

    monkeypatch.setattr(data, "load", load_few)
