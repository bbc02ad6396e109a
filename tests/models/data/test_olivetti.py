import hashlib
import pickle

import joblib
import numpy as np
import pytest
import torch

from models.data import DataError, find_root, load
from models.data.faces import olivetti
from models.data.original import Original
from models.data.state import dataset_state


@pytest.fixture
def pixels():
    """As scikit-learn's file has them: 400 rows, the pictures lying on their side."""
    drawn = np.random.default_rng(0).integers(0, 256, (400, 4096), dtype=np.uint8)
    drawn[0, :2] = 0, 255
    return drawn


@pytest.fixture
def upright(pixels):
    return pixels.reshape(400, 64, 64).transpose(0, 2, 1)


@pytest.fixture
def photographs(pixels, upright, tmp_path, monkeypatch):
    """A file like scikit-learn's under $STUDIO_DATASETS, with its own digest in the table."""
    path = tmp_path / olivetti.OLIVETTI.file
    path.parent.mkdir()
    joblib.dump(pixels, path, compress=6)
    content = path.read_bytes()
    known = Original(olivetti.OLIVETTI.file, len(content), hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(olivetti, "OLIVETTI", known)
    monkeypatch.setattr(olivetti, "PIXELS", olivetti._digest(upright))
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path))
    return tmp_path


def test_everybody_is_in_every_split_and_no_picture_twice(photographs):
    dataset = load("olivetti")
    splits = (dataset.train, dataset.validation, dataset.test)
    assert [len(split) for split in splits] == [320, 40, 40]
    for split, each in zip(splits, (8, 1, 1), strict=True):
        assert split.labels.bincount().tolist() == [each] * 40
    assert len({bytes(image.flatten().tolist()) for s in splits for image in s.images}) == 400
    assert dataset.shape == (1, 64, 64)
    assert len(dataset.class_names) == 40
    assert not dataset.redistributable


def test_pictures_are_the_right_way_up(photographs, upright):
    images = load("olivetti").train.images
    assert bytes(images[0].flatten().tolist()) in {face.tobytes() for face in upright[:10]}


def test_the_seed_moves_validation_but_never_the_test_split(photographs):
    first, again, other = (load("olivetti", seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.validation.images, again.validation.images)
    assert not torch.equal(first.validation.images, other.validation.images)
    assert torch.equal(first.test.images, other.test.images)


def test_validation_is_the_same_number_of_each_person(photographs):
    assert len(load("olivetti", validation=0).train) == 360
    assert len(load("olivetti", validation=320).train) == 40
    for validation in (-40, 50, 360):
        with pytest.raises(DataError, match="choose a multiple of 40 from 0 to 320"):
            load("olivetti", validation=validation)


class Trap:
    """A pickle that leaves a file behind when it is opened."""

    def __init__(self, sentinel):
        self.sentinel = sentinel

    def __reduce__(self):
        return open, (str(self.sentinel), "w")


def test_another_file_is_never_opened(photographs):
    sentinel, path = photographs / "opened", photographs / olivetti.OLIVETTI.file
    good = path.read_bytes()
    evil = pickle.dumps(Trap(sentinel))
    path.write_bytes(evil)
    with pytest.raises(DataError, match="bytes where the original has"):
        load("olivetti")
    path.write_bytes(evil + good[: len(good) - len(evil)])
    with pytest.raises(DataError, match="sha256"):
        load("olivetti")
    assert not sentinel.exists()


def test_a_download_is_kept_as_a_plain_array(photographs, upright, monkeypatch):
    monkeypatch.delenv("STUDIO_DATASETS")
    monkeypatch.setattr(olivetti, "_from_scikit_learn", lambda folder, fetch: upright)
    workspace = photographs / "workspace"
    assert dataset_state("olivetti", workspace).state == "download"
    first = load("olivetti", workspace=workspace)
    assert find_root("olivetti", workspace) == workspace / "datasets"
    assert dataset_state("olivetti", workspace).state == "present"
    assert [path.name for path in (workspace / "datasets").iterdir()] == ["olivetti"]
    monkeypatch.setattr(olivetti, "_from_scikit_learn", None)
    assert torch.equal(load("olivetti", workspace=workspace).train.images, first.train.images)
    path = workspace / "datasets" / olivetti.PLAIN
    for content in (path.read_bytes()[:-5], path.read_bytes()[:-5] + b"12345", b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match="is damaged; delete it"):
            load("olivetti", workspace=workspace)


def test_what_was_downloaded_has_to_be_the_original(photographs, upright, monkeypatch):
    monkeypatch.delenv("STUDIO_DATASETS")
    monkeypatch.setattr(olivetti, "_from_scikit_learn", lambda folder, fetch: upright[::-1])
    with pytest.raises(DataError, match="is not the original"):
        load("olivetti", workspace=photographs / "workspace")


def test_without_network_one_sentence_says_what_to_do(tmp_path, monkeypatch):
    def fail(folder, fetch):
        raise OSError("Name or service not known\nand more")

    monkeypatch.setattr(olivetti, "_from_scikit_learn", fail)
    with pytest.raises(DataError, match=r"failed \(Name or service not known\)") as caught:
        load("olivetti", workspace=tmp_path)
    assert str(tmp_path / "datasets/sklearn") in str(caught.value)
    with pytest.raises(DataError, match="switched off"):
        load("olivetti", workspace=tmp_path, download=False)
