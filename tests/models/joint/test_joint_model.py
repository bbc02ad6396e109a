"""Codes of continuous numbers and classes: posterior, prior, and samples of one class."""

import math

import pytest
import torch

from models.families import build
from models.forms import recipe_fields
from models.joint import JointPosterior, JointVAEConfig
from models.latent.parts import Parts
from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.settings import read_settings
from models.vae import VAEConfig

NETWORK = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))
CONFIG = JointVAEConfig.of(2, (3, 4), shape=(1, 4, 4), network=NETWORK)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build(CONFIG).eval()


def posterior_of(probabilities, *, hard=True, rows=1):
    """A posterior with one standard normal and one part of these probabilities."""
    classes = len(probabilities)
    said = torch.cat([torch.zeros(2), torch.tensor(probabilities).log()]).expand(rows, -1)
    parts = Parts(1, (classes,))
    return JointPosterior.of(said, parts, temperature=0.67, hard=hard)


def test_a_code_is_laid_out_as_continuous_numbers_then_parts():
    parts = Parts.of(CONFIG)
    assert (parts.continuous, parts.discrete, parts.dim) == (2, (3, 4), 9)
    assert parts.slices == (slice(2, 5), slice(5, 9))
    assert parts.names()[:4] == ("z1", "z2", "c1=0", "c1=1")
    assert Parts.of(VAEConfig(latent_dim=7)) == Parts(7, ())


def test_the_divergence_of_a_part_is_that_of_its_classes():
    columns = posterior_of([0.5, 0.25, 0.25]).kl()
    by_hand = 0.5 * math.log(1.5) + 2 * 0.25 * math.log(0.75)
    assert columns[0, 0] == 0
    assert columns.sum() == pytest.approx(by_hand, rel=1e-5)
    assert (columns >= 0).all()
    assert posterior_of([1 / 3, 1 / 3, 1 / 3]).kl().sum() == pytest.approx(0, abs=1e-6)
    assert posterior_of([1.0, 0.0, 0.0]).kl().sum() == pytest.approx(math.log(3), rel=1e-5)


def test_draws_have_the_frequencies_of_their_classes():
    draws = posterior_of([0.6, 0.3, 0.1], rows=20_000).sample(seeded())[:, 1:]
    assert set(draws.unique().tolist()) == {0.0, 1.0}
    assert (draws.sum(1) == 1).all()
    torch.testing.assert_close(draws.mean(0), torch.tensor([0.6, 0.3, 0.1]), atol=0.015, rtol=0)
    soft = posterior_of([0.6, 0.3, 0.1], hard=False, rows=20_000).sample(seeded())[:, 1:]
    torch.testing.assert_close(soft.sum(1), torch.ones(20_000))
    assert torch.equal(soft.argmax(1), draws.argmax(1)), "one noise, one class"


def test_log_probabilities_are_those_of_the_gaussian_and_the_class():
    posterior = posterior_of([0.5, 0.25, 0.25, 0.0])
    z = torch.tensor([[1.0, 0, 1, 0, 0]])
    by_hand = -0.5 * (1 + math.log(2 * math.pi)) + math.log(0.25)
    assert posterior.log_prob(z).item() == pytest.approx(by_hand, rel=1e-5)
    many = posterior.repeated(3)
    assert many.mu.shape == (3, 5)
    assert many.log_prob(z.expand(3, -1)).shape == (3,)


def test_the_likeliest_code_is_the_mean_and_one_class(model):
    typical = model.encode(torch.rand(5, 1, 4, 4)).typical()
    assert typical.shape == (5, 9)
    for place in Parts.of(CONFIG).slices:
        assert (typical[:, place].max(1).values == 1).all()
        assert (typical[:, place].sum(1) == 1).all()


def test_the_prior_has_even_classes_or_the_one_asked_for(model):
    z = model.prior_sample(3000, seeded())
    torch.testing.assert_close(z[:, 2:5].mean(0), torch.full((3,), 1 / 3), atol=0.03, rtol=0)
    fixed = model.prior_sample(10, seeded(), discrete={1: 2})
    assert (fixed[:, 5:].argmax(1) == 2).all()
    assert model.sample(4, seeded(), {0: 1, 1: 3}).shape == (4, 1, 4, 4)
    at_zero = torch.tensor([[0, 0, 1.0, 0, 0, 0, 0, 0, 1]])
    by_hand = -math.log(2 * math.pi) - math.log(3) - math.log(4)
    assert model.prior_log_prob(at_zero).item() == pytest.approx(by_hand, rel=1e-5)
    codes = model.class_codes(1)
    assert codes[:, 5:].equal(torch.eye(4))
    assert codes[:, 2].eq(1).all()
    for wrong in ({2: 0}, {0: 3}, {-1: 0}):
        with pytest.raises(ValueError, match=r"part|classes"):
            model.prior_sample(1, seeded(), discrete=wrong)


def test_training_draws_shares_and_evaluation_classes(model):
    x = torch.rand(3, 1, 4, 4)
    assert model.encode(x).sample(seeded())[:, 2:].unique().tolist() == [0, 1]
    model.train()
    assert len(model.encode(x).sample(seeded())[:, 2:].unique()) > 2


def test_parts_are_chosen_by_overrides_and_the_dimensions_follow():
    recipe = get_recipe("joint-digits")
    changed = with_overrides(recipe, continuous=4, discrete=(10, 2))
    assert (changed.model.latent_dim, Parts.of(changed.model)) == (16, Parts(4, (10, 2)))
    assert read_settings(recipe, ["discrete=10,2"]) == {"discrete": (10, 2)}
    with pytest.raises(ValueError, match="latent_dim is continuous plus"):
        with_overrides(recipe, latent_dim=8)
    names = {field.name for field in recipe_fields(recipe)}
    assert {"continuous", "discrete", "temperature", "latent.continuous_capacity"} <= names
    assert not names & {"latent_dim", "latent.discriminator_hidden"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("continuous", 0),
        ("discrete", (10, 1)),
        ("discrete", (256,)),
        ("discrete", (2,) * 65),
        ("temperature", 0.0),
        ("temperature", math.nan),
    ],
)
def test_what_no_model_can_have_is_named(field, value):
    with pytest.raises(ValueError, match=field):
        JointVAEConfig(**{field: value})
