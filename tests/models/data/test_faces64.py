import hashlib
from dataclasses import replace

import numpy as np
import pytest
import torch

from models.data import DataError, catalogue, find_root, load, places
from models.data.faces.faces64 import FACES64
from models.data.original import Original
from models.data.state import dataset_state

COUNT, TEST = 50, 10


def original(root, file, content):
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_bytes(content)
    return Original(file, len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (COUNT, 64, 64, 3), dtype=np.uint8)


@pytest.fixture
def faces64(pixels, tmp_path, monkeypatch):
    """A faces64 of 50 noisy pictures under $STUDIO_DATASETS, with its own digests in the table."""
    array = tmp_path / "images.npy"
    np.save(array, pixels)
    table = "image_id,Bald,Smiling\n" + "".join(
        f"{row:06}.jpg,{row % 2},{int(row < 5)}\n" for row in range(COUNT)
    )
    small = replace(
        FACES64,
        images=original(tmp_path, FACES64.images.file, array.read_bytes()),
        attributes=original(tmp_path, FACES64.attributes.file, table.encode()),
        count=COUNT,
        test=TEST,
    )
    for module in (catalogue, places):
        monkeypatch.setattr(module, "FACES64", small)
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path))
    return tmp_path


def test_rows_keep_their_pictures_and_attributes(faces64, pixels):
    dataset = load("celeba", validation=5)
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [35, 5, 10]
    assert dataset.shape == (3, 64, 64)
    assert np.array_equal(dataset.test.images[0].permute(1, 2, 0).numpy(), pixels[40])
    assert dataset.attribute_names == ("Bald", "Smiling")
    assert dataset.train.attributes[:6].tolist() == [[0, 1], [1, 1], [0, 1], [1, 1], [0, 1], [1, 0]]
    assert dataset.validation.attributes[0].tolist() == [1, 0]


def test_faces_have_no_classes_and_are_not_passed_on(faces64):
    dataset = load("celeba", validation=5)
    assert dataset.class_names == ()
    assert not dataset.redistributable
    assert set(dataset.train.labels.tolist()) == {-1}
    assert "non-commercial" in dataset.terms


def test_resizes_with_the_attributes(faces64):
    dataset = load("celeba", validation=5, image_size=16)
    assert dataset.shape == (3, 16, 16)
    assert dataset.train.attributes.shape == (35, 2)


@pytest.mark.parametrize("validation", [-1, 40])
def test_refuses_a_validation_that_leaves_nothing(faces64, validation):
    with pytest.raises(DataError, match=r"choose 0 to 39 of the 40"):
        load("celeba", validation=validation)


@pytest.mark.parametrize("file", [FACES64.images.file, FACES64.attributes.file])
def test_a_changed_or_missing_file_is_named(faces64, file):
    path = faces64 / file
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="has the sha256") as caught:
        load("celeba", validation=5)
    assert str(path) in str(caught.value)
    path.write_bytes(content[:-1])
    with pytest.raises(DataError, match=r"bytes where the original has"):
        load("celeba", validation=5)
    path.unlink()
    assert dataset_state("celeba").state == "incomplete"
    with pytest.raises(DataError, match="is missing"):
        load("celeba", validation=5)


def test_without_the_files_one_sentence_says_what_to_do(tmp_path):
    assert find_root("celeba", tmp_path) is None
    assert dataset_state("celeba", tmp_path).state == "incomplete"
    with pytest.raises(DataError, match="faces-synthetic") as caught:
        load("celeba", workspace=tmp_path)
    assert "list_attr_celeba.txt" in str(caught.value)
    assert str(tmp_path / "datasets") in str(caught.value)


def test_attributes_are_bytes(faces64):
    assert load("celeba", validation=0).train.attributes.dtype == torch.int8
