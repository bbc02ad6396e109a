"""A small model that tells classes of the small digits, to begin label projects with."""

import time

import torch

from models.checkpoint import CheckpointConfig
from models.data import load
from models.evaluate import encode_posterior
from models.latent.atlas import Atlas
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.registry import Registry
from models.semi.config import SemiConfig
from models.ssvae import SSVAE, SSVAEConfig
from models.training.config import TrainingConfig

ROWS = 1540
NAME = "teller"
TRAINING = TrainingConfig(
    epochs=1,
    batch_size=256,
    average=0.9,
    schedule="constant",
    semi=SemiConfig(label_free_epochs=0, labelled_batch=20, neighbours=6),
)


def make_teller(workspace, name=NAME, *, dataset="digits", labels=20, **changes):
    """Save a small untrained SSVAE of two dimensions, whose atlas keeps pictures and labels.

    Args:
        workspace: Where it goes.
        name: What it is called.
        dataset: What it says it was trained on.
        labels: How many labels it says it learned from.
        **changes: Of the model's configuration.
    """
    registry = Registry(workspace, pretrained=workspace / "none")
    train = load("digits", validation=0).train
    network = NetworkConfig(encoder_hidden=(16,), decoder_hidden=(16,))
    torch.manual_seed(0)
    model = SSVAE(SSVAEConfig(**{"latent_dim": 2, "network": network} | changes)).eval()
    some = train.take(slice(0, 60))
    given = torch.where(torch.arange(60) < labels, some.labels, -1)
    atlas = Atlas.build(
        encode_posterior(model, some).mu,
        some.labels,
        some.images,
        tuple("0123456789"),
        rows=torch.arange(60) * 3,
        given=given,
        thumbnails=40,
    )
    config = CheckpointConfig(
        recipe="ssvae-digits",
        model=model.config,
        data=DataConfig(dataset=dataset, binarise="none"),
        training=TRAINING,
        class_names=tuple("0123456789"),
        metrics={"num_labels": labels},
    )
    registry.save(name, config, model, atlas)
    return registry


def until(condition, seconds=60):
    """Wait until a condition holds, and return what it came to."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("It has not come to that in time.")


def some_of_each(truth, count, start=0):
    """Return {class: rows} with so many rows of each class that is known."""
    classes = sorted(set(truth.tolist()) - {-1, 255})
    return {int(k): (truth == k).nonzero()[0][start : start + count].tolist() for k in classes}
