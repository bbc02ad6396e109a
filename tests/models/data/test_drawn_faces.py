import dataclasses
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from models.data import DataError, catalogue, load
from models.data.faces import synthetic
from models.data.faces.attributes import ATTRIBUTES, face_attributes
from models.data.faces.parameters import FaceParameters
from models.data.faces.population import draw_people
from models.data.faces.render import CHUNK, render_faces
from models.data.faces.synthetic import load_synthetic

FIELDS = [field.name for field in dataclasses.fields(FaceParameters)]
FEW = 24


@pytest.fixture(scope="module")
def people():
    return draw_people(FEW)


@pytest.fixture(scope="module")
def faces(people):
    return render_faces(people)


@pytest.fixture(scope="module")
def crowd():
    """Enough faces to learn what an attribute looks like, small to be quick."""
    people = draw_people(700, seed=5)
    return render_faces(people, 32), face_attributes(people)


def with_all(people, **values):
    columns = {name: torch.full((len(people),), value) for name, value in values.items()}
    return dataclasses.replace(people, **columns)


def changed(people, faces, **values):
    """Where the pictures change with a parameter: mean over faces and channels, [64, 64]."""
    before = faces if faces is not None else render_faces(people)
    after = render_faces(with_all(people, **values))
    return (after.float() - before.float()).abs().mean((0, 1))


def test_the_same_seed_draws_the_same_faces_in_chunks_of_any_size(people, faces):
    again = draw_people(FEW)
    assert all(torch.equal(getattr(people, name), getattr(again, name)) for name in FIELDS)
    assert torch.equal(render_faces(again), faces)
    assert FEW > CHUNK
    for row in (0, CHUNK, FEW - 1):
        assert torch.equal(render_faces(people.take(slice(row, row + 1)))[0], faces[row])
    assert not torch.equal(draw_people(FEW, seed=1).age, people.age)


def test_nobody_is_an_empty_picture(people):
    assert len(render_faces(people.take(slice(0)))) == 0


def test_faces_are_pictures_with_light_and_shade(faces):
    assert faces.shape == (FEW, 3, 64, 64)
    assert faces.dtype == torch.uint8
    spread = faces.float().std((1, 2, 3))
    assert spread.min() > 25
    assert len({bytes(face.flatten().tolist()) for face in faces}) == FEW


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=len(FIELDS)))
def test_no_extreme_breaks_the_drawing(values):
    signed = {"width", "jaw", "parting", "brow_lift", "eye_size", "gaze", "nose", "smile", "lips"}
    signed |= {"turn", "nod", "light"}
    columns = {
        name: torch.tensor([value if name in signed else abs(value)])
        for name, value in zip(FIELDS, values, strict=False)
    }
    columns["tilt"] = torch.tensor([values[0] * 0.14])
    face = render_faces(FaceParameters(**columns), 32)
    # Not-a-numbers would be black.
    assert face.float().std() > 5
    assert (face.amax((0, 1)) > 0).all()


def test_neighbouring_parameters_give_neighbouring_pictures(people):
    first, second = people.take(slice(0, 8)), people.take(slice(8, 16))
    steps = [render_faces(first.lerp(second, weight)).float() for weight in (0.5, 0.51)]
    assert (steps[1] - steps[0]).abs().mean() < 2


def test_a_parameter_changes_its_part_of_the_face(people, faces):
    straight = with_all(people, turn=0.0, nod=0.0, tilt=0.0, hat=0.0, glasses=0.0)
    before = render_faces(straight)
    rows = torch.arange(64).unsqueeze(1).expand(64, 64)
    for values, top, bottom in (
        ({"smile": 1.0, "mouth_open": 1.0}, 18, 56),
        ({"glasses": 1.0}, 22, 40),
        ({"eye_tone": 0.0}, 26, 36),
        ({"cloth_hue": 0.5}, 50, 64),
        ({"beard": 1.0}, 28, 64),
    ):
        difference = changed(straight, before, **values)
        inside = (rows >= top) & (rows < bottom)
        assert difference[inside].sum() > 0, values
        assert difference[~inside].max() < 0.5, values


def test_attributes_are_what_the_parameters_say():
    people = draw_people(4000)
    attributes = face_attributes(people)
    assert attributes.dtype == torch.int8
    assert attributes.shape == (4000, len(ATTRIBUTES))
    assert set(attributes.unique().tolist()) == {-1, 0, 1}
    told = dict(zip(ATTRIBUTES, attributes.T, strict=True))
    assert torch.equal(told["Eyeglasses"] == 1, people.glasses > 0.5)
    assert torch.equal(told["Smiling"] == 1, people.smile > 0.3)
    # What a hat covers is not known, and nobody has two colours of hair.
    assert (told["Bangs"][told["Wearing_Hat"] == 1] == -1).all()
    hair = torch.stack([told[f"{name}_Hair"] for name in ("Black", "Blond", "Brown", "Gray")])
    assert hair.sum(0).max() == 1


def test_attributes_are_balanced_and_correlate_but_not_wholly():
    attributes = face_attributes(draw_people(4000))
    told = dict(zip(ATTRIBUTES, attributes.float().T, strict=True))
    assert all(0.02 < (column == 1).float().mean() < 0.8 for column in told.values())
    assert 0.25 < told["Eyeglasses"].mean() < 0.35
    for a, b, low, high in (
        ("Eyeglasses", "Young", -0.4, -0.1),
        ("Gray_Hair", "Young", -0.75, -0.3),
        ("Male", "Wearing_Lipstick", -0.75, -0.3),
        ("Smiling", "Mouth_Slightly_Open", 0.2, 0.6),
        ("Male", "Smiling", -0.25, -0.03),
        ("Male", "Young", -0.25, 0.0),
    ):
        correlation = np.corrcoef(told[a], told[b])[0, 1]
        assert low < correlation < high, (a, b, correlation)


@pytest.mark.parametrize("name", ["Smiling", "Male", "Eyeglasses", "Young", "Wearing_Hat"])
def test_attributes_can_be_told_from_the_pictures(crowd, name):
    images, attributes = crowd
    x, y = images.flatten(1).float().numpy() / 255, attributes[:, ATTRIBUTES.index(name)].numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=0.05, max_iter=60).fit(x[:500], y[:500])
    assert roc_auc_score(y[500:], model.decision_function(x[500:])) > 0.85


@pytest.fixture
def few(monkeypatch):
    """A data set of forty faces, and how many faces were drawn for it."""
    drawn = []

    def counting(people, *args):
        drawn.append(len(people))
        return render_faces(people, *args)

    monkeypatch.setattr(synthetic, "render_faces", counting)
    monkeypatch.setattr(synthetic, "PROBES", 3)
    return drawn


def small(folder, validation=5):
    return load_synthetic(folder, validation=validation, count=40, test=10)


def test_faces_are_drawn_once_and_kept(few, tmp_path):
    first = small(tmp_path)
    assert [len(s) for s in (first.train, first.validation, first.test)] == [25, 5, 10]
    assert few == [40]
    second = small(tmp_path)
    assert few == [40, 3]
    for name in ("train", "validation", "test"):
        a, b = getattr(first, name), getattr(second, name)
        assert torch.equal(a.images, b.images)
        assert torch.equal(a.attributes, b.attributes)
    assert first.attribute_names == ATTRIBUTES
    assert first.class_names == ()
    assert first.redistributable


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", None])
def test_what_was_kept_is_drawn_anew_where_it_is_not_the_same(few, tmp_path, damage):
    first = small(tmp_path)
    path = next(tmp_path.glob("*.npy"))
    if damage is None:
        old = np.load(path)
        old[:, :, 20:30] = 0
        np.save(path, old)
    else:
        path.write_bytes(damage)
    assert torch.equal(small(tmp_path).train.images, first.train.images)
    assert few[-1] == 40


def test_faces_need_no_place_to_be_kept_in(few, tmp_path):
    (tmp_path / "file").write_text("in the way")
    assert len(small(tmp_path / "file").train) == 25


def test_refuses_a_validation_that_leaves_nothing(tmp_path):
    for validation in (-1, 30):
        with pytest.raises(DataError, match="choose 0 to 29 of its 30 train pictures"):
            small(tmp_path, validation=validation)


def test_is_found_by_its_name(few, tmp_path, monkeypatch):
    monkeypatch.setattr(
        catalogue,
        "load_synthetic",
        lambda folder, validation: load_synthetic(folder, validation=validation, count=40, test=10),
    )
    dataset = load("faces-synthetic", workspace=tmp_path, validation=5, image_size=16)
    assert dataset.shape == (3, 16, 16)
    assert dataset.train.attributes.shape == (25, len(ATTRIBUTES))
    assert list((tmp_path / "datasets/faces-synthetic").iterdir())
