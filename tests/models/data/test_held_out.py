import numpy as np
import pytest
import torch
from PIL import Image

from models.data import DataError, Dataset, Split, catalogue
from models.data.faces import olivetti
from models.data.faces.synthetic import draw_test_faces, load_synthetic
from models.data.held_out import has_held_out, load_held_out
from models.data.state import DatasetState


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr("models.data.held_out.DRAWN", 6)


def split(rows, value):
    attributes = torch.tensor([[1, -1], [0, 1]], dtype=torch.int8).repeat(rows // 2, 1)
    images = torch.full((rows, 3, 64, 64), value, dtype=torch.uint8)
    return Split(images=images, labels=torch.full((rows,), -1), attributes=attributes)


@pytest.fixture
def celeba(monkeypatch):
    """A data set is here that says it is CelebA."""
    dataset = Dataset(
        name="celeba",
        train=split(8, 1),
        validation=split(0, 2),
        test=split(6, 3),
        class_names=(),
        attribute_names=("Bald", "Young"),
        source="drawn",
        terms="none",
    )
    monkeypatch.setitem(catalogue._LOADERS, "celeba", lambda wish: dataset)
    here = DatasetState("present", "Here.")
    monkeypatch.setattr("models.data.held_out.dataset_state", lambda *_: here)
    return dataset


def test_only_the_test_split_is_kept(celeba):
    found = load_held_out("celeba", (3, 64, 64))
    assert len(found) == 6
    assert (found.split.images == 3).all()
    assert found.split.images.untyped_storage().nbytes() == 6 * 3 * 64 * 64
    assert found.attributes_of(0) == {"Bald": 1}
    assert found.attributes_of(1) == {"Bald": 0, "Young": 1}


def test_a_large_test_split_is_cut(celeba, monkeypatch):
    monkeypatch.setattr("models.data.held_out.MOST", 4)
    assert len(load_held_out("celeba", (3, 64, 64))) == 4


def test_another_shape_is_said_so(celeba):
    with pytest.raises(DataError, match="shape"):
        load_held_out("celeba", (1, 64, 64))


def test_drawn_faces_are_those_of_the_test_split(tmp_path, monkeypatch):
    monkeypatch.setattr("models.data.faces.synthetic.COUNT", 40)
    monkeypatch.setattr("models.data.faces.synthetic.TEST", 10)
    whole = load_synthetic(tmp_path, validation=5, count=40, test=10)
    found = draw_test_faces(4)
    # Processors round the last bit of a sine differently, chunk by chunk.
    assert (found.images.int() - whole.test.images[:4].int()).abs().max() <= 1
    assert torch.equal(found.attributes, whole.test.attributes[:4])
    assert len(draw_test_faces(99)) == 10


def test_drawn_faces_need_nothing(few, tmp_path):
    assert has_held_out("faces-synthetic", tmp_path)
    found = load_held_out("faces-synthetic", (3, 64, 64), workspace=tmp_path)
    assert len(found) == 6
    assert found.split.images.shape == (6, 3, 64, 64)
    assert "Smiling" in found.attribute_names
    assert not list(tmp_path.iterdir())


def test_drawn_faces_are_scaled_for_a_smaller_model(few):
    found = load_held_out("faces-synthetic", (3, 32, 32))
    assert found.split.images.shape == (6, 3, 32, 32)


def test_digits_come_with_the_libraries():
    found = load_held_out("digits", (1, 28, 28))
    assert len(found)
    assert found.attributes_of(0) == {}


@pytest.mark.parametrize("name", ["celeba", "olivetti", "mnist", "folder:/nowhere", "unheard-of"])
def test_what_is_not_here_is_not_fetched(name, tmp_path, monkeypatch):
    def download(*_, **__):
        raise AssertionError

    monkeypatch.setattr(catalogue, "download_set", download)
    monkeypatch.setattr("models.data.faces.olivetti.download", download)
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path / "none"))
    assert not has_held_out(name, tmp_path)
    with pytest.raises(DataError, match="no held-out examples") as error:
        load_held_out(name, (3, 64, 64), workspace=tmp_path)
    assert str(error.value).endswith(".")
    assert "/" not in str(error.value)


def test_no_folder_of_ones_own_is_read(tmp_path):
    """Its path may come from somebody else's checkpoint."""
    secret = tmp_path / "secret"
    secret.mkdir()
    for row in range(20):
        Image.new("RGB", (64, 64), (row, 0, 0)).save(secret / f"{row}.png")
    (tmp_path / "workspace" / "datasets").mkdir(parents=True)
    (tmp_path / "workspace" / "datasets" / "own").symlink_to(secret)
    for name in (f"folder:{secret}", "folder:own"):
        assert not has_held_out(name, tmp_path / "workspace")
        with pytest.raises(DataError) as error:
            load_held_out(name, (3, 64, 64), workspace=tmp_path / "workspace")
        assert "secret" not in str(error.value)
    assert not (tmp_path / "workspace" / "datasets" / "read").exists()


def test_a_damaged_file_is_told_without_its_place(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("STUDIO_DATASETS", str(tmp_path))
    (tmp_path / "olivetti").mkdir()
    (tmp_path / "olivetti" / "faces.npy").write_bytes(b"nothing")
    with pytest.raises(DataError, match="damaged") as error:
        load_held_out("olivetti", (1, 64, 64), workspace=tmp_path, validation=40)
    assert str(tmp_path) not in str(error.value)
    assert str(tmp_path) in caplog.text


def test_olivetti_from_the_workspace(tmp_path, monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (400, 64, 64), dtype=np.uint8)
    (tmp_path / "datasets" / "olivetti").mkdir(parents=True)
    np.save(tmp_path / "datasets" / "olivetti" / "faces.npy", pixels)
    monkeypatch.setattr(olivetti, "PIXELS", olivetti._digest(pixels))
    found = load_held_out("olivetti", (1, 64, 64), workspace=tmp_path, validation=40)
    assert len(found) == 40
    assert found.attributes_of(0) == {}
