import pytest
import torch

from models.critic import PictureCritic, make_critic
from models.data import Split
from models.features import AttributeNetwork, FeatureError
from models.networks import NetworkConfig
from models.training import Trainer, TrainingConfig
from models.vae import VAE, VAEConfig

NETWORK = NetworkConfig(
    kind="convolutional", channels=(4, 6), encoder_hidden=(), decoder_hidden=(), head="shuffled"
)
CONFIG = VAEConfig(shape=(1, 16, 16), latent_dim=3, network=NetworkConfig(), likelihood="gaussian")


@pytest.fixture
def guide():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = AttributeNetwork((3, 5), 2).eval().requires_grad_(False)
    network.spreads.copy_(torch.linspace(0.5, 2, 10))
    return network


@pytest.fixture
def pictures():
    return torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_the_charge_is_the_formula(guide, pictures):
    x, y = pictures[:2], pictures[2:]
    charge = PictureCritic(guide, 3.0).eval()(y, x)
    *spreads, last = guide.spreads.split((3, 5, 2))
    by_hand = 2 * ((guide(x) - guide(y)) / last).square().mean(1)
    for a, b, s in zip(guide.maps(x), guide.maps(y), spreads, strict=True):
        by_hand += ((a - b) / s.view(1, -1, 1, 1)).square().flatten(1).mean(1)
    torch.testing.assert_close(charge, 3 * by_hand)
    both = PictureCritic(guide, 3.0, 5.0).eval()(y, x)
    structure = PictureCritic(ssim_weight=5.0)(y, x)
    torch.testing.assert_close(both, charge + structure)
    assert ((structure > 0) & (structure < 10)).all()


def test_the_same_costs_nothing_and_grey_pictures_have_features_too(guide, pictures):
    critic = PictureCritic(guide, 3.0, 5.0)
    torch.testing.assert_close(critic(pictures, pictures), torch.zeros(4), rtol=0, atol=1e-4)
    assert (critic(pictures[:, :1], pictures[:, 1:2]) > 0).all()


def test_the_gradient_reaches_the_reconstruction_and_nothing_else(guide, pictures):
    moved = pictures.roll(1, 0).requires_grad_()
    PictureCritic(guide, 1.0, 1.0)(moved, pictures).sum().backward()
    assert moved.grad.isfinite().all()
    assert moved.grad.abs().sum() > 0
    assert all(p.grad is None for p in guide.parameters())


def test_a_model_adds_its_critic_to_the_total_alone(pictures):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(VAEConfig(shape=(3, 64, 64), latent_dim=3, network=NETWORK)).eval()

    def numbers():
        return torch.Generator().manual_seed(0)

    plain = model.loss(pictures, generator=numbers())
    critic = PictureCritic(ssim_weight=7.0)
    judged = model.loss(pictures, generator=numbers(), critic=critic)
    posterior = model.encode(pictures)
    z = model.reparameterize(posterior, numbers())
    charge = critic(model.decode(z), pictures).mean()
    torch.testing.assert_close(judged.total, plain.total + charge)
    assert torch.equal(judged.kl_per_dimension, plain.kl_per_dimension)
    torch.testing.assert_close(judged.elbo, plain.elbo)


def test_what_cannot_be_criticised_is_told():
    assert make_critic(TrainingConfig(), (7,)) is None
    with pytest.raises(FeatureError, match="compare pictures"):
        make_critic(TrainingConfig(ssim_weight=1.0), (7,))
    with pytest.raises(FeatureError, match="no guide named 'nobody'"):
        make_critic(TrainingConfig(guide="nobody", guide_weight=1.0), (3, 64, 64))
    with pytest.raises(FeatureError, match="no guide named"):
        make_critic(TrainingConfig(guide="../features/celeba", guide_weight=1.0), (3, 64, 64))
    with pytest.raises(FeatureError, match="no guide named 'mnist'"):
        make_critic(TrainingConfig(guide="mnist", guide_weight=1.0), (1, 28, 28))
    with pytest.raises(ValueError, match="go together"):
        TrainingConfig(guide="celeba")


def test_training_with_structure_and_mirrors_is_the_same_each_time():
    images = torch.randint(
        256, (24, 1, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    train = Split(images=images, labels=torch.zeros(24, dtype=torch.int64))
    config = TrainingConfig(epochs=2, batch_size=8, ssim_weight=10.0, mirror=True)

    def trained(config):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = VAE(CONFIG)
        Trainer(model, config, binarise="none").fit(train, train)
        return model.state_dict()

    once, again = trained(config), trained(config)
    assert all(torch.equal(once[name], again[name]) for name in once)
    plain = trained(TrainingConfig(epochs=2, batch_size=8))
    assert not torch.equal(once["decoder.0.weight"], plain["decoder.0.weight"])


def test_while_training_every_other_picture_counts_for_two(guide, pictures):
    critic = PictureCritic(guide, 3.0)
    other = pictures.flip(0)
    whole, half = critic.eval()(other, pictures), critic.train()(other, pictures)
    torch.testing.assert_close(half, whole * torch.tensor([2.0, 0, 2, 0]))
    one = critic(other[:1], pictures[:1])
    torch.testing.assert_close(one, whole[:1])
