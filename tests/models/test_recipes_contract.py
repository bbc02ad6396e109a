"""What holds for every model: each recipe, and each kind of network with each likelihood.

A new recipe is tested by being listed in `models.recipes.RECIPES`.
"""

import itertools

import pytest
import torch

from models import families
from models.checkpoint import CheckpointConfig, load_checkpoint, save_checkpoint
from models.joint import JointVAE, JointVAEConfig
from models.latent.parts import Parts
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.recipes import RECIPES
from models.ssvae import SSVAE
from models.training import TrainingConfig
from models.vae import VAEConfig

BATCH = 6


def small(kind, normalisation, fourier, likelihood):
    network = NetworkConfig(
        kind=kind,
        channels=(4, 8) if kind == "convolutional" else (),
        encoder_hidden=(16, 16),
        decoder_hidden=(16, 16),
        normalisation=normalisation,
        fourier=fourier,
    )
    return VAEConfig(shape=(1, 12, 12), latent_dim=3, network=network, likelihood=likelihood)


NETWORKS = itertools.product(
    ("dense", "convolutional"),
    ("layer", "batch", "none"),
    (0, 5),
    ("bernoulli", "gaussian", "gaussian-learned"),
)
SMALL_FACES = {
    f"faces-{blocks}-{head}": VAEConfig(
        shape=(3, 16, 16),
        latent_dim=5,
        network=NetworkConfig(
            kind="convolutional",
            channels=(4, 6, 8),
            encoder_hidden=(),
            decoder_hidden=(),
            blocks=blocks,
            head=head,
        ),
        likelihood="gaussian-learned",
    )
    for blocks in (0, 2)
    for head in ("full", "shuffled")
}
JOINT = {
    f"joint-{decoder}": JointVAEConfig.of(
        2,
        (4, 3),
        shape=(1, 12, 12),
        network=NetworkConfig(encoder_hidden=(16,), decoder_hidden=(16,)),
        decoder=decoder,
    )
    for decoder in ("network", "templates")
}
MODELS = (
    SMALL_FACES
    | JOINT
    | {name: recipe.model for name, recipe in RECIPES.items()}
    | {"-".join(map(str, choice)): small(*choice) for choice in NETWORKS}
)


@pytest.fixture(params=MODELS.values(), ids=MODELS.keys())
def config(request):
    return request.param


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def build(config, seed=0):
    """A model whose every tensor, buffers included, has left its starting value."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = families.build(config)
        model.centre_on(torch.rand(config.shape))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.02 * torch.randn(parameter.shape))
    return model


def examples(config, count=BATCH):
    return torch.rand(count, *config.shape, generator=seeded(7)).round()


def test_shapes_and_ranges(config):
    model, x, latent = build(config).eval(), examples(config), config.latent_dim
    posterior = model.encode(x)
    z = model.reparameterize(posterior, seeded())
    assert posterior.mu.shape == posterior.logvar.shape == z.shape == (BATCH, latent)
    assert posterior.kl().shape == (BATCH, latent)
    for pictures in (model.decode(z), model.sample(BATCH, seeded())):
        assert pictures.shape == x.shape
        # Rows of a table are in units of their own.
        assert config.family == "table" or 0 <= pictures.min() <= pictures.max() <= 1
    assert model.decode_parameters(z).shape == x.shape


def test_the_loss_adds_up(config):
    loss = build(config).eval().loss(examples(config), beta=0.5, generator=seeded())
    assert loss.total.shape == loss.reconstruction.shape == loss.kl.shape == ()
    assert loss.kl_per_dimension.shape == (config.latent_dim,)
    assert (loss.kl_per_dimension >= 0).all()
    torch.testing.assert_close(loss.kl, loss.kl_per_dimension.sum())
    torch.testing.assert_close(loss.total, loss.reconstruction + 0.5 * loss.kl)
    torch.testing.assert_close(loss.elbo, -(loss.reconstruction + loss.kl))


def test_every_parameter_has_a_finite_gradient(config):
    model = build(config).train()
    model.loss(examples(config), generator=seeded()).total.backward()
    gradients = {name: p.grad for name, p in model.named_parameters()}
    if isinstance(model, SSVAE):  # What else it has is charged for by the objective of its own.
        gradients = {k: g for k, g in gradients.items() if k.startswith(("encoder", "decoder"))}
    if isinstance(model, JointVAE):  # So have these heads.
        heads = ("features.embedding", "features.clusters")
        gradients = {k: g for k, g in gradients.items() if not k.startswith(heads)}
    for name, gradient in gradients.items():
        assert gradient is not None, f"{name} has no part in the loss"
        assert gradient.isfinite().all(), name
        assert gradient.abs().sum() > 0 or "bias" in name, f"{name} is never trained"


def test_one_seed_gives_one_model_and_one_result(config):
    model, again, other = build(config).eval(), build(config).eval(), build(config, seed=1)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name]), name
    a, b = (m.encoder[-1].weight for m in (model, other))
    assert not torch.equal(a, b)
    x = examples(config)
    losses = [m.loss(x, generator=seeded()).total.item() for m in (model, again)]
    assert losses[0] == losses[1] != model.loss(x, generator=seeded(1)).total.item()
    assert torch.equal(model.sample(3, seeded()), again.sample(3, seeded()))
    assert not torch.equal(model.sample(3, seeded()), model.sample(3, seeded(1)))


def test_a_saved_model_decodes_bit_for_bit_the_same(config, tmp_path):
    model = build(config).eval()
    written = CheckpointConfig(
        recipe="contract", model=config, data=DataConfig(), training=TrainingConfig()
    )
    save_checkpoint(tmp_path / "saved", written, model)
    before = torch.random.get_rng_state()
    loaded = load_checkpoint(tmp_path / "saved")
    assert torch.equal(torch.random.get_rng_state(), before), "loading drew random numbers"
    assert loaded.config == written
    assert not loaded.model.training
    z = torch.randn(BATCH, config.latent_dim, generator=seeded())
    with torch.no_grad():
        assert torch.equal(loaded.model.decode(z), model.decode(z))
        assert torch.equal(
            loaded.model.encode(examples(config)).mu, model.encode(examples(config)).mu
        )


@torch.no_grad()
def test_half_the_bits_decode_nearly_the_same(config, tmp_path):
    model = build(config).eval()
    written = CheckpointConfig(
        recipe="contract", model=config, data=DataConfig(), training=TrainingConfig()
    )
    save_checkpoint(tmp_path / "half", written, model, half=True)
    loaded = load_checkpoint(tmp_path / "half").model
    assert all(tensor.dtype != torch.float16 for tensor in loaded.state_dict().values())
    z = torch.randn(BATCH, config.latent_dim, generator=seeded())
    torch.testing.assert_close(loaded.decode(z), model.decode(z), rtol=0, atol=0.02)


@torch.no_grad()
def test_a_batch_of_one_is_a_row_of_the_batch(config):
    model, x = build(config).eval(), examples(config)
    one, all_of_them = model.encode(x[2:3]), model.encode(x)
    torch.testing.assert_close(one.mu, all_of_them.mu[2:3], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        model.decode(one.mu), model.decode(all_of_them.mu)[2:3], rtol=1e-4, atol=1e-4
    )
    assert model.loss(x[:1], generator=seeded()).total.isfinite()


@torch.no_grad()
def test_a_centred_model_reads_deviations_from_the_mean_and_begins_at_it(config):
    model, mean = build(config).eval(), torch.rand(config.shape, generator=seeded())
    z = torch.randn(BATCH, config.latent_dim, generator=seeded())
    shift = model.decode_parameters(z) - model.offset
    model.centre_on(mean)
    start = model.likelihood.mean(model.offset)
    torch.testing.assert_close(start, mean, rtol=0, atol=1.1e-3)
    torch.testing.assert_close(model.decode_parameters(z) - model.offset, shift)
    count = Parts.of(config).continuous
    mu = model.encoder(torch.zeros(1, *config.shape))[:, :count]
    assert torch.equal(model.encode(mean.unsqueeze(0)).mu[:, :count], mu)
