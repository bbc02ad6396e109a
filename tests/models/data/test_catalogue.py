import hashlib
import struct
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from models.data import DATASETS, DataError, download, find_root, load, places
from models.data.mnist import MNIST
from models.data.vision import import_torchvision

TRAIN, TEST = 50, 20


def idx_bytes(values):
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    return header + values.tobytes()


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """A whole MNIST of 70 pictures under $STUDIO_DATASETS, with its own md5s in the table."""
    generator = np.random.default_rng(0)
    md5s = []
    (tmp_path / "MNIST/raw").mkdir(parents=True)
    for file, count in zip(MNIST.files, (TRAIN, TRAIN, TEST, TEST), strict=True):
        labels = "labels" in file
        shape = (count,) if labels else (count, 28, 28)
        content = idx_bytes(generator.integers(0, 10 if labels else 256, shape, dtype=np.uint8))
        (tmp_path / file).write_bytes(content)
        md5s.append(hashlib.md5(content).hexdigest())
    small = replace(MNIST, md5s=tuple(md5s), counts=(TRAIN, TEST))
    monkeypatch.setitem(places.IDX_SETS, "mnist", small)
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path))
    return tmp_path


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No data set anywhere and no network."""
    monkeypatch.delenv("STUDIO_DATASETS", raising=False)
    monkeypatch.setattr(download, "_ask", lambda url: False)
    return tmp_path


def test_validation_is_the_end_of_the_official_train_split(small_mnist):
    whole = load("mnist", validation=0)
    dataset = load("mnist", validation=8)
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [42, 8, 20]
    assert len(whole.validation) == 0
    assert torch.equal(whole.train.images[-8:], dataset.validation.images)
    assert torch.equal(whole.train.labels[-8:], dataset.validation.labels)
    assert dataset.shape == (1, 28, 28)
    assert dataset.train.images.dtype == torch.uint8


def test_resizes_every_split(small_mnist):
    dataset = load("mnist", validation=8, image_size=16)
    for split in (dataset.train, dataset.validation, dataset.test):
        assert split.images.shape[1:] == (1, 16, 16)


@pytest.mark.parametrize("validation", [-1, TRAIN, 60_000])
def test_refuses_a_validation_that_leaves_no_train_split(small_mnist, validation):
    with pytest.raises(DataError, match=r"choose 0 to 49"):
        load("mnist", validation=validation)


@pytest.mark.parametrize("file", MNIST.files)
def test_three_of_four_files_names_the_fourth(small_mnist, file):
    (small_mnist / file).unlink()
    with pytest.raises(DataError, match="is missing") as caught:
        load("mnist", validation=8)
    assert file in str(caught.value)


@pytest.mark.parametrize("file", MNIST.files)
def test_half_a_file_is_named(small_mnist, file):
    path = small_mnist / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="truncated") as caught:
        load("mnist", validation=8)
    assert file in str(caught.value)


def test_looks_in_the_workspace_second(small_mnist, nowhere, monkeypatch):
    assert find_root("mnist", small_mnist / "elsewhere") is None
    (small_mnist / "datasets").mkdir()
    (small_mnist / "MNIST").rename(small_mnist / "datasets/MNIST")
    monkeypatch.setenv("STUDIO_DATASETS", str(small_mnist / "empty"))
    assert find_root("mnist", small_mnist) == small_mnist / "datasets"
    assert len(load("mnist", workspace=small_mnist, validation=8).train) == 42


def test_without_network_one_sentence_says_what_to_do(nowhere):
    with pytest.raises(DataError, match="cannot be reached") as caught:
        load("fashion-mnist", workspace=nowhere)
    message = str(caught.value)
    assert str(nowhere / "datasets/FashionMNIST/raw") in message
    assert "t10k-labels-idx1-ubyte" in message
    assert "digits" in message
    assert message.count(". ") == 0


def test_may_be_told_not_to_download(nowhere):
    with pytest.raises(DataError, match="switched off"):
        load("mnist", workspace=nowhere, download=False)


def test_a_silent_server_is_given_up(nowhere, monkeypatch):
    monkeypatch.setattr(download, "_ANSWER_WITHIN_S", 0.05)
    monkeypatch.setattr(download, "_ask", lambda url: time.sleep(2))
    with pytest.raises(DataError, match="cannot be reached"):
        load("mnist", workspace=nowhere)


def test_a_broken_download_leaves_nothing_to_be_found(nowhere, monkeypatch):
    def break_off(self):
        Path(self.raw_folder).mkdir(parents=True)
        Path(self.raw_folder, "train-images-idx3-ubyte").write_bytes(b"half")
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz:\nTried many mirrors")

    monkeypatch.setattr(download, "_ask", lambda url: True)
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "download", break_off)
    with pytest.raises(DataError, match=r"the download failed \(Error downloading train-images"):
        load("mnist", workspace=nowhere)
    assert find_root("mnist", nowhere) is None
    assert list((nowhere / "datasets").iterdir()) == []


def test_a_whole_download_is_moved_into_place(small_mnist, nowhere, monkeypatch):
    def fetch(self):
        (small_mnist / "MNIST").rename(Path(self.root, "MNIST"))

    monkeypatch.setattr(download, "_ask", lambda url: True)
    monkeypatch.setattr(import_torchvision().datasets.MNIST, "download", fetch)
    workspace = small_mnist / "workspace"
    assert len(load("mnist", workspace=workspace, validation=0).train) == TRAIN
    assert find_root("mnist", workspace) == workspace / "datasets"


def test_unknown_names_and_sizes_are_refused():
    with pytest.raises(DataError, match="choose one of mnist, fashion-mnist, digits, faces"):
        load("emnist")
    with pytest.raises(DataError, match="choose 4 to 256"):
        load("digits", image_size=10_000)


def test_every_description_is_one_line():
    assert all("\n" not in line and len(line) < 100 for line in DATASETS.values())
