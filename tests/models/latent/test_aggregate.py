import math

import pytest
import torch

from models.latent.sampling import Aggregate, normals, posterior_draws


@pytest.fixture(scope="module")
def posteriors():
    """Four dimensions: informative, weakly so, silent with the prior's width, off the prior."""
    mu = normals(0, 20_000, 4) * torch.tensor([0.95, 0.3, 0.0, 0.5]) + torch.tensor([0, 0, 0, 2.0])
    variance = torch.tensor([1 - 0.95**2, 1 - 0.3**2, 1.0, 0.1])
    return mu, variance.log().expand_as(mu)


def test_variances_add_up_as_the_law_of_total_variance_says(posteriors):
    found = Aggregate.of(*posteriors)
    torch.testing.assert_close(found.mean, torch.tensor([0, 0, 0, 2.0]), atol=0.03, rtol=0)
    torch.testing.assert_close(
        found.std, torch.tensor([1, 1, 1, math.sqrt(0.35)]), atol=0.03, rtol=0
    )
    draws = posterior_draws(*posteriors, seed=1)
    torch.testing.assert_close(found.mean, draws.mean(0), atol=0.03, rtol=0)
    torch.testing.assert_close(found.std, draws.std(0), atol=0.03, rtol=0)


def test_the_law_holds_exactly_by_hand():
    mu, logvar = torch.tensor([[1.0], [3.0]]), torch.tensor([[4.0], [16.0]]).log()
    found = Aggregate.of(mu, logvar)
    assert found.mean.item() == pytest.approx(2)
    assert found.std.item() == pytest.approx(math.sqrt(1 + 10))
    assert found.spread.item() == pytest.approx(1)
    kl = (0.5 * (1 + 4 - 1 - math.log(4)) + 0.5 * (9 + 16 - 1 - math.log(16))) / 2
    assert found.kl.item() == pytest.approx(kl)
    assert found.prior_gap.item() == pytest.approx(0.5 * (4 + 11 - 1 - math.log(11)))


def test_a_silent_dimension_comes_last_although_it_equals_the_prior(posteriors):
    found = Aggregate.of(*posteriors)
    assert found.order.tolist() == [3, 0, 1, 2]
    assert found.kl[2] == pytest.approx(0, abs=1e-6)
    assert found.prior_gap[:3].max() < 1e-3 < 1 < found.prior_gap[3]


def test_without_widths_the_means_decide(posteriors):
    found = Aggregate.of(posteriors[0])
    assert found.kl is None
    assert found.order.tolist() == [0, 3, 1, 2]
    torch.testing.assert_close(found.std, found.spread.sqrt())
    assert found.prior_gap.isfinite().all(), "a dimension without any width has one too"


def test_draws_depend_on_their_seed_alone(posteriors):
    mu, logvar = (t[:50] for t in posteriors)
    assert torch.equal(posterior_draws(mu, logvar, 1), posterior_draws(mu, logvar, 1))
    assert not torch.equal(posterior_draws(mu, logvar, 1), posterior_draws(mu, logvar, 2))
    assert torch.equal(posterior_draws(mu, None), mu)


def test_the_moments_make_a_gaussian(posteriors):
    found = Aggregate.of(*posteriors)
    z = found.gaussian().sample(4000, seed=0)
    torch.testing.assert_close(z.mean(0), found.mean, atol=0.06, rtol=0)


def test_posteriors_have_to_fit():
    with pytest.raises(ValueError, match="at least one"):
        Aggregate.of(torch.zeros(0, 2))
    with pytest.raises(ValueError, match="variances of that shape"):
        posterior_draws(torch.zeros(3, 2), torch.zeros(3, 1))
