import os
import struct
import zlib

import pytest
import torch
from PIL import Image

from models.data import DataError, load
from models.data.state import dataset_state

COUNT = 30


@pytest.fixture
def folder(tmp_path):
    """Thirty pictures of one grey each, wider than high, with a red edge."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for row in range(COUNT):
        picture = Image.new("RGB", (200, 100), (255, 0, 0))
        picture.paste((8 * row,) * 3, (50, 0, 150, 100))
        picture.save(folder / f"{row:02}.png")
    return folder


@pytest.fixture
def read(folder, tmp_path):
    def read(**options):
        return load(f"folder:{folder}", workspace=tmp_path / "workspace", **options)

    return read


def bomb():
    """A PNG of 169 million pixels in a few hundred bytes."""

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 13_000, 13_000, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


def greys(dataset):
    splits = (dataset.train, dataset.validation, dataset.test)
    return [round(image.float().mean().item() / 8) for split in splits for image in split.images]


def test_central_squares_in_three_splits_that_share_nothing(read):
    dataset = read()
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [24, 3, 3]
    assert dataset.shape == (3, 64, 64)
    assert sorted(greys(dataset)) == list(range(COUNT))
    assert dataset.attribute_names == ()
    assert dataset.train.attributes is None
    assert set(dataset.train.labels.tolist()) == {-1}


def test_size_validation_and_seed(read):
    assert read(image_size=32).shape == (3, 32, 32)
    whole, other = read(validation=0), read(validation=10, seed=1)
    assert len(whole.train) == 27
    assert torch.equal(whole.test.images, other.test.images)
    assert len(other.validation) == 10
    with pytest.raises(DataError, match="choose 0 to 25"):
        read(validation=26)


def test_a_table_gives_attributes_and_unknown_ones(folder, read):
    (folder / "mine.csv").write_text(
        "﻿file,Smiling, Hat\n" + "".join(f"{row:02}.png,{row % 2},\n" for row in range(20)),
        encoding="utf-8",
    )
    dataset = read()
    assert dataset.attribute_names == ("Smiling", "Hat")
    splits = (dataset.train, dataset.validation, dataset.test)
    told = torch.cat([split.attributes for split in splits])
    for grey, row in zip(greys(dataset), told.tolist(), strict=True):
        assert row == ([grey % 2, -1] if grey < 20 else [-1, -1])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: the first line must be 'file' and the names"),
        ("name,Smiling\n", "line 1: the first line must be 'file' and the names"),
        ("file\n00.png\n", "line 1: the first line must be 'file' and the names"),
        ("file,Smiling,Smiling\n", "line 1: the attribute 'Smiling' is there twice"),
        ("file,Smiling,\n", "line 1: '' is no name for an attribute"),
        ("file," + ",".join(f"a{n}" for n in range(201)), "line 1: there are 201 attributes"),
        ("file,Smiling\n00.png,1,0\n", "line 2: there are 3 values where 2 belong"),
        ("file,Smiling\n00.png,1\n\n01.png,yes\n", "line 4: Smiling is 'yes'; write 1"),
        ("file,Smiling\n00.png,1\n00.png,1\n", "line 3: '00.png' has a line already"),
        ("file,Smiling\n../00.png,1\n", "line 2: there is no picture '../00.png'"),
        ('file,Smiling\n00.png,"1"x\n', "line 2: this is no CSV"),
    ],
)
def test_a_fault_in_the_table_is_one_sentence_with_its_line(folder, read, text, fault):
    path = folder / "attributes.csv"
    path.write_text(text)
    with pytest.raises(DataError) as caught:
        read()
    assert f"{path}, {fault}" in str(caught.value)
    assert str(caught.value).count(". ") == 0


def test_a_table_that_is_no_text(folder, read):
    (folder / "attributes.csv").write_bytes(b"file,\xff\xfe\n")
    with pytest.raises(DataError, match="not UTF-8"):
        read()


def test_two_tables_need_a_name(folder, read):
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("file,Hat\n")
    with pytest.raises(DataError, match=r"2 tables \(a\.csv, b\.csv\)"):
        read()
    (folder / "attributes.csv").write_text("file,Smiling\n")
    assert read().attribute_names == ("Smiling",)


def test_what_cannot_be_read_is_named_and_nothing_is_loaded(folder, read):
    (folder / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_bytes(b"")
    assert len(read().train) == 24
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    for _ in range(2):
        with pytest.raises(DataError, match=r"broken\.jpg cannot be read \(The .*; mend or remove"):
            read()
    (folder / "bomb.png").write_bytes(bomb())
    with pytest.raises(DataError, match=r"bomb\.png cannot be read \(The picture has"):
        read()
    (folder / "bomb.png").unlink()
    (folder / "broken.jpg").unlink()
    assert len(read().train) == 24


def test_links_are_not_followed(folder, read, tmp_path):
    Image.new("RGB", (64, 64), "white").save(tmp_path / "private.png")
    (folder / "link.png").symlink_to(tmp_path / "private.png")
    (folder / "attributes.csv").symlink_to(tmp_path / "private.png")
    assert sorted(greys(read())) == list(range(COUNT))


def test_nothing_that_can_be_read_is_an_error(folder, read):
    for path in folder.iterdir():
        path.write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"00\.png cannot be read \("):
        read()
    for path in sorted(folder.iterdir())[:25]:
        path.unlink()
    with pytest.raises(DataError, match="holds 5 pictures; put 10 to"):
        read()


def test_there_is_no_such_folder(tmp_path):
    for name in (f"folder:{tmp_path / 'nowhere'}", "folder:nowhere"):
        with pytest.raises(DataError, match="There is no folder"):
            load(name, workspace=tmp_path)
        assert dataset_state(name, tmp_path).state == "incomplete"
    with pytest.raises(DataError, match="There is no data set 'folder:'"):
        load("folder:", workspace=tmp_path)


def test_a_bare_name_is_looked_for_where_data_sets_are(folder, tmp_path):
    (tmp_path / "workspace/datasets").mkdir(parents=True)
    folder.rename(tmp_path / "workspace/datasets/photos")
    dataset = load("folder:photos", workspace=tmp_path / "workspace")
    assert sorted(greys(dataset)) == list(range(COUNT))
    assert dataset.name == "folder:photos"
    assert dataset_state("folder:photos", tmp_path / "workspace").state == "present"


def test_a_full_disk_is_one_sentence_and_leaves_nothing(read, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        read()
    assert [p for p in (tmp_path / "workspace").rglob("*") if p.is_file()] == []


def test_a_picture_that_changed_is_read_again(folder, read):
    read()
    Image.new("RGB", (64, 64), (255, 255, 255)).save(folder / "00.png")
    assert sorted(greys(read()))[-1] == 32
