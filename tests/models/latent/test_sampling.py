"""Noise from a seed, Gaussians with a width for each dimension, and where a code lies."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from models.latent import Density
from models.latent.sampling import (
    DiagonalGaussian,
    expected_radius,
    normals,
    radius_density,
    radius_quantile,
    uniforms,
    whereabouts,
)


def test_a_seed_gives_these_numbers_on_every_machine():
    """Written out once: whoever changes them changes every sample that was ever shared."""
    rows = [[1.1362473, -0.5377774, -0.2016436], [1.1428535, 1.0135748, -1.2293729]]
    torch.testing.assert_close(normals(7, 2, 3), torch.tensor(rows), atol=1e-6, rtol=0)


def test_a_row_depends_on_nothing_but_seed_row_and_column():
    many = normals(3, 64, 128)
    assert torch.equal(normals(3, 9, 8), many[:9, :8])
    assert not torch.equal(normals(4, 9, 8), many[:9, :8])
    assert not torch.equal(normals(3, 9, 8, stream=1), many[:9, :8])
    assert len(many.flatten().unique()) == many.numel()


@pytest.mark.parametrize("seed", [0, 12, 2**63 - 1])
def test_noise_is_normal_in_every_dimension_and_independent(seed):
    noise = normals(seed, 5000, 4)
    for column in noise.T:
        assert stats.kstest(column.numpy(), "norm").pvalue > 1e-4
    correlation = np.corrcoef(noise.T.numpy()) - np.eye(4)
    assert abs(correlation).max() < 0.06
    assert abs(float((noise[:-1] * noise[1:]).mean())) < 0.03, "rows follow from each other"


def test_uniforms_never_reach_their_ends(monkeypatch):
    class Extreme:
        def __init__(self, **_):
            pass

        def random_raw(self, count):
            return np.array([0, 2**64 - 1], dtype=np.uint64)[:count]

    monkeypatch.setattr(np.random, "Philox", Extreme)
    low, high = uniforms(0, 1, 2)[0]
    assert 0 < low < high < 1
    assert normals(0, 1, 2).isfinite().all()


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="seed must be a whole number"):
        normals(seed, 1, 1)


def test_a_gaussian_has_its_means_and_widths():
    mu, sigma = torch.tensor([2.0, -1.0, 0.0]), torch.tensor([0.5, 2.0, 0.0])
    z = DiagonalGaussian(mu, sigma).sample(4000, seed=1)
    torch.testing.assert_close(z.mean(0), mu, atol=0.1, rtol=0)
    torch.testing.assert_close(z.std(0), sigma, atol=0.1, rtol=0)
    assert (z[:, 2] == 0).all()


def test_samples_follow_a_moving_mean():
    """The image follows a slider: the same noise, wherever mu and sigma are."""
    noise = DiagonalGaussian.prior(3).sample(5, seed=2)
    moved = DiagonalGaussian(torch.tensor([1.0, 0.0, 0.0]), torch.full((3,), 0.5))
    torch.testing.assert_close(moved.sample(5, seed=2), 0.5 * noise + torch.tensor([1.0, 0.0, 0.0]))


def test_a_point_is_always_itself():
    z = torch.tensor([0.25, -3.0])
    point = DiagonalGaussian.point(z)
    assert torch.equal(point.sample(3, seed=0), z.expand(3, 2))
    assert torch.equal(point.sample(3, seed=9), z.expand(3, 2))
    with pytest.raises(ValueError, match="no density where a sigma is 0"):
        point.log_prob(z.unsqueeze(0))


def test_the_density_is_the_normal_one():
    gaussian = DiagonalGaussian(torch.tensor([1.0, -2.0]), torch.tensor([0.5, 3.0]))
    z = normals(0, 6, 2)
    truth = stats.multivariate_normal([1, -2], np.diag([0.25, 9])).logpdf(z.numpy())
    np.testing.assert_allclose(gaussian.log_prob(z).numpy(), truth, rtol=1e-6)
    with pytest.raises(ValueError, match=r"codes \[B, 2\]"):
        gaussian.log_prob(torch.zeros(1, 3))


@pytest.mark.parametrize(
    ("mu", "sigma", "message"),
    [
        ([0.0, 1.0], [1.0], "a mu and a sigma for each dimension"),
        ([], [], "a mu and a sigma for each dimension"),
        ([math.nan], [1.0], "finite"),
        ([0.0], [math.inf], "finite"),
        ([0.0], [-0.5], "0 or more, not -0.5"),
    ],
)
def test_no_gaussian_is_made_of_nonsense(mu, sigma, message):
    with pytest.raises(ValueError, match=message):
        DiagonalGaussian(torch.tensor(mu), torch.tensor(sigma))


@pytest.mark.parametrize("dimensions", [1, 2, 8, 128, 4096])
def test_the_expected_radius_is_that_of_the_chi_distribution(dimensions):
    expected = expected_radius(dimensions)
    assert expected.mean == pytest.approx(stats.chi(dimensions).mean(), rel=1e-6)
    assert expected.std == pytest.approx(stats.chi(dimensions).std(), rel=1e-3)
    assert expected.mean == pytest.approx(math.sqrt(dimensions), rel=0.3 / dimensions)


def test_quantiles_of_the_radius_are_uniform_for_draws_of_the_prior():
    z = DiagonalGaussian.prior(8).sample(4000, seed=0)
    at = whereabouts(z)
    assert stats.kstest(at.quantile.numpy(), "uniform").pvalue > 1e-4
    assert float(at.radius.mean()) == pytest.approx(at.expected.mean, abs=0.05)
    assert radius_quantile(torch.tensor([0.0, 1e3]), 8).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("dimensions", [1, 2, 8, 128, 4096])
def test_the_density_of_the_radius_is_that_of_the_chi_distribution(dimensions):
    radius = torch.linspace(0, 2 * math.sqrt(dimensions) + 2, 65, dtype=torch.float64)
    found = radius_density(radius, dimensions).numpy()
    np.testing.assert_allclose(found, stats.chi(dimensions).pdf(radius.numpy()), rtol=1e-6)
    assert found.max() > 0


def test_whereabouts_without_and_with_encoded_codes():
    codes = 0.1 * normals(0, 500, 3)
    z = torch.tensor([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
    alone = whereabouts(z)
    assert alone.distance is alone.percentile is alone.charted is None
    assert alone.radius.tolist() == [0.0, 5.0]
    assert float(alone.log_density[0] - alone.log_density[1]) == pytest.approx(12.5)
    among = whereabouts(z, Density.from_codes(codes))
    assert among.charted.tolist() == [True, False]
    assert among.distance[0] < 0.2 < 4 < among.distance[1]


@pytest.mark.parametrize("z", [torch.zeros(3), torch.zeros(2, 0), torch.full((1, 2), torch.nan)])
def test_whereabouts_of_no_codes_are_refused(z):
    with pytest.raises(ValueError, match="finite codes"):
        whereabouts(z)


def test_a_radius_needs_a_dimension():
    with pytest.raises(ValueError, match="at least 1 dimension, not 0"):
        expected_radius(0)
    with pytest.raises(ValueError, match="at least 1 dimension, not 0"):
        radius_density(torch.ones(1), 0)
