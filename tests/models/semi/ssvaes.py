"""An SSVAE so small that it learns the small digits within seconds."""

import dataclasses

import torch

from models.families import build
from models.networks import NetworkConfig
from models.semi.config import SemiConfig
from models.ssvae import SSVAEConfig
from models.training import TrainingConfig

DENSE = NetworkConfig(encoder_hidden=(64,), decoder_hidden=(64,))
POOLED = NetworkConfig(
    kind="pooled", channels=(4, 8), encoder_hidden=(), decoder_hidden=(16,), normalisation="none"
)
TRAINING = TrainingConfig(
    epochs=2,
    batch_size=64,
    learning_rate=2e-3,
    adam_beta2=0.99,
    average=0.9,
    semi=SemiConfig(label_free_epochs=1, labelled_batch=16),
)


def config(**changes):
    return SSVAEConfig(**{"latent_dim": 4, "network": DENSE, "cluster_heads": 2} | changes)


def model(pictures=None, seed=0, **changes):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = build(config(**changes))
    if pictures is not None:
        made.start_from(pictures)
    return made


def training(**changes):
    """The small training; fields of `semi` have its name and an underscore before them."""
    semi = {k.removeprefix("semi_"): v for k, v in changes.items() if k.startswith("semi_")}
    rest = {k: v for k, v in changes.items() if not k.startswith("semi_")}
    return dataclasses.replace(TRAINING, **rest, semi=dataclasses.replace(TRAINING.semi, **semi))
