import dataclasses

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from scipy import stats
from sklearn.mixture import GaussianMixture

from models.latent.sampling import DiagonalGaussian, Mixture, fit_mixture, normals
from models.latent.sampling.fit import most_components

MEANS = ([0.0, 0.0, 0.0], [6.0, 0.0, 1.0], [0.0, -5.0, 2.0])
SHAPES = (
    [[1.0, 0.0, 0.0], [0.5, 0.8, 0.0], [0.0, 0.3, 0.5]],
    [[0.3, 0.0, 0.0], [0.2, 1.0, 0.0], [0.1, 0.0, 0.2]],
    [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.5]],
)


@pytest.fixture(scope="module")
def three():
    return Mixture(torch.tensor([0.5, 0.3, 0.2]), torch.tensor(MEANS), torch.tensor(SHAPES))


@pytest.fixture(scope="module")
def codes(three):
    return three.sample(3000, seed=5)


def density(mixture, z):
    """The density by scipy."""
    parts = (
        float(w) * stats.multivariate_normal(m.numpy(), c.numpy()).pdf(z.numpy())
        for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    )
    return np.log(sum(parts))


def test_the_density_is_the_weighted_sum(three):
    z = 3 * normals(0, 20, 3)
    np.testing.assert_allclose(three.log_prob(z).numpy(), density(three, z), rtol=1e-4)
    torch.testing.assert_close(three.responsibilities(z).sum(1), torch.ones(20).double())
    assert three.responsibilities(three.means).argmax(1).tolist() == [0, 1, 2]


def test_far_out_the_density_is_tiny_and_not_infinite(three):
    assert three.log_prob(torch.full((1, 3), 1e3)).isfinite().all()


def test_draws_have_the_weights_means_and_covariances(three, codes):
    nearest = three.responsibilities(codes).argmax(1)
    for k in range(3):
        mine = codes[nearest == k]
        assert len(mine) / len(codes) == pytest.approx(float(three.weights[k]), abs=0.03)
        torch.testing.assert_close(mine.mean(0), three.means[k], atol=0.15, rtol=0)
        torch.testing.assert_close(mine.T.cov(), three.covariances[k].float(), atol=0.15, rtol=0)


def test_the_moments_of_the_whole_are_those_of_its_draws(three):
    many = three.sample(20_000, seed=3)
    torch.testing.assert_close(three.mean, many.mean(0), atol=0.1, rtol=0)
    torch.testing.assert_close(three.std, many.std(0), atol=0, rtol=0.03)


def test_a_seed_fixes_every_draw_whatever_their_number(three):
    many = three.sample(64, seed=3)
    torch.testing.assert_close(three.sample(9, seed=3), many[:9])
    assert not torch.equal(three.sample(9, seed=4), many[:9])


def test_one_component_can_be_drawn_from_alone(three):
    drawn = three.sample(200, seed=0, component=1)
    assert (three.responsibilities(drawn).argmax(1) == 1).all()
    with pytest.raises(ValueError, match="no component 3; choose 0 to 2"):
        three.sample(1, seed=0, component=3)


def test_one_round_component_is_the_diagonal_gaussian():
    one = Mixture(
        torch.ones(1), torch.tensor([[1.0, 2.0]]), torch.diag(torch.tensor([0.5, 3]))[None]
    )
    same = DiagonalGaussian(torch.tensor([1.0, 2.0]), torch.tensor([0.5, 3.0]))
    z = normals(1, 10, 2)
    torch.testing.assert_close(one.log_prob(z), same.log_prob(z))
    torch.testing.assert_close(one.sample(5, seed=2), same.sample(5, seed=2))


def test_what_is_held_conditions_the_rest(three):
    """p(free | held) = p(all) / p(held), the latter by summing the marginals of scipy."""
    held = torch.tensor([1.0, 0.4])
    rest = three.given([2, 0], held)
    assert rest.dimensions == 1
    free = torch.linspace(-8, 8, 4001).unsqueeze(1)
    joint = torch.cat([held[1].expand(4001, 1), free, held[0].expand(4001, 1)], 1)
    truth = np.exp(density(three, joint))
    truth /= truth.sum() * 0.004
    np.testing.assert_allclose(rest.log_prob(free).exp().numpy(), truth, atol=1e-4)


def test_holding_where_nothing_is_still_gives_a_density(three):
    rest = three.given([0], torch.tensor([1e4]))
    assert rest.sample(4, seed=0).isfinite().all()


@pytest.mark.parametrize("held", [[], [0, 1, 2], [0, 0], [3], [-1]])
def test_only_some_of_the_dimensions_can_be_held(three, held):
    with pytest.raises(ValueError, match="at least one and not all of the dimensions 0 to 2"):
        three.given(held, torch.zeros(len(held)))


@pytest.mark.parametrize("values", [torch.zeros(2), torch.full((1,), torch.nan)])
def test_held_dimensions_need_their_values(three, values):
    with pytest.raises(ValueError, match="1 held dimensions need as many finite values"):
        three.given([1], values)


def test_a_fit_finds_what_was_drawn_from(three, codes):
    fitted = fit_mixture(codes)
    assert len(fitted) in (2, 4), "three components are not among the powers of two"
    fitted = fit_mixture(codes, (1, 2, 3, 5))
    assert len(fitted) == 3
    order = fitted.weights.argsort(descending=True)
    torch.testing.assert_close(fitted.weights[order], three.weights, atol=0.05, rtol=0)
    torch.testing.assert_close(fitted.means[order], three.means, atol=0.15, rtol=0)


def test_a_fit_agrees_with_scikit_learn(codes):
    fitted = fit_mixture(codes, 3, seed=1)
    theirs = GaussianMixture(3, random_state=1, init_params="k-means++").fit(codes.double().numpy())
    ours = fitted.log_prob(codes).mean().item()
    assert ours == pytest.approx(theirs.score(codes.double().numpy()), abs=1e-3)


def test_one_component_is_the_moments(codes):
    fitted = fit_mixture(codes, 1)
    torch.testing.assert_close(fitted.means[0], codes.mean(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(
        fitted.covariances[0].float(), codes.T.cov(correction=0), atol=1e-3, rtol=0
    )


def test_the_same_seed_gives_the_same_fit(codes):
    first, again = fit_mixture(codes, 4, seed=3), fit_mixture(codes, 4, seed=3)
    assert torch.equal(first.means, again.means)
    assert torch.equal(first.scales, again.scales)


def test_few_codes_get_few_components():
    assert len(fit_mixture(normals(0, 20, 8))) == 1
    with pytest.raises(ValueError, match="carry at most 8 Gaussians, not 32"):
        fit_mixture(normals(0, 50, 2), 32)
    with pytest.raises(ValueError, match="carry at most 1 Gaussian, not 2"):
        fit_mixture(normals(0, 5, 2), 2)
    with pytest.raises(ValueError, match="1 to 256 components, not 0"):
        fit_mixture(normals(0, 300, 2), 0)


def test_covariances_that_would_take_too_long_are_refused():
    assert most_components(10_000, 128) == 38
    assert most_components(10**9, 128) == 38, "of more than 10,000 a choice is used"
    assert most_components(10_000, 600) == 2
    with pytest.raises(ValueError, match="covariance of 4,096 dimensions is too large"):
        most_components(10_000, 4096)


def test_a_flat_cloud_still_has_a_density():
    flat = normals(0, 400, 3) * torch.tensor([1.0, 1.0, 0.0])
    fitted = fit_mixture(flat, 2)
    assert fitted.sample(50, seed=0)[:, 2].abs().max() < 0.05
    assert fitted.log_prob(flat).isfinite().all()


@pytest.mark.parametrize(
    "codes", [torch.zeros(1, 2), torch.zeros(5), torch.full((9, 2), torch.inf)]
)
def test_no_mixture_is_fitted_to_nonsense(codes):
    with pytest.raises(ValueError, match="at least 2 finite codes"):
        fit_mixture(codes)


def test_survives_a_safetensors_file(three):
    again = Mixture.from_tensors(load(save(three.to_tensors())))
    assert torch.equal(again.sample(20, seed=1), three.sample(20, seed=1))


@pytest.mark.parametrize(
    ("name", "damaged"),
    [
        ("weights", torch.tensor([0.5, 0.5, 0.5])),
        ("weights", torch.tensor([1.5, -0.3, -0.2])),
        ("weights", torch.ones(2) / 2),
        ("weights", torch.ones(())),
        ("means", torch.full((3, 3), torch.nan)),
        ("means", torch.zeros(3, 3, dtype=torch.float64)),
        ("means", torch.zeros(3, 0)),
        ("scales", torch.zeros(3, 3, 3)),
        ("scales", torch.ones(3, 3, 3)),
        ("scales", torch.eye(2).expand(3, 2, 2)),
    ],
)
def test_damage_is_named(three, name, damaged):
    with pytest.raises(ValueError, match="mixture is damaged: its"):
        dataclasses.replace(three, **{name: damaged})
    with pytest.raises(ValueError, match=f"lacks {name}"):
        Mixture.from_tensors({k: t for k, t in three.to_tensors().items() if k != name})
