import math

import pytest
import torch

from models.checkpoint import load_checkpoint
from models.data import Dataset, Split
from models.evaluate import (
    active_units,
    bound,
    decode_latency,
    encode,
    evaluate,
    iwae,
    knn_accuracy,
)
from models.losses import Gaussian
from models.networks import NetworkConfig
from models.preprocessing import to_unit
from models.vae import VAE, VAEConfig


@pytest.fixture(scope="module")
def trained(tiny_checkpoint):
    return load_checkpoint(tiny_checkpoint).model


@pytest.fixture
def silent():
    """A model that knows nothing: q(z|x) = p(z) and the same p(x) for every z."""
    model = VAE(VAEConfig(network=NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,)))).eval()
    with torch.no_grad():
        for head in (model.encoder[-1], model.decoder[-2]):
            head.weight.zero_()
            head.bias.zero_()
    return model


@pytest.fixture(scope="module")
def few(digits):
    return digits.test.take(torch.arange(60))


def test_the_bound_of_a_coin_a_pixel_is_784_log_2(silent, few):
    parts = bound(silent, few, binarise="dynamic", samples=2)
    assert parts["elbo"] == pytest.approx(-784 * math.log(2), rel=1e-6)
    assert parts["reconstruction"] == pytest.approx(784 * math.log(2), rel=1e-6)
    assert parts["kl"] == pytest.approx(0, abs=1e-6)
    assert iwae(silent, few, binarise="dynamic", samples=5) == pytest.approx(parts["elbo"])


def test_the_kl_of_a_fixed_posterior(silent, few):
    with torch.no_grad():
        silent.encoder[-1].bias.copy_(torch.tensor([1.0, 0.0, 0.0, math.log(4)]))
    parts = bound(silent, few, binarise="dynamic", samples=1)
    kl = 0.5 + (4 - 1 - math.log(4)) / 2
    assert parts["kl"] == pytest.approx(kl, rel=1e-5)
    assert parts["elbo"] == pytest.approx(-784 * math.log(2) - kl, rel=1e-5)


def test_importance_weights_undo_a_wrong_posterior(silent, few):
    """log p(x) stays -784 log 2 whatever q is; the ELBO pays for q and the IWAE hardly does."""
    with torch.no_grad():
        silent.encoder[-1].bias.copy_(torch.tensor([0.5, -0.5, 0.0, 0.0]))
    truth = -784 * math.log(2)
    elbo = bound(silent, few, binarise="threshold")["elbo"]
    weighted = iwae(silent, few, binarise="threshold", samples=500)
    assert elbo == pytest.approx(truth - 0.25, abs=1e-3)
    assert weighted == pytest.approx(truth, abs=0.02)


def test_the_offset_counts_in_the_importance_weights(silent, few):
    mean = to_unit(few.images).mean(0)
    with torch.no_grad():
        silent.offset.copy_(silent.likelihood.parameters_of(mean))
    elbo = bound(silent, few, binarise="threshold")["elbo"]
    assert elbo > -784 * math.log(2) + 100
    assert iwae(silent, few, binarise="threshold", samples=3) == pytest.approx(elbo, rel=1e-5)


def test_a_linear_gaussian_model_is_measured_exactly():
    """p(x|z) = N(z, s^2) has p(x) = N(0, 1 + s^2) and q(z|x) = N(x / (1 + s^2), s^2 / (1 + s^2)).

    With the true posterior every bound is tight, and the IWAE equals log p(x) from any sample.
    """
    scale = 0.5
    network = NetworkConfig(encoder_hidden=(2,), decoder_hidden=(2,), normalisation="none")
    config = VAEConfig(shape=(1, 1, 1), latent_dim=1, network=network, likelihood="gaussian")
    model = VAE(config).eval()
    model.likelihood = Gaussian(scale)

    # silu(a) - silu(-a) = a, so that two hidden units carry a number through unchanged.
    def carry(network, head, rows):
        with torch.no_grad():
            network.weight.copy_(torch.tensor([[1.0], [-1.0]]))
            network.bias.zero_()
            head.weight.copy_(torch.tensor(rows))
            head.bias.zero_()

    shrink = 1 / (1 + scale**2)
    carry(model.encoder[1], model.encoder[-1], [[shrink, -shrink], [0.0, 0.0]])
    carry(model.decoder[0], model.decoder[-2], [[1.0, -1.0]])
    with torch.no_grad():
        model.encoder[-1].bias[1] = math.log(scale**2 * shrink)
    split = Split(
        images=torch.arange(256, dtype=torch.uint8).view(-1, 1, 1, 1),
        labels=torch.zeros(256, dtype=torch.int64),
    )
    x = torch.arange(256, dtype=torch.float64) / 255
    truth = torch.distributions.Normal(0, math.sqrt(1 + scale**2)).log_prob(x).mean().item()
    assert iwae(model, split, binarise="none", samples=1) == pytest.approx(truth, abs=1e-4)
    assert iwae(model, split, binarise="none", samples=7) == pytest.approx(truth, abs=1e-4)
    elbo = bound(model, split, binarise="none", samples=400)["elbo"]
    assert elbo == pytest.approx(truth, abs=0.02)


def test_more_importance_samples_give_a_tighter_bound(trained, digits):
    def measure(samples):
        return iwae(trained, digits.test, binarise="dynamic", samples=samples)

    elbo = bound(trained, digits.test, binarise="dynamic", samples=20)["elbo"]
    one, some, many = measure(1), measure(10), measure(200)
    assert elbo <= some <= many
    assert one == pytest.approx(elbo, abs=1.0), "one sample is an ELBO on other noise"


def test_a_seed_fixes_every_figure(trained, few):
    first = bound(trained, few, binarise="dynamic", seed=3)
    assert first == bound(trained, few, binarise="dynamic", seed=3)
    assert first != bound(trained, few, binarise="dynamic", seed=4)
    weighted = iwae(trained, few, binarise="dynamic", samples=9, seed=3)
    assert weighted == iwae(trained, few, binarise="dynamic", samples=9, seed=3)


def test_means_are_means_over_examples_not_over_chunks(trained, digits, monkeypatch):
    monkeypatch.setattr("models.evaluate.CHUNK", 100)
    chunked = encode(trained, digits.test)
    monkeypatch.setattr("models.evaluate.CHUNK", 10_000)
    whole = encode(trained, digits.test)
    torch.testing.assert_close(chunked, whole, rtol=1e-4, atol=1e-5)
    kl = trained.encode(to_unit(digits.test.images)).kl().sum(1).mean().item()
    for size in (100, 10_000):
        monkeypatch.setattr("models.evaluate.CHUNK", size)
        measured = bound(trained, digits.test, binarise="none", samples=1)["kl"]
        assert measured == pytest.approx(kl, rel=1e-5)


def test_nothing_to_encode_gives_no_codes(trained, digits):
    none = digits.test.take(torch.arange(0))
    assert encode(trained, none).shape == (0, 2)


def test_active_units_are_those_that_vary():
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(1000, 4, generator=generator) * torch.tensor([1.0, 0.2, 0.05, 0.0])
    assert active_units(codes + 7) == 2
    assert active_units(codes, threshold=1e-4) == 3


def test_nearest_neighbours_by_hand():
    train = torch.tensor([[0.0], [0.1], [0.2], [10.0], [10.1], [10.2]])
    labels = torch.tensor([0, 0, 0, 1, 1, 1])
    test = torch.tensor([[0.05], [9.9], [0.3], [10.3]])
    assert knn_accuracy(train, labels, test, torch.tensor([0, 1, 0, 1]), k=3) == 1
    assert knn_accuracy(train, labels, test, torch.tensor([0, 1, 1, 1]), k=3) == 0.75
    assert knn_accuracy(train, labels, test, torch.tensor([1, 0, 1, 0]), k=3) == 0


def test_fewer_labels_than_neighbours_are_no_accuracy(silent):
    images = torch.zeros(6, 1, 28, 28, dtype=torch.uint8)
    train = Split(images=images, labels=torch.tensor([0, 0, 1, 1, -1, -1]))
    test = Split(images=images[:2], labels=torch.tensor([0, 1]))
    dataset = Dataset(
        name="few",
        train=train,
        validation=test,
        test=test,
        class_names=("a", "b"),
        source="here",
        terms="none",
    )
    metrics = evaluate(silent, dataset, binarise="none", samples=1, importance_samples=1)
    assert "knn_accuracy" not in metrics


def test_latency_is_given_for_every_size(silent):
    assert list(decode_latency(silent, (1, 3))) == ["1", "3"]


def test_evaluate_gives_every_figure_of_a_card(trained, digits):
    from models.card import METRIC_LABELS

    metrics = evaluate(trained, digits, binarise="dynamic", importance_samples=20)
    elsewhere = {key for key in METRIC_LABELS if key.startswith(("frechet", "pca"))}
    elsewhere |= {"mse", "ssim", "test_accuracy", "num_labels", "cluster_accuracy"}
    elsewhere |= {"cluster_ari", "silhouette"}
    assert METRIC_LABELS.keys() - metrics.keys() == elsewhere, "no feature network for the digits"
    assert metrics["elbo"] == pytest.approx(-(metrics["reconstruction"] + metrics["kl"]))
    assert metrics["iwae"] > metrics["elbo"]
    assert 0.1 < metrics["knn_accuracy"] <= 1
    assert metrics["active_units"] in (1, 2)
    assert metrics["parameters"] == sum(p.numel() for p in trained.parameters())
    assert "257 examples" in metrics["conditions"]
    assert "IWAE over 20" in metrics["conditions"]
