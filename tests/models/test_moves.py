"""Charging a decoder for moved faces in which a guide does not see what they were moved towards."""

import dataclasses
import subprocess
import sys

import pytest
import torch
from torch.nn import functional as F

from models.data import Split
from models.features import AttributeNetwork, FeatureError
from models.moves import AttributeMoves, make_moves, texture
from models.networks import NetworkConfig
from models.training import Trainer, TrainingConfig
from models.training.state import TrainingState
from models.vae import VAE, VAEConfig

NAMES = ("Hat", "Young", "Smiling")
TOLD = ("Smiling", "Young")
NETWORK = NetworkConfig(
    kind="convolutional", channels=(4, 6), encoder_hidden=(), decoder_hidden=(), head="shuffled"
)
CONFIG = VAEConfig(shape=(3, 64, 64), latent_dim=3, network=NETWORK, likelihood="gaussian")


@pytest.fixture
def guide():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return AttributeNetwork((3, 5), 2).eval().requires_grad_(False)


@pytest.fixture
def model():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return VAE(CONFIG)


@pytest.fixture
def moves(guide):
    return AttributeMoves(guide, [(2, 0), (1, 1)], 3, 3, 5.0)


@pytest.fixture
def batch():
    numbers = torch.Generator().manual_seed(0)
    codes = torch.randn(40, 3, generator=numbers)
    attributes = torch.randint(2, (40, 3), generator=numbers, dtype=torch.int8)
    return codes, attributes


def test_mean_codes_of_both_sides_are_remembered(moves, model, batch):
    codes, attributes = batch
    moves(model, codes, codes, attributes, torch.Generator())
    for side, column in ((0, 1), (1, 1), (1, 2)):
        mean = codes[attributes[:, column] == side].mean(0)
        torch.testing.assert_close(moves.means[side, column], mean)
    moves(model, codes + 1, codes, attributes, torch.Generator())
    later = codes[attributes[:, 1] == 1].mean(0)
    rise = moves.means[1, 1] - later
    assert ((rise > 0.5) & (rise < 0.55)).all(), "the later counts for a little more"


def test_the_charge_is_the_formula_and_stands_for_all(moves, model, batch, monkeypatch):
    monkeypatch.setattr("models.moves.STRENGTHS", (1.0, 1.0))
    monkeypatch.setattr("models.moves.SHIFT", 0)
    moves.columns = moves.columns[:1]
    codes, attributes = batch
    charge = moves(model, codes, codes, attributes, torch.Generator())
    assert (charge.view(10, 4)[:, 1:] == 0).all()
    smiles = attributes[::4, 2] == 1
    step = moves.means[1, 2] - moves.means[0, 2]
    there = codes[::4] + torch.where(smiles, -1, 1)[:, None] * step
    pictures = model.decode_parameters(there).clamp(-0.1, 1.1)
    seen = moves.guide(pictures)[:, 0] * torch.where(smiles, -1, 1)
    wanted = 5 * (F.softplus(1 - seen) + F.softplus(seen - 4)) + texture(pictures)
    torch.testing.assert_close(charge[::4], 4 * wanted)


@pytest.mark.parametrize("period", [2, 4])
def test_dots_cost_what_edges_do_not(period):
    row, column = torch.arange(64).view(64, 1), torch.arange(64).view(1, 64)
    sign = 1 - 2 * ((row * 2 // period + column * 2 // period) % 2).float()
    patch = 0.02 * sign * ((row > 15) & (row < 48) & (column > 15) & (column < 48))
    others = [0 * patch, (row + column) / 128, 0.5 * (column + 0 * row > 20).float()]
    costs = texture(torch.stack([patch, *others]).unsqueeze(1).expand(-1, 3, 64, 64))
    assert costs[0] > 20 * costs[1:].max()
    assert costs[1] == 0


def test_the_gradient_goes_to_the_decoder_alone(moves, model, batch):
    codes, attributes = batch
    given = codes.clone().requires_grad_()
    moves(model, given, given, attributes, torch.Generator()).sum().backward()
    assert given.grad is None or not given.grad.any()
    assert any(p.grad is not None and p.grad.any() for p in model.decoder.parameters())
    assert all(p.grad is None for p in moves.guide.parameters())


def test_what_is_not_known_is_not_charged_for(moves, model, batch):
    codes, attributes = batch
    assert not moves(model, codes, codes, -torch.ones_like(attributes), torch.Generator()).any()
    assert not moves.means.any()
    one_sided = torch.ones_like(attributes)
    assert not moves(model, codes, codes, one_sided, torch.Generator()).any()


@pytest.fixture
def asked(guide, monkeypatch):
    """A training that asks a small guide."""

    class Card:
        attributes = TOLD

    monkeypatch.setattr("models.moves.load_features", lambda name: (guide, Card))
    monkeypatch.setattr("models.critic.load_features", lambda name: (guide, Card))
    return TrainingConfig(
        epochs=1, batch_size=10, guide="small", guide_weight=1.0, attribute_weight=5.0
    )


def test_a_training_charges_for_moved_faces_and_goes_on_with_what_it_knows(asked, model, batch):
    pictures = torch.randint(256, (40, 3, 64, 64), generator=torch.Generator().manual_seed(0))
    nobody = torch.full((40,), -1)
    split = Split(images=pictures.byte(), labels=nobody, attributes=batch[1])
    first = Trainer(model, asked, binarise="none", attribute_names=NAMES)
    charged = first.fit(split)[0].train
    assert charged.total > charged.reconstruction + charged.kl
    saved = TrainingState.from_bytes(first.state().to_bytes())
    second = Trainer(VAE(CONFIG), asked, binarise="none", attribute_names=NAMES)
    second.restore(saved)
    assert second.objective.moves.means.any()
    assert torch.equal(second.objective.moves.means, first.objective.moves.means)
    assert torch.equal(second.objective.moves.seen, first.objective.moves.seen)


def test_main_attributes_are_found_in_the_data_and_in_the_guide(asked):
    made = make_moves(asked, NAMES, 3)
    assert made.columns.tolist() == [[2, 0], [1, 1]]
    assert make_moves(dataclasses.replace(asked, attribute_weight=0.0), NAMES, 3) is None
    with pytest.raises(FeatureError, match="of which the data has none; set it to 0"):
        make_moves(asked, ("Hat",), 3)


def test_moves_need_a_guide():
    with pytest.raises(ValueError, match="needs a guide"):
        TrainingConfig(attribute_weight=1.0)


@pytest.mark.parametrize("module", ["augment", "critic", "moves", "attributes"])
def test_each_can_be_imported_first(module):
    """What the trainer imports must not wait for the trainer."""
    command = [sys.executable, "-c", f"import models.{module}"]
    assert subprocess.run(command, check=False).returncode == 0
