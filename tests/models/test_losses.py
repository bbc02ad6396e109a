import math

import pytest
import torch
from torch import distributions

from models.losses import Bernoulli, Gaussian, Loss, gaussian_kl, gaussian_log_prob, warm_up
from models.networks import NetworkConfig
from models.posterior import Posterior
from models.vae import VAE, VAEConfig


@pytest.fixture
def numbers():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def model():
    network = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return VAE(VAEConfig(shape=(1, 4, 4), latent_dim=3, network=network))


@pytest.mark.parametrize(
    ("mu", "logvar", "kl"),
    [
        (0, 0, 0),
        (1, 0, 0.5),
        (-2, 0, 2),
        (0, math.log(4), (4 - 1 - math.log(4)) / 2),
        (3, -2, (9 + math.exp(-2) - 1 + 2) / 2),
    ],
)
def test_kl_by_hand(mu, logvar, kl):
    computed = gaussian_kl(torch.tensor([[float(mu)]]), torch.tensor([[float(logvar)]]))
    assert computed.item() == pytest.approx(kl, abs=1e-6)


def test_kl_and_log_probability_of_gaussians_against_torch(numbers):
    mu, logvar, z = (torch.randn(5, 3, generator=numbers, dtype=torch.float64) for _ in range(3))
    posterior = distributions.Normal(mu, torch.exp(0.5 * logvar))
    prior = distributions.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    torch.testing.assert_close(
        gaussian_kl(mu, logvar), distributions.kl_divergence(posterior, prior)
    )
    torch.testing.assert_close(Posterior(mu, logvar).kl(), gaussian_kl(mu, logvar))
    torch.testing.assert_close(gaussian_log_prob(z, mu, logvar), posterior.log_prob(z).sum(-1))


def test_bernoulli_against_torch(numbers):
    logits = 3 * torch.randn(4, 2, 3, generator=numbers, dtype=torch.float64)
    grey = torch.rand(4, 2, 3, generator=numbers, dtype=torch.float64)
    for x in (grey.round(), grey):
        reference = distributions.Bernoulli(logits=logits, validate_args=False).log_prob(x)
        torch.testing.assert_close(Bernoulli().log_prob(logits, x), reference.sum((1, 2)))


def test_bernoulli_stays_finite_when_it_is_sure():
    logits = torch.tensor([[200.0, -200.0]])
    assert Bernoulli().log_prob(logits, torch.tensor([[1.0, 0.0]])).item() == 0
    assert Bernoulli().log_prob(logits, torch.tensor([[0.0, 1.0]])).item() == -400


@pytest.mark.parametrize("learned", [False, True])
def test_gaussian_against_torch(numbers, learned):
    parameters, x = torch.rand(2, 4, 1, 3, 3, generator=numbers)
    likelihood = Gaussian(0.25, learned=learned)
    reference = distributions.Normal(parameters, 0.25).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(likelihood.log_prob(parameters, x), reference)
    assert len(list(likelihood.parameters())) == learned


def test_means_and_the_parameters_that_have_them():
    means = torch.tensor([0.0, 0.0005, 0.2, 0.5, 1.0])
    bernoulli, gaussian = Bernoulli(), Gaussian()
    torch.testing.assert_close(
        bernoulli.mean(bernoulli.parameters_of(means)), means.clamp(0.001, 0.999)
    )
    assert torch.equal(gaussian.mean(gaussian.parameters_of(means)), means)
    assert gaussian.mean(torch.tensor([-1.0, 2.0])).tolist() == [0, 1]


def test_elbo_does_not_depend_on_beta(model, numbers):
    loss = Loss(torch.tensor(70.0), torch.tensor(50.0), torch.tensor(5.0), torch.tensor([2.0, 3.0]))
    assert loss.elbo.item() == -55
    x = torch.rand(4, 1, 4, 4, generator=numbers).round()
    low, high = (
        model.loss(x, beta=beta, generator=torch.Generator().manual_seed(1)) for beta in (0.0, 4.0)
    )
    assert torch.equal(low.elbo, high.elbo)
    torch.testing.assert_close(high.total - low.total, 4 * low.kl)


def test_free_bits_charge_each_dimension_at_least_so_much(model, numbers):
    x = torch.rand(4, 1, 4, 4, generator=numbers).round()

    def loss(free_bits):
        generator = torch.Generator().manual_seed(1)
        return model.loss(x, beta=2.0, free_bits=free_bits, generator=generator)

    plain = loss(0.0)
    between = plain.kl_per_dimension.mean().item()
    charged = sum(max(between, kl) for kl in plain.kl_per_dimension.tolist())
    some = loss(between)
    assert some.total.item() == pytest.approx(some.reconstruction.item() + 2 * charged, rel=1e-6)
    assert torch.equal(some.kl, plain.kl), "the KL that is reported stays the true one"
    assert some.total > plain.total


def test_kl_below_the_free_bits_pulls_at_nothing(model, numbers):
    x = torch.rand(4, 1, 4, 4, generator=numbers).round()

    def gradient(beta):
        generator = torch.Generator().manual_seed(1)
        total = model.loss(x, beta=beta, free_bits=1e6, generator=generator).total
        return torch.autograd.grad(total, model.encoder[-1].weight)[0]

    assert torch.equal(gradient(0.0), gradient(1.0))


@pytest.mark.parametrize(
    ("epoch", "warmup", "expected"),
    [(0, 4, 0), (1, 4, 0.5), (3.5, 4, 1.75), (4, 4, 2), (100, 4, 2), (0, 0, 2)],
)
def test_warm_up_is_linear_then_constant(epoch, warmup, expected):
    assert warm_up(2.0, epoch, warmup) == pytest.approx(expected)


def test_posterior_samples_have_its_moments(numbers):
    posterior = Posterior(torch.full((20_000, 1), 3.0), torch.full((20_000, 1), math.log(0.25)))
    z = posterior.sample(numbers)
    assert z.mean().item() == pytest.approx(3, abs=0.02)
    assert z.std().item() == pytest.approx(0.5, abs=0.02)
