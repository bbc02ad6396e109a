"""A person's own arrays and labels, in grey and in colour, and every way they can be wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from models.cli import app
from models.data import DataError, load, load_as
from models.data.state import dataset_state

COUNT = 20


def picture(row, side=16):
    """A ramp of one brightness a row."""
    return np.full((side, side), 10 * row, np.uint8)


@pytest.fixture
def faces(tmp_path):
    """Twenty arrays in all the ways that a picture may lie in one."""
    folder = tmp_path / "faces"
    folder.mkdir()
    for row in range(COUNT):
        grey = picture(row)
        ways = (
            grey,
            grey.astype(np.float64) / 255,
            grey[..., None],
            np.repeat(grey[None].astype(np.float32) / 255, 3, 0),
            np.asfortranarray(grey.astype(np.int64)),
        )
        np.save(folder / f"face_{row:02}.npy", ways[row % len(ways)])
    return folder


def values(dataset):
    splits = (dataset.train, dataset.validation, dataset.test)
    return [image.float().mean().item() for split in splits for image in split.images]


def test_arrays_are_pictures_in_grey_and_in_colour(faces, tmp_path):
    for shape in ((1, 16, 16), (3, 16, 16), (1, 28, 28)):
        dataset = load_as(f"folder:{faces}", shape, workspace=tmp_path)
        assert dataset.shape == shape
        assert sorted(values(dataset)) == [10.0 * row for row in range(COUNT)]


def test_grey_of_colour_is_that_of_pillow(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    numbers = np.random.default_rng(0)
    for row in range(10):
        pixels = numbers.integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{row}.png")
    dataset = load_as(f"folder:{folder}", (1, 16, 16), workspace=tmp_path, validation=0)
    wanted = {np.asarray(Image.open(p).convert("L")).tobytes() for p in folder.iterdir()}
    got = [*dataset.train.images, *dataset.test.images]
    assert {image.numpy().tobytes() for image in got} == wanted


@pytest.mark.parametrize("layout", [(COUNT, 12, 12), (COUNT, 12, 12, 3), (COUNT, 1, 12, 12)])
def test_one_array_of_all_pictures(tmp_path, layout):
    rows = np.arange(COUNT, dtype=np.float32).reshape(-1, *(1,) * (len(layout) - 1)) / 25.5
    folder = tmp_path / "stack"
    folder.mkdir()
    np.save(folder / "all.npy", np.broadcast_to(rows, layout))
    (folder / "labels.csv").write_text(
        "file,label\n" + "".join(f"{row},{'odd' if row % 2 else 'even'}\n" for row in range(COUNT))
    )
    named = load_as(f"folder:{folder}", (1, 12, 12), workspace=tmp_path)
    bare = load_as(f"folder:{folder / 'all.npy'}", (3, 12, 12), workspace=tmp_path)
    assert sorted(values(named)) == sorted(values(bare)) == [10.0 * row for row in range(COUNT)]
    assert named.class_names == ("even", "odd")
    assert bare.class_names == ()
    for split in (named.train, named.validation, named.test):
        assert split.labels.tolist() == [int(v.float().mean() / 10) % 2 for v in split.images]
    assert dataset_state(f"folder:{folder / 'all.npy'}").state == "present"


def test_labels_by_file_in_the_order_of_numbers(faces, tmp_path):
    (faces / "classes.csv").write_text(
        "File, Label\n" + "".join(f"face_{r:02}.npy,{(2, 10, '')[r % 3]}\n" for r in range(18))
    )
    dataset = load_as(f"folder:{faces}", (1, 16, 16), workspace=tmp_path)
    assert dataset.class_names == ("2", "10")
    for split in (dataset.train, dataset.validation, dataset.test):
        for image, label in zip(split.images, split.labels.tolist(), strict=True):
            row = round(image.float().mean().item() / 10)
            assert label == ((0, 1, -1)[row % 3] if row < 18 else -1)


def test_classes_are_sorted_as_a_person_would(faces, tmp_path):
    names = ["person 11", "b", "Person 3", "a", "", "007", "2", "10"]
    lines = (f"face_{row:02}.npy,{name}\n" for row, name in enumerate(names))
    (faces / "labels.csv").write_text("file,label\n" + "".join(lines))
    classes = load(f"folder:{faces}", workspace=tmp_path).class_names
    assert classes == ("2", "007", "10", "a", "b", "Person 3", "person 11")


def test_labels_and_attributes_side_by_side(faces, tmp_path):
    (faces / "labels.csv").write_text("file,label\nface_00.npy,a\n")
    (faces / "attributes.csv").write_text("file,Hat\nface_00.npy,1\n")
    dataset = load(f"folder:{faces}", workspace=tmp_path)
    assert (dataset.class_names, dataset.attribute_names) == (("a",), ("Hat",))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("file,label\nface_00.npy,a,b\n", "line 2: there are 3 values where a file and a label"),
        ("file,label\nface_00.npy,a\nface_00.npy,b\n", "line 3: 'face_00.npy' has a line already"),
        ("file,label\n../x.npy,a\n", "line 2: there is no picture '../x.npy'"),
        ("file,label\nface_00.npy,\n", "gives no picture a label"),
        ("file;label\n", "line 1: the first line must be 'file,label'"),
        (f"file,label\nface_00.npy,{'a' * 65}\n", "is no name of a class"),
        ('file,label\nface_00.npy,"a"x\n', "this is no CSV"),
    ],
)
def test_a_fault_in_the_labels_is_one_sentence(faces, tmp_path, text, fault):
    (faces / "labels.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        load(f"folder:{faces}", workspace=tmp_path)
    assert fault in str(caught.value)
    assert str(faces / "labels.csv") in str(caught.value)


def _objects(path):
    np.save(path, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)


def _header(path):
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (2**20, 2**20)}
        np.lib.format.write_array_header_1_0(file, header)


@pytest.mark.parametrize(
    ("write", "fault"),
    [
        (
            lambda p: np.save(p, np.zeros((4, 4, 5), np.uint8)),
            "an array of 4 x 4 x 5 is no picture",
        ),
        (lambda p: np.save(p, np.zeros(9, np.uint8)), "an array of 9 is no picture"),
        (lambda p: np.save(p, np.zeros((0, 4), np.uint8)), "it is empty"),
        (lambda p: np.save(p, np.full((4, 4), 7.5)), "its floats go from 7.5 to 7.5"),
        (lambda p: np.save(p, np.full((4, 4), np.nan)), "its floats go from nan"),
        (lambda p: np.save(p, np.full((4, 4), 256)), "its values go from 256 to 256"),
        (lambda p: np.save(p, np.array([["a"]])), "it holds <U1 instead of numbers"),
        (_objects, "it holds object instead of numbers"),
        (_header, "it is cut off or too long"),
        (lambda p: p.write_bytes(b""), "it is no .npy array"),
        (lambda p: p.write_bytes(b"\x93NUMPY\x01\x00\x10\x00" + b"{" * 16), "it is no .npy array"),
    ],
)
def test_an_array_that_is_none_is_named_in_one_sentence(faces, tmp_path, write, fault):
    path = faces / "wrong.npy"
    write(path)
    with pytest.raises(DataError) as caught:
        load(f"folder:{faces}", workspace=tmp_path)
    assert fault in str(caught.value)
    assert str(path) in str(caught.value)
    alone = tmp_path / "alone"
    alone.mkdir()
    write(alone / "wrong.npy")
    with pytest.raises(DataError):
        load(f"folder:{alone}", workspace=tmp_path)


@pytest.mark.parametrize(
    ("array", "fault"),
    [
        (np.zeros((5, 8, 8), np.uint8), "holds 5 pictures; save 10"),
        (np.zeros((20, 8, 8, 2), np.uint8), "an array of 20 x 8 x 8 x 2 holds no pictures"),
        (np.linspace(0, 2, 20 * 64).reshape(20, 8, 8), r"row 10, counted from 0: its floats"),
        (np.zeros((20, 0, 8), np.uint8), "holds no pictures"),
    ],
)
def test_an_array_of_all_that_is_none(tmp_path, array, fault):
    np.save(tmp_path / "all.npy", array)
    with pytest.raises(DataError, match=fault):
        load(f"folder:{tmp_path / 'all.npy'}", workspace=tmp_path)


def test_a_recipe_trains_on_arrays_and_on_nothing_that_is_wrong(faces, tmp_path):
    def train(*settings):
        wishes = [f"dataset=folder:{faces}", "epochs=1", "validation=0", *settings]
        return CliRunner().invoke(
            app,
            ["train", "joint-digits", "--workspace", str(tmp_path / "ws"), "--name", "own"]
            + [part for wish in wishes for part in ("--set", wish)],
        )

    (faces / "labels.csv").write_text(
        "file,label\n" + "".join(f"face_{r:02}.npy,{'ab'[r % 2]}\n" for r in range(COUNT))
    )
    torch.manual_seed(0)
    assert train().exit_code == 0
    config = json.loads((tmp_path / "ws/checkpoints/own/config.json").read_text())
    assert config["class_names"] == ["a", "b"]
    assert config["metrics"]["cluster_accuracy"] > 0
    (faces / "wrong.npy").write_bytes(b"nothing")
    refused = train()
    assert isinstance(refused.exception, DataError)
    assert len(list((tmp_path / "ws/checkpoints").iterdir())) == 1
