"""Samples judged against real pictures: small digits stand in for MNIST."""

import dataclasses

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.evaluate import evaluate
from models.features import load_features
from models.frechet import Moments
from models.latent.sampling import DiagonalGaussian
from models.quality import frechet_of_samples, sample_quality, samplers
from models.training.outcome import build_atlas


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint):
    return load_checkpoint(tiny_checkpoint)


@pytest.fixture(scope="module")
def as_mnist(digits):
    """The same pictures under a name that has features."""
    return dataclasses.replace(digits, name="mnist")


@pytest.fixture(scope="module")
def atlas(checkpoint, tiny_recipe, digits):
    return build_atlas(checkpoint.model, digits, dataclasses.replace(tiny_recipe, components=8))


@pytest.fixture(autouse=True)
def fewer(monkeypatch):
    monkeypatch.setattr("models.quality.SAMPLES", 500)


def test_every_source_is_judged_in_the_features_of_the_data_set(checkpoint, as_mnist, atlas):
    found = sample_quality(checkpoint.model, as_mnist, atlas)
    assert list(found.distances) == ["frechet", "frechet_gaussian", "frechet_mixture"]
    assert all(value > 0 for value in found.distances.values())
    assert "257 test pictures" in found.conditions
    assert load_features("mnist")[1].sha256[:8] in found.conditions


def test_without_codes_only_the_prior_is_judged(checkpoint, as_mnist, atlas):
    assert list(sample_quality(checkpoint.model, as_mnist).distances) == ["frechet"]
    bare = dataclasses.replace(atlas, mixture=None)
    assert list(samplers(2, bare)) == ["frechet", "frechet_gaussian"]


def test_data_without_features_are_not_judged(checkpoint, digits, atlas):
    assert sample_quality(checkpoint.model, digits, atlas) is None
    metrics = evaluate(
        checkpoint.model, digits, binarise="dynamic", importance_samples=2, atlas=atlas
    )
    assert not [key for key in metrics if key.startswith("frechet")]
    assert "Frechet" not in metrics["conditions"]


def test_evaluate_adds_what_it_can(checkpoint, as_mnist, atlas):
    def measure(**given):
        return evaluate(
            checkpoint.model, as_mnist, binarise="dynamic", importance_samples=2, **given
        )

    plain, full = measure(), measure(atlas=atlas)
    assert plain["frechet"] == full["frechet"]
    assert full.keys() - plain.keys() == {"frechet_gaussian", "frechet_mixture"}
    assert "Frechet distances" in plain["conditions"]


def test_a_seed_fixes_the_distances(checkpoint, as_mnist, atlas):
    first, again, other = (
        sample_quality(checkpoint.model, as_mnist, atlas, seed=s).distances for s in (1, 1, 2)
    )
    assert first == again != other


def test_samples_from_where_the_data_is_are_better_than_from_afar(checkpoint, as_mnist, atlas):
    network, _ = load_features("mnist")
    real = Moments.of(network.features(as_mnist.test.images))
    found = frechet_of_samples(
        checkpoint.model,
        network,
        real,
        {
            "codes": atlas.mixture,
            "afar": DiagonalGaussian(torch.full((2,), 20.0), torch.ones(2)),
            "one": DiagonalGaussian.point(atlas.codes[0]),
        },
        samples=400,
    )
    assert found["codes"] < 0.9 * min(found["afar"], found["one"])
