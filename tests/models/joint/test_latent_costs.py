"""What a latent costs, against values computed by hand; trainings with each that go on exactly."""

import math

import pytest
import torch
from torch.distributions import Normal

from models.data import Split
from models.families import build
from models.joint import JointPosterior, JointVAEConfig
from models.latent.parts import Parts
from models.networks import NetworkConfig
from models.posterior import Coded, Posterior
from models.recipes import get_recipe, with_overrides
from models.training import Trainer, TrainingConfig
from models.training.latent.capacity import CapacityCost, capacity_at
from models.training.latent.config import LatentConfig
from models.training.latent.correlation import importance, pairwise_log_prob, terms
from models.training.latent.discriminator import (
    DiscriminatorCost,
    discriminator_loss,
    shuffled,
)
from models.training.latent.made import make_cost
from models.vae import VAEConfig

NETWORK = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))
KINDS = ("beta", "capacity", "tcvae", "factor")


def coded(kl, step=None, z=None):
    z = torch.zeros(2, len(kl)) if z is None else z
    return Coded(Posterior(z, 0 * z), z, torch.tensor(kl), torch.zeros(len(z)), step)


def test_a_capacity_grows_in_a_line_and_then_stays():
    schedule = (1.0, 5.0, 100.0, 30.0)
    assert [capacity_at(schedule, step) for step in (0, 25, 100, 1e9)] == [1, 2, 5, 5]
    assert capacity_at(schedule, math.inf, most=math.log(10)) == math.log(10)
    assert capacity_at((0.0, 5.0, 0.0, 1.0), 0) == 5


def test_the_capacity_cost_is_the_distance_of_both_parts():
    config = LatentConfig(
        kind="capacity",
        continuous_capacity=(0.0, 5.0, 100.0, 30.0),
        discrete_capacity=(0.0, 50.0, 100.0, 7.0),
    )
    cost = CapacityCost(config, Parts(2, (4,)))
    kl = [1.0, 2.0, 0.25, 0.25, 0.25, 0.25]
    # Half-way: 30 |3 - 2.5| + 7 |1 - log 4|, as 25 nats are more than four classes hold.
    total, told = cost(coded(kl, step=50))
    assert total.item() == pytest.approx(30 * 0.5 + 7 * (math.log(4) - 1), rel=1e-5)
    assert told["capacity_continuous"] == 2.5
    assert told["kl_discrete"] == 1
    assert cost(coded(kl))[0].item() == pytest.approx(30 * 2 + 7 * (math.log(4) - 1), rel=1e-5)


def test_stratified_weights_add_up_and_weighted_ones_are_even():
    weights = importance(4, 100, "stratified").exp()
    torch.testing.assert_close(weights.sum(1), torch.ones(4))
    assert weights[1].tolist() == pytest.approx([1 / 3, 1 / 100, 97 / 300, 1 / 3])
    assert importance(4, 100, "weighted").exp().unique().item() == pytest.approx(1 / 400)
    assert importance(1, 100, "stratified").item() == 0


def test_three_terms_of_two_examples_by_hand():
    mu, logvar = torch.tensor([[0.0, 1.0], [2.0, -1.0]]), torch.zeros(2, 2)
    z, prior = torch.tensor([[0.5, 1.0], [1.0, 0.0]]), torch.tensor([-2.0, -3.0])
    found = terms(Posterior(mu, logvar), z, prior, examples=2, estimator="weighted")
    information = correlation = dimensions = 0.0
    for i in range(2):
        each = [
            [Normal(mu[j, d], 1).log_prob(z[i, d]).exp().item() for d in (0, 1)] for j in (0, 1)
        ]
        whole = sum(a * b for a, b in each) / 4
        product = math.prod(sum(row[d] for row in each) / 4 for d in (0, 1))
        information += (math.log(each[i][0] * each[i][1]) - math.log(whole)) / 2
        correlation += (math.log(whole) - math.log(product)) / 2
        dimensions += (math.log(product) - prior[i].item()) / 2
    for term, by_hand in zip(found, (information, correlation, dimensions), strict=True):
        assert term.item() == pytest.approx(by_hand, rel=1e-4)


def test_a_part_counts_as_one_dimension():
    said = torch.tensor([[0.0, 0.0, math.log(0.75), math.log(0.25)], [0.0, 0.0, 0.0, 0.0]])
    posterior = JointPosterior.of(said, Parts(1, (2,)), temperature=0.67, hard=True)
    z = torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    found = pairwise_log_prob(posterior, z).exp()[..., 1]
    torch.testing.assert_close(found, torch.tensor([[0.75, 0.5], [0.25, 0.5]]))


@pytest.mark.parametrize("estimator", ["weighted", "stratified"])
def test_all_three_terms_make_the_divergence_of_the_draws(estimator):
    mu, z = torch.randn(2, 6, 3, generator=torch.Generator().manual_seed(0))
    posterior, prior = Posterior(mu, torch.zeros_like(mu)), torch.zeros(6)
    found = terms(posterior, z, prior, examples=60, estimator=estimator)
    torch.testing.assert_close(torch.stack(found).sum(), posterior.log_prob(z).mean())


def test_the_discriminator_loss_and_its_correlation_by_hand():
    loss = discriminator_loss(torch.tensor([[0.0], [math.log(3)]]), torch.tensor([[0.0]]))
    # D = 1/2 and 3/4 for whole codes, 1/2 for a shuffled one.
    by_hand = -0.5 * (0.5 * (math.log(0.5) + math.log(0.75)) + math.log(0.5))
    assert loss.item() == pytest.approx(by_hand, rel=1e-5)
    config = LatentConfig(kind="factor", correlation_weight=10, discriminator_hidden=(4,))
    cost = DiscriminatorCost(config, Parts(2), torch.device("cpu"), 0)
    with torch.no_grad():
        for parameter in cost.network.parameters():
            parameter.fill_(0.5)
    z = torch.tensor([[1.0, 1.0], [2.0, 0.0]])
    # Four units of 0.5 (1 + 1) + 0.5 = 1.5, so logits of 4 * 0.5 * 1.5 + 0.5 = 3.5 for both.
    total, told = cost(coded([1.0, 2.0], step=3, z=z))
    assert told["total_correlation"].item() == pytest.approx(3.5)
    assert total.item() == pytest.approx(3 + 10 * 3.5)


def test_shuffling_moves_numbers_and_whole_parts_apart():
    z = torch.arange(5.0).unsqueeze(1) * torch.ones(1, 5)
    mixed = shuffled(z, Parts(2, (3,)), torch.Generator().manual_seed(1))
    assert mixed.sort(0).values.equal(z)
    assert mixed[:, 2].equal(mixed[:, 3])
    assert not mixed[:, 0].equal(mixed[:, 1])


def test_a_discriminator_learns_to_tell_codes_that_hang_together():
    config = LatentConfig(kind="factor", discriminator_hidden=(32,), discriminator_rate=1e-2)
    cost = DiscriminatorCost(config, Parts(2), torch.device("cpu"), 0)
    noise = torch.Generator().manual_seed(0)
    for _ in range(150):
        z = torch.randn(128, 1, generator=noise).expand(-1, 2)
        total, told = cost(coded([0.0, 0.0], step=0, z=z))
        cost.learn(noise)
    assert told["discriminator"] < 0.6 < math.log(2)
    assert told["total_correlation"] > 0.3
    assert not total.requires_grad, "it is not the model that the discriminator learns by"


def trainer_of(config, kind, **settings):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build(config)
    settings = {
        "discriminator_hidden": (8,),
        "continuous_capacity": (0.0, 3.0, 9.0, 5.0),
    } | settings
    training = TrainingConfig(
        epochs=2, batch_size=8, average=0.0, latent=LatentConfig(kind=kind, **settings)
    )
    return Trainer(model, training)


SPLIT = Split(
    images=torch.randint(0, 256, (21, 1, 4, 4), generator=torch.Generator().manual_seed(0)).byte(),
    labels=torch.full((21,), -1),
)
CONFIGS = [
    VAEConfig(shape=(1, 4, 4), latent_dim=3, network=NETWORK),
    JointVAEConfig.of(2, (3,), shape=(1, 4, 4), network=NETWORK),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.family)
def test_a_training_with_each_goes_on_exactly_where_it_stood(config, kind):
    whole, first, second = (trainer_of(config, kind) for _ in range(3))
    history = whole.fit(SPLIT, SPLIT)

    class Stops:
        def on_step(self, trainer):
            if trainer.progress.step == 4:
                self.state = trainer.state().copied()
                trainer.stop()

        def __getattr__(self, name):
            return lambda *_: None

    stops = Stops()
    first.callbacks = (stops,)
    first.fit(SPLIT, SPLIT)
    second.restore(type(stops.state).from_bytes(stops.state.to_bytes()))
    assert second.fit(SPLIT, SPLIT)[-1].train == history[-1].train
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, second.model.state_dict()[name]), name
    last = history[-1].train
    assert len(last.kl_per_dimension) == config.latent_dim
    assert history[-1].validation.parts.keys() == last.parts.keys()
    assert bool(last.parts) == (kind != "beta")
    assert math.isfinite(last.total)


def test_the_cost_is_chosen_on_the_command_line_of_any_recipe():
    changed = with_overrides(get_recipe("navigator-digits"), **{"latent.kind": "tcvae"})
    assert changed.training.latent == LatentConfig(kind="tcvae")
    with pytest.raises(ValueError, match=r"latent has no part in a training from few labels"):
        with_overrides(get_recipe("ssvae-digits"), **{"latent.kind": "tcvae"})
    with pytest.raises(ValueError, match="free_bits has no part"):
        with_overrides(get_recipe("joint-digits"), free_bits=1.0)
    with pytest.raises(ValueError, match="train in one process"):
        make_cost(
            LatentConfig(kind="factor"), Parts(2), device=torch.device("cpu"), seed=0, processes=2
        )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("continuous_capacity", (0.0, -1.0, 10.0, 1.0)),
        ("continuous_capacity", (6.0, 5.0, 10.0, 1.0)),
        ("discrete_capacity", (0.0, math.nan, 10.0, 1.0)),
        ("correlation_weight", -1.0),
        ("discriminator_hidden", ()),
        ("discriminator_rate", 0.0),
    ],
)
def test_what_cannot_be_charged_is_named(field, value):
    with pytest.raises(ValueError, match=field):
        LatentConfig(**{field: value})
