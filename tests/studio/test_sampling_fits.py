"""What the sampler fits to over HTTP: classes, examples, pictures, mixtures."""

import io
import threading

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from models import fitting
from models.fitting import encoded
from tests.studio.samplers import floats, pixels, refusal


@pytest.mark.parametrize("label", [None, 4])
def test_a_fit_has_the_moments_of_the_aggregate_posterior(get, sampled, label):
    fit = get("tiny/fit", **({} if label is None else {"label": label})).json()
    checkpoint = sampled.open("tiny")
    found = encoded(checkpoint).aggregate(label)
    assert fit["mu"] == found.mean.tolist()
    assert fit["sigma"] == found.std.tolist()
    labels = checkpoint.atlas.labels
    assert fit["examples"] == (len(labels) if label is None else int((labels == label).sum()))


FITS = ["fit", "mixture", "draws"]


@pytest.mark.parametrize("part", FITS)
def test_there_is_nothing_to_fit_to_without_examples(get, part):
    assert "no encoded examples" in refusal(get(f"bare/{part}", seed=0))
    assert "neither posteriors nor pictures" in refusal(get(f"blind/{part}", seed=0))


@pytest.mark.parametrize("part", FITS)
def test_classes_that_cannot_be_fitted_to_are_named(get, part):
    for label in (-1, 10, 10**30):
        assert f"There is no class {label}" in refusal(get(f"tiny/{part}", seed=0, label=label))
    assert "'3' has no encoded examples" in refusal(get(f"gap/{part}", seed=0, label=3))
    assert "label" in refusal(get(f"tiny/{part}", seed=0, label="three"))


def test_examples_are_balanced_and_fixed_by_their_seed(get, sampled):
    atlas = sampled.open("tiny").atlas
    first, again, other = (
        get("tiny/examples", seed=seed, count=10).json()["examples"] for seed in (1, 1, 2)
    )
    assert first == again != other
    assert sorted(one["label"] for one in first) == list(range(10))
    for one in first:
        assert one["label"] == int(atlas.labels[one["row"]])
        assert np.array_equal(pixels(one["image"]), atlas.thumbnails[one["row"], 0].numpy())


def test_there_are_as_many_examples_as_pictures(get):
    assert len(get("tiny/examples", seed=0, count=16).json()["examples"]) == 16
    for name in ("bare", "blind"):
        assert get(f"{name}/examples", seed=0).json() == {"examples": []}
    for count in (0, 17):
        assert "count" in refusal(get("tiny/examples", seed=0, count=count))


def test_an_example_without_a_class_has_no_label(get, sampled):
    row = int((sampled.open("gap").atlas.labels == -1).nonzero()[0])
    assert get("gap/fit-example", row=row).json()["label"] is None


def test_an_example_has_its_own_posterior(get, sampled):
    atlas = sampled.open("tiny").atlas
    fit = get("tiny/fit-example", row=7).json()
    assert fit["mu"] == pytest.approx(atlas.codes[7].tolist(), abs=1e-4)
    assert fit["sigma"] == pytest.approx((0.5 * atlas.logvar[7].float()).exp().tolist(), rel=1e-2)
    assert fit["label"] == int(atlas.labels[7])
    assert np.array_equal(pixels(fit["image"]), atlas.thumbnails[7, 0].numpy())


@pytest.mark.parametrize(("name", "row"), [("tiny", -1), ("tiny", 10**20), ("old", 60)])
def test_an_example_that_is_not_there_is_refused(get, name, row):
    assert f"no example {row}; choose 0 to" in refusal(get(f"{name}/fit-example", row=row))


@pytest.mark.parametrize("name", ["bare", "blind"])
def test_no_example_can_be_had_where_no_pictures_are(get, name):
    assert "keeps no pictures" in refusal(get(f"{name}/fit-example", row=0))


@pytest.fixture
def drawn_one():
    picture = Image.new("L", (196, 140))
    ImageDraw.Draw(picture).line((40, 20, 40, 120), fill=255, width=16)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def test_a_picture_is_laid_and_encoded_as_elsewhere(sampler, drawn_one):
    for fit in ("digit", "square"):
        found = sampler.post(f"/sampling/bare/fit-picture?fit={fit}", content=drawn_one).json()
        same = sampler.post(f"/checkpoints/bare/encode?fit={fit}", content=drawn_one).json()
        assert found["image"] == same["image"]
        assert found["mu"] == pytest.approx(same["mu"], abs=1e-5)
        assert found["sigma"] == pytest.approx(np.exp(np.array(same["logvar"]) / 2), rel=1e-4)


@pytest.mark.parametrize(
    ("data", "word"),
    [(b"", "empty"), (b"just some text", "not a picture"), (b"x" * 10_000_001, "10 MB")],
)
def test_bad_pictures_are_refused_in_one_sentence(sampler, data, word):
    assert word in refusal(sampler.post("/sampling/tiny/fit-picture", content=data))


def test_a_picture_is_laid_in_one_of_two_ways(sampler, drawn_one):
    answer = sampler.post("/sampling/tiny/fit-picture?fit=stretch", content=drawn_one)
    assert "fit" in refusal(answer)


def test_the_mixture_of_the_checkpoint_is_used(get, sampled):
    mixture = sampled.open("mixed").atlas.mixture
    about = get("mixed/mixture").json()
    assert about["components"] == 3
    assert about["weights"] == mixture.weights.tolist()
    assert torch.equal(floats(get("mixed/draws", seed=5)), mixture.sample(64, 5))


@pytest.mark.parametrize("label", [4, 5])
def test_a_mixture_is_fitted_to_a_class_with_so_many_components(get, sampled, label):
    data = encoded(sampled.open("tiny"))
    fitted = data.mixture(2, label)
    about = get("tiny/mixture", label=label, components=2).json()
    assert about["components"] == len(about["weights"]) == 2
    assert about["mean"] == pytest.approx(fitted.mean.tolist(), abs=1e-5)
    assert about["std"] == pytest.approx(data.aggregate(label).std.tolist(), rel=0.2)
    assert about["examples"] == int((data.labels == label).sum())
    assert about["seconds"] >= 0
    drawn = floats(get("tiny/draws", seed=1, label=label, components=2))
    torch.testing.assert_close(drawn, fitted.sample(64, 1))


@pytest.mark.parametrize("components", [0, 257, "many"])
def test_a_mixture_has_a_sensible_number_of_components(get, components):
    assert "components" in refusal(get("tiny/mixture", components=components))


def test_a_mixture_cannot_have_more_components_than_examples(get):
    sentence = refusal(get("old/mixture", components=200))
    assert "carry at most 10 Gaussians, not 200" in sentence


def test_a_mixture_is_fitted_once_for_all_who_ask(get, monkeypatch):
    asked, fit, never = [], fitting.fit_mixture, threading.Event()

    def counted(codes, components):
        asked.append(components)
        never.wait(0.2)  # Long enough for the others to ask meanwhile.
        return fit(codes, components)

    monkeypatch.setattr(fitting, "fit_mixture", counted)
    queries = [{"components": 5}, {"components": 5, "seed": 1}, {"components": 5}]
    parts = ["tiny/mixture", "tiny/draws", "tiny/mixture"]
    visitors = [
        threading.Thread(target=get, args=(part,), kwargs=query)
        for part, query in zip(parts, queries, strict=True)
    ]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert asked == [5]
    get("tiny/mixture", components=6)
    assert asked == [5, 6]
