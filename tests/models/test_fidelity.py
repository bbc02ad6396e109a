import pytest
import torch

from models.data import Dataset, Split
from models.fidelity import PrincipalComponents, fidelity, measure_fidelity
from models.networks import NetworkConfig
from models.preprocessing import to_unit
from models.vae import VAE, VAEConfig


def split(count, seed):
    numbers = torch.Generator().manual_seed(seed)
    images = torch.randint(256, (count, 1, 12, 12), dtype=torch.uint8, generator=numbers)
    return Split(images=images, labels=torch.zeros(count, dtype=torch.int64))


@pytest.fixture
def noise():
    return Dataset(
        name="noise",
        train=split(90, 0),
        validation=split(0, 1),
        test=split(30, 2),
        class_names=("noise",),
        source="drawn",
        terms="none",
    )


def test_components_are_those_of_a_decomposition():
    images = split(80, 3).images
    found = PrincipalComponents.of(images, 5)
    x = to_unit(images)
    deviations = (x - x.mean(0)).flatten(1).double()
    wanted = torch.linalg.svd(deviations, full_matrices=False)
    captured = (deviations @ found.components.double()).square().sum()
    assert float(captured) == pytest.approx(float(wanted.S[:5].square().sum()), rel=1e-4)
    eye = found.components.mT @ found.components
    torch.testing.assert_close(eye, torch.eye(5), rtol=0, atol=1e-5)
    torch.testing.assert_close(PrincipalComponents.of(images, 144).reconstruct(x), x)


def test_a_picture_is_faithful_to_itself_and_its_negative_is_not(noise):
    same = measure_fidelity(lambda x: x, noise)
    assert same.mse == 0
    assert same.ssim == pytest.approx(1, abs=1e-4)
    assert same.frechet_reconstruction is None
    negative = measure_fidelity(lambda x: 1 - x, noise)
    x = to_unit(noise.test.images)
    assert negative.mse == pytest.approx(float((1 - 2 * x).square().mean()), rel=1e-4)
    assert negative.ssim < 0


def test_figures_stand_next_to_those_of_components(noise):
    network = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = VAE(VAEConfig(shape=(1, 12, 12), latent_dim=4, network=network)).eval()
    model.start_from(noise.train.images)
    found = fidelity(model, noise)
    assert found.keys() == {"mse", "ssim", "pca_mse", "pca_ssim"}
    assert 0 < found["pca_mse"] < found["mse"]
    table = VAE(VAEConfig(shape=(7,), network=network)).eval()
    assert fidelity(table, noise) == {}
