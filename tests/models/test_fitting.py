import dataclasses

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.evaluate import encode_posterior
from models.fitting import FitError, encoded, fit_picture
from models.latent.sampling import fit_mixture
from models.training.outcome import build_atlas


@pytest.fixture(scope="module")
def checkpoint(tiny_checkpoint):
    return load_checkpoint(tiny_checkpoint)


def with_atlas(checkpoint, **changes):
    return dataclasses.replace(checkpoint, atlas=dataclasses.replace(checkpoint.atlas, **changes))


def test_the_aggregate_is_that_of_the_training_data(checkpoint, digits):
    posterior = encode_posterior(checkpoint.model, digits.train)
    found = encoded(checkpoint).aggregate()
    assert len(encoded(checkpoint)) > len(digits.train), "the validation examples are in it"
    torch.testing.assert_close(found.mean, posterior.mu.mean(0), atol=0.05, rtol=0)
    variance = posterior.mu.var(0) + posterior.logvar.exp().mean(0)
    torch.testing.assert_close(found.std, variance.sqrt(), atol=0.05, rtol=0)
    torch.testing.assert_close(found.kl, posterior.kl().mean(0), atol=0.1, rtol=0)


def test_a_class_is_fitted_alone(checkpoint):
    data = encoded(checkpoint)
    three = data.aggregate(3)
    rows = checkpoint.atlas.labels == 3
    torch.testing.assert_close(three.mean, checkpoint.atlas.codes[rows].mean(0))
    assert (three.std < data.aggregate().std).any()
    assert len(data.mixture(1, label=3)) == 1
    torch.testing.assert_close(data.mixture(1, label=3).means[0], three.mean, atol=0.2, rtol=0)


def test_an_atlas_without_variances_has_its_pictures_encoded(checkpoint, digits):
    old = encoded(with_atlas(checkpoint, logvar=None))
    assert len(old) == len(checkpoint.atlas.thumbnails) == 50
    torch.testing.assert_close(old.posterior.mu, checkpoint.atlas.codes[:50], atol=1e-4, rtol=1e-3)
    assert old.aggregate().kl is not None
    assert len(old.mixture(2)) == 2


def test_a_picture_has_its_own_posterior(checkpoint, digits):
    found = fit_picture(checkpoint.model, digits.test.images[5])
    posterior = encode_posterior(checkpoint.model, digits.test.take(torch.tensor([5])))
    torch.testing.assert_close(found.mu, posterior.mu[0])
    torch.testing.assert_close(found.sigma, (0.5 * posterior.logvar[0]).exp())
    assert found.sample(2, seed=0).shape == (2, 2)
    with pytest.raises(FitError, match=r"of \(1, 28, 28\), not torch.uint8 of \(28, 28\)"):
        fit_picture(checkpoint.model, digits.test.images[5, 0])


def test_the_mixture_that_came_along_is_used(checkpoint, tiny_recipe, digits):
    recipe = dataclasses.replace(tiny_recipe, components=4)
    atlas = build_atlas(checkpoint.model, digits, recipe)
    data = encoded(dataclasses.replace(checkpoint, atlas=atlas))
    assert data.mixture() is atlas.mixture
    assert len(data.mixture()) in (1, 2, 4)
    assert len(data.mixture(3)) == 3
    again = fit_mixture(atlas.draws(), (1, 2, 4))
    assert torch.equal(again.means, atlas.mixture.means)


def test_what_cannot_be_fitted_is_told(checkpoint):
    with pytest.raises(FitError, match="'tiny' has no encoded examples"):
        encoded(dataclasses.replace(checkpoint, atlas=None))
    bare = {"logvar": None, "thumbnails": torch.zeros(0, 1, 28, 28, dtype=torch.uint8)}
    with pytest.raises(FitError, match="neither posteriors nor pictures"):
        encoded(with_atlas(checkpoint, **bare))
    with pytest.raises(FitError, match="no class 10; choose 0 to 9"):
        encoded(checkpoint).aggregate(10)
    labels = torch.full_like(checkpoint.atlas.labels, 3)
    labels[0] = 4
    data = encoded(with_atlas(checkpoint, labels=labels))
    with pytest.raises(FitError, match="Class '7' has no encoded examples"):
        data.mixture(label=7)
    with pytest.raises(FitError, match="Class '4' has one example"):
        data.mixture(label=4)
