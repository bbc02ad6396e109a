import pytest
import torch

from models.networks import NetworkConfig
from models.preprocessing import to_unit
from models.principal import PrincipalPath
from models.vae import VAE, VAEConfig

CONFIG = VAEConfig(
    shape=(2, 16, 16),
    latent_dim=6,
    network=NetworkConfig(
        kind="convolutional",
        channels=(4, 8),
        encoder_hidden=(),
        decoder_hidden=(),
        blocks=1,
        head="shuffled",
        principal=8,
    ),
    likelihood="gaussian-learned",
    scale=0.05,
)


@pytest.fixture(scope="module")
def pictures():
    """Smooth pictures of six causes, with a little noise."""
    numbers = torch.Generator().manual_seed(0)
    causes = torch.randn(6, 2, 4, 4, generator=numbers)
    smooth = torch.nn.functional.interpolate(causes, size=(16, 16), mode="bilinear").flatten(1)
    weights = torch.randn(300, 6, generator=numbers) * torch.linspace(30, 5, 6)
    noise = 2 * torch.randn(300, 512, generator=numbers)
    images = (128 + weights @ smooth + noise).clamp(0, 255)
    return images.to(torch.uint8).view(300, 2, 16, 16)


@pytest.fixture(scope="module")
def model(pictures):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(CONFIG)
    model.start_from(pictures)
    return model.eval()


def test_codes_are_white_and_pictures_are_those_of_the_components(pictures):
    path = PrincipalPath((2, 16, 16), 8, 6)
    mean = to_unit(pictures).mean(0)
    variances = path.measure(pictures, mean, 1e-9)
    deviations = to_unit(pictures) - mean
    codes = path.encode(deviations)
    torch.testing.assert_close(codes.mT @ codes / 300, torch.eye(6), rtol=0, atol=1e-4)
    assert (variances.diff() <= 0).all()
    small = torch.nn.functional.avg_pool2d(deviations, 2).flatten(1)
    components = torch.linalg.svd(small.double(), full_matrices=False).Vh[:6].float()
    wanted = (small @ components.mT @ components).view(300, 2, 8, 8)
    wanted = torch.nn.functional.interpolate(wanted, size=(16, 16), mode="bilinear")
    torch.testing.assert_close(path.decode(codes), wanted, rtol=0, atol=1e-4)


@torch.no_grad()
def test_an_untrained_model_begins_near_the_components(model, pictures):
    x = to_unit(pictures)
    posterior = model.encode(x)
    error = (model.decode(posterior.mu) - x).square().mean()
    assert error < 0.3 * (x - x.mean(0)).square().mean()
    assert float(posterior.mu.var(0).mean()) == pytest.approx(1, abs=0.2)
    # Where there is much to tell, the posterior is narrow.
    assert (posterior.logvar.mean(0).diff() > 0).float().mean() > 0.7
    assert posterior.logvar.max() < 0


def test_it_is_measured_and_not_trained(model, pictures):
    names = dict(model.named_parameters())
    assert not any(name.startswith("principal") for name in names)
    assert {"principal.to_codes", "principal.to_pictures"} <= model.state_dict().keys()
    loss = model.loss(to_unit(pictures[:8]), generator=torch.Generator().manual_seed(0))
    loss.total.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in names.values())


def test_a_model_without_it_has_the_keys_it_always_had():
    with torch.random.fork_rng():
        model = VAE(VAEConfig())
    assert not any("principal" in name for name in model.state_dict())


def test_few_equal_pictures_do_no_harm():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(CONFIG)
    pictures = torch.full((2, 2, 16, 16), 90, dtype=torch.uint8)
    model.start_from(pictures)
    assert model.decode(model.encode(to_unit(pictures)).mu).isfinite().all()


@pytest.mark.parametrize(
    ("shape", "side", "latent_dim", "why"),
    [
        ((7,), 2, 2, "square pictures"),
        ((1, 8, 12), 4, 2, "square pictures"),
        ((1, 16, 16), 5, 2, "must divide"),
        ((1, 16, 16), 2, 5, "at most 4 latent"),
    ],
)
def test_what_does_not_fit_is_told(shape, side, latent_dim, why):
    with pytest.raises(ValueError, match=why):
        PrincipalPath(shape, side, latent_dim)


def test_it_is_for_gaussian_likelihoods():
    network = NetworkConfig(principal=7)
    with pytest.raises(ValueError, match="Gaussian"):
        VAEConfig(network=network)
