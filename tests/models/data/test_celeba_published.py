import numpy as np
import pytest
import torch
from PIL import Image

from models.data import DataError, find_root, load
from models.data.held_out import has_held_out, load_held_out
from models.data.state import dataset_state

COUNT = 20
NAMES = ("Smiling", "Male", "Young")


def value(row, column):
    return 1 if (row >> column) & 1 else -1


def lines(separator=" "):
    return [
        separator.join([f"{row + 1:06}.jpg", *(str(value(row, c)) for c in range(3))])
        for row in range(COUNT)
    ]


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Twenty aligned pictures, grey with a square of their own grey in the middle."""
    images = tmp_path / "celeba" / "img_align_celeba"
    images.mkdir(parents=True)
    for row in range(COUNT):
        picture = Image.new("RGB", (178, 218), (255, 0, 0))
        picture.paste((10 * row, 10 * row, 10 * row), (15, 35, 163, 183))
        picture.save(images / f"{row + 1:06}.jpg", quality=95)
    (tmp_path / "celeba/list_attr_celeba.txt").write_text(
        "\n".join([str(COUNT), " ".join(NAMES) + " ", *lines()]) + "\n"
    )
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path))
    return tmp_path


def partition(folder, parts):
    text = "".join(f"{row + 1:06}.jpg {part}\n" for row, part in enumerate(parts))
    (folder / "celeba/list_eval_partition.txt").write_text(text)


def read(folder, **options):
    return load("celeba", workspace=folder / "workspace", **options)


def test_the_square_around_the_face_is_cut_out_and_scaled(published):
    dataset = read(published, validation=3)
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [15, 3, 2]
    assert dataset.shape == (3, 64, 64)
    # No red of the border is left, and each picture is in its place.
    inner = dataset.train.images[..., 2:-2, 2:-2].float()
    wanted = 10 * torch.arange(15.0).view(-1, 1, 1, 1)
    assert (inner - wanted).abs().max() < 8
    assert dataset.attribute_names == NAMES
    told = [[max(0, value(row, column)) for column in range(3)] for row in range(COUNT)]
    assert (
        torch.cat([dataset.train.attributes, dataset.validation.attributes]).tolist() == told[:18]
    )
    assert not dataset.redistributable


def test_official_splits_are_kept(published):
    partition(published, [0] * 12 + [1] * 5 + [2] * 3)
    dataset = read(published, validation=4)
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [12, 4, 3]
    assert "official splits" in dataset.source
    # More than the official split holds is taken off the end of the training pictures.
    more = read(published, validation=7)
    assert [len(s) for s in (more.train, more.validation, more.test)] == [5, 7, 3]


def test_a_beginning_of_the_set_has_its_last_tenth_as_the_test(published):
    partition(published, [0] * COUNT)
    dataset = read(published, validation=0)
    assert [len(s) for s in (dataset.train, dataset.validation, dataset.test)] == [18, 0, 2]


def test_comes_from_the_cache_until_a_file_changes(published, monkeypatch):
    first = read(published, validation=0)
    kept = list((published / "workspace/datasets/read/celeba").iterdir())
    assert {path.suffix for path in kept} == {".npy", ".json"}
    monkeypatch.setattr("models.data.gathered.read_picture", None)
    assert torch.equal(read(published, validation=0).train.images, first.train.images)
    monkeypatch.undo()
    monkeypatch.setenv("STUDIO_DATASETS", str(published))
    Image.new("RGB", (178, 218), "white").save(published / "celeba/img_align_celeba/000001.jpg")
    assert read(published, validation=0).train.images[0].min() == 255
    assert len(list((published / "workspace/datasets/read/celeba").iterdir())) == 2


def test_kept_pictures_are_never_written_to(published):
    images = read(published, validation=0).train.images
    images.zero_()
    assert read(published, validation=0).train.images.any()


def test_broken_and_unlisted_pictures_are_left_out(published):
    folder = published / "celeba/img_align_celeba"
    (folder / "000002.jpg").write_bytes(b"no picture")
    Image.new("RGB", (178, 218)).save(folder / "999999.jpg")
    dataset = read(published, validation=0)
    assert len(dataset.train) + len(dataset.test) == COUNT - 1
    assert dataset.train.attributes[1].tolist() == [max(0, value(2, c)) for c in range(3)]


def test_other_layouts_are_found(published):
    assert find_root("celeba") == published
    assert dataset_state("celeba").state == "present"
    celeba = published / "celeba"
    csv = "\n".join([",".join(["image_id", *NAMES]), *lines(",")])
    (celeba / "list_attr_celeba.csv").write_text(csv)
    (celeba / "list_attr_celeba.txt").unlink()
    assert read(published, validation=0).attribute_names == NAMES
    celeba.rename(published / "CelebA")
    (published / "CelebA/Img").mkdir()
    (published / "CelebA/img_align_celeba").rename(published / "CelebA/Img/img_align_celeba")
    assert len(read(published, validation=0).train) == 18


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("000007.jpg 1 1", "line 9: there are 2 values where 3 belong"),
        ("000007.jpg 1 1 7", "line 9: a value is none of -1, 0, 1"),
    ],
)
def test_a_fault_in_a_list_is_named_by_its_line(published, line, fault):
    path = published / "celeba/list_attr_celeba.txt"
    text = path.read_text().splitlines()
    text[8] = line
    path.write_text("\n".join(text))
    with pytest.raises(DataError, match=fault) as caught:
        read(published)
    assert str(path) in str(caught.value)


def test_lists_and_pictures_that_do_not_belong_together(published):
    path = published / "celeba/list_attr_celeba.txt"
    path.write_text("1\nSmiling\nother.jpg 1\n")
    with pytest.raises(DataError, match="none of the pictures that list_attr"):
        read(published)
    path.write_bytes(np.random.default_rng(0).bytes(500))
    with pytest.raises(DataError, match="not plain text"):
        read(published)
    path.write_text("2\n")
    with pytest.raises(DataError, match="lists no pictures"):
        read(published)


def test_refuses_a_validation_that_leaves_nothing(published):
    for validation in (-1, 18, 500):
        with pytest.raises(DataError, match="does not fit the 20 pictures of celeba"):
            read(published, validation=validation)


def held_out(folder):
    return load_held_out("celeba", (3, 64, 64), workspace=folder / "workspace")


def offered(folder):
    return has_held_out("celeba", folder / "workspace")


def test_held_out_faces_gather_nothing(published, monkeypatch):
    partition(published, [0] * 12 + [1] * 4 + [2] * 4)
    assert not offered(published)
    with pytest.raises(DataError, match="no held-out examples"):
        held_out(published)
    trained_on = read(published, validation=3)
    assert offered(published)

    def opened(*_):
        raise AssertionError

    monkeypatch.setattr("models.data.gathered._read", opened)
    found = held_out(published)
    assert torch.equal(found.split.images, trained_on.test.images)
    assert torch.equal(found.split.attributes, trained_on.test.attributes)
    assert found.attribute_names == NAMES
    # A picture less, and what was gathered is not what is there.
    (published / "celeba/img_align_celeba/000020.jpg").unlink()
    with pytest.raises(DataError, match="not gathered yet"):
        held_out(published)


def test_held_out_faces_are_those_of_the_official_split(published):
    """The last tenth of a folder without it may be what another model was trained on."""
    read(published, validation=3)
    assert not offered(published)
    partition(published, [0] * COUNT)
    assert offered(published)
    with pytest.raises(DataError, match="holds out no examples"):
        held_out(published)
    partition(published, [2] + [0] * 18 + [2])
    found = held_out(published)
    assert [int(value) for value in found.split.attributes[:, 0]] == [0, 1]
    with pytest.raises(DataError, match="shape"):
        load_held_out("celeba", (1, 64, 64), workspace=published / "workspace")
