"""A label file of twenty samples in three classes."""

import pytest

from models.labels import LabelStore

ROWS, CLASSES = 20, 3


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.sqlite"


@pytest.fixture
def store(path):
    with LabelStore(path, ROWS, CLASSES) as opened:
        yield opened


@pytest.fixture
def labels():
    """Return what a store holds as {sample: label}."""

    def read(store):
        return {row: label for row, label in enumerate(store.current().tolist()) if label >= 0}

    return read
