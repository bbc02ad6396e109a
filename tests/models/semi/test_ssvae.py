"""What holds for the model: its classes, its samples of them, its prior, and old checkpoints."""

import json

import pytest
import ssvaes
import torch
from torch.distributions import Categorical as Choice
from torch.distributions import Independent, MixtureSameFamily, Normal, kl_divergence

from models.checkpoint import CheckpointConfig, load_checkpoint, save_checkpoint
from models.config import from_json, to_json
from models.families import FAMILIES
from models.networks import NetworkConfig
from models.posterior import Posterior
from models.preprocessing import DataConfig
from models.recipes import get_recipe, with_overrides
from models.registry import PRETRAINED
from models.semi.outputs import look, sampled
from models.settings import read_settings
from models.ssvae import SSVAE, SSVAEConfig
from models.training import TrainingConfig
from models.vae import VAE, VAEConfig


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(params=["features", "latent", "mixture"])
def kind(request):
    return {"classifier_type": request.param, "prior": "mixture", "components": 6}


@pytest.fixture(params=[ssvaes.DENSE, ssvaes.POOLED], ids=["dense", "pooled"])
def model(request, kind):
    return ssvaes.model(network=request.param, **kind).eval()


@torch.no_grad()
def test_one_pass_tells_what_several_would(model, digits):
    x = digits.test.images[:9].float() / 255
    reading = model.read(x)
    assert torch.equal(reading.posterior.mu, model.encode(x).mu)
    assert torch.equal(reading.features, model.features(x))
    told = model.predict(x)
    assert torch.equal(told.probabilities, model.logits_of(reading).softmax(1))
    assert torch.equal(told.classes, told.probabilities.argmax(1))
    assert torch.equal(told.certainty, told.probabilities.max(1).values)
    assert model.embed(reading.features).norm(dim=1).allclose(torch.ones(9))
    assert model.chart(reading.features).shape == (9, 2)


def test_looking_at_many_is_looking_at_each(model, digits):
    images = digits.test.images[:30]
    outputs = look(model, images)
    told = model.predict(images.float() / 255)
    torch.testing.assert_close(outputs.probabilities, told.probabilities, rtol=0, atol=0.02)
    assert outputs.mu.shape == (30, 4)
    assert outputs.features.dtype == torch.float16
    assert outputs.xy.shape == (30, 2)
    assert not outputs.features.requires_grad
    assert look(model, images[:0]).probabilities.shape == (0, 10)


def test_a_model_without_classes_can_be_looked_at(digits):
    model = VAE(VAEConfig(network=ssvaes.DENSE)).eval()
    shares = []
    outputs = look(model, digits.test.images, classes=10, progress=shares.append)
    assert outputs.probabilities.eq(0.1).all()
    assert torch.equal(outputs.xy, outputs.mu)
    assert shares == [1.0]
    assert sampled(model, outputs, 3, seeded()) is None


def test_dropping_inputs_makes_the_classifier_doubt(digits):
    for classifier in ("features", "latent"):
        model = ssvaes.model(classifier_type=classifier, classifier_dropout=0.5).eval()
        outputs = look(model, digits.test.images[:20])
        draws = sampled(model, outputs, 50, seeded())
        assert draws.shape == (50, 20, 10)
        assert draws.std(0).max() > 0
        assert torch.equal(draws, sampled(model, outputs, 50, seeded()))
    sure = ssvaes.model(classifier_dropout=0.0).eval()
    outputs = look(sure, digits.test.images[:20])
    one = sampled(sure, outputs, 2, seeded())[1]
    torch.testing.assert_close(one, outputs.probabilities, rtol=0, atol=0.02)
    with pytest.raises(ValueError, match="no dropout"):
        ssvaes.model(classifier_type="mixture", prior="mixture").class_logits_sampled(
            torch.zeros(1, 64), 2
        )


@torch.no_grad()
def test_the_mixture_prior_is_one():
    model = ssvaes.model(prior="mixture", components=5).eval()
    spread = torch.exp(0.5 * model.prior_logvar)
    parts = Independent(Normal(model.prior_mean, spread), 1)
    prior = MixtureSameFamily(Choice(torch.ones(5)), parts)
    z = torch.randn(7, 4, generator=seeded())
    torch.testing.assert_close(model.prior_log_prob(z), prior.log_prob(z))
    draws = model.prior_sample(20_000, seeded())
    torch.testing.assert_close(draws.mean(0), prior.mean, rtol=0, atol=0.05)
    torch.testing.assert_close(draws.var(0), prior.variance, rtol=0.05, atol=0.05)


@torch.no_grad()
def test_its_kl_is_a_bound_and_exact_for_one_component():
    posterior = Posterior(torch.randn(6, 4, generator=seeded()), torch.full((6, 4), -2.0))
    q = Normal(posterior.mu, torch.exp(0.5 * posterior.logvar))
    one = ssvaes.model(prior="mixture", components=1)
    p = Normal(one.prior_mean[0], torch.exp(0.5 * one.prior_logvar[0]))
    torch.testing.assert_close(one.divergence(posterior), kl_divergence(q, p))
    many = ssvaes.model(prior="mixture", components=5)
    draws = q.sample((4000,))
    exact = (q.log_prob(draws).sum(2) - many.prior_log_prob(draws.view(-1, 4)).view(4000, 6)).mean(
        0
    )
    assert (many.divergence(posterior).sum(1) > exact - 0.05).all()


@torch.no_grad()
def test_components_take_the_classes_of_what_is_in_them():
    model = ssvaes.model(classifier_type="mixture", prior="mixture", components=3)
    model.prior_mean.copy_(10 * torch.eye(3, 4))
    shares = torch.zeros(2, 10)
    shares[0, 7] = shares[1, 2] = 1
    model.name_components(model.prior_mean[:2], shares)
    assert model.component_classes[:2].argmax(1).tolist() == [7, 2]
    torch.testing.assert_close(model.component_classes.sum(1), torch.ones(3))
    assert model.component_classes[2].max() < 0.11  # Nothing is in it, so it may be anything.


def test_it_is_saved_and_read_back_as_what_it_is(kind, tmp_path):
    model = ssvaes.model(**kind).eval()
    written = CheckpointConfig(
        recipe="test",
        model=model.config,
        data=DataConfig(binarise="min-max"),
        training=ssvaes.TRAINING,
    )
    save_checkpoint(tmp_path / "saved", written, model)
    loaded = load_checkpoint(tmp_path / "saved")
    assert loaded.config == written
    assert isinstance(loaded.model, SSVAE)
    x = torch.rand(3, 1, 28, 28, generator=seeded())
    assert torch.equal(loaded.model.predict(x).probabilities, model.predict(x).probabilities)


@pytest.mark.parametrize("folder", sorted(PRETRAINED.iterdir()), ids=lambda path: path.name)
def test_shipped_checkpoints_read_as_the_family_they_are(folder):
    plain = json.loads((folder / "config.json").read_text())
    config = from_json(CheckpointConfig, plain)
    family = plain["model"].get("family", "vae")
    assert type(config.model) is FAMILIES[family][0]
    assert from_json(CheckpointConfig, to_json(config)) == config


def test_an_unknown_family_is_refused_in_a_sentence():
    plain = to_json(
        CheckpointConfig(
            recipe="test", model=VAEConfig(), data=DataConfig(), training=TrainingConfig()
        )
    )
    plain["model"]["family"] = "gan"
    with pytest.raises(ValueError, match=r"model: .*gan"):
        from_json(CheckpointConfig, plain)


def test_settings_reach_what_is_learned_from_labels():
    recipe = get_recipe("ssvae-mnist")
    changed = with_overrides(recipe, **read_settings(recipe, ["semi.label_weight=2", "clusters=7"]))
    assert changed.training.semi.label_weight == 2
    assert changed.model.clusters == 7
    plain = get_recipe("navigator-mnist")
    with pytest.raises(ValueError, match=r"has no field semi\.label_weight"):
        with_overrides(plain, **{"semi.label_weight": 2})


def test_settings_of_other_programs_are_read():
    model, training = SSVAEConfig.of(
        {
            "latent_dim": 2,
            "hidden_dims": (256, 128),
            "encoder_type": "dense",
            "decoder_type": "dense",
            "classifier_type": "dense",
            "recon_weight": 0.5,
            "kl_weight": 1.0,
            "label_weight": 3.0,
            "use_contrastive": False,
            "contrastive_weight": 0.7,
            "max_epochs": 75,
            "patience": 10,
            "grad_clip_norm": 1.5,
            "weight_decay": 1e-4,
            "batch_size": 64,
            "learning_rate": 1e-3,
        }
    )
    assert model.network == NetworkConfig(encoder_hidden=(256, 128), decoder_hidden=(128, 256))
    assert (model.latent_dim, model.classifier_type) == (2, "latent")
    assert (training.epochs, training.patience, training.clip_norm) == (75, 10, 1.5)
    assert (training.beta, training.batch_size) == (2.0, 64)
    assert (training.semi.bound_weight, training.semi.label_weight) == (0.5, 3.0)
    assert training.semi.contrastive_weight == 0
    assert SSVAEConfig.of({"encoder_type": "conv"})[0].network.kind == "pooled"
    both = SSVAEConfig.of({"encoder_type": "conv", "decoder_type": "conv"})[0]
    assert both.network.kind == "convolutional"
    with pytest.raises(ValueError, match="no setting hidden_dim; there are"):
        SSVAEConfig.of({"hidden_dim": 3})


@pytest.mark.parametrize(
    ("field", "value"),
    [("classes", 1), ("classifier_dropout", 1.0), ("components", 0), ("cluster_heads", -1)],
)
def test_what_is_no_model_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        SSVAEConfig(**{field: value})
    with pytest.raises(ValueError, match="prior=mixture"):
        SSVAEConfig(classifier_type="mixture")


def test_an_ssvae_is_a_vae_to_everything_else():
    recipe = get_recipe("ssvae-digits")
    assert isinstance(recipe.model, VAEConfig)
    model = ssvaes.model()
    assert isinstance(model, VAE)
    assert model.sample(3, seeded()).shape == (3, 1, 28, 28)
