"""Checkpoints to sample from, as others may have made them, and how to read what is answered."""

import base64
import dataclasses
import shutil

import numpy as np
import torch

from models.latent.sampling import fit_mixture
from models.networks import NetworkConfig
from models.registry import Registry
from models.vae import VAE, VAEConfig

METRICS = {"frechet": 2.5, "frechet_mixture": 0.5, "epochs": 3, "conditions": "Here.", "kl": 4}


def make_samplers(trained, workspace):
    """Return a registry with the digits in two dimensions, 'tiny', and variants of them.

    'bare' has no atlas, 'mixed' a mixture and figures, 'old' no variances, 'blind' neither them nor
    pictures, 'gap' no threes, 'foreign' weights from elsewhere, and 'table' decodes no pictures.
    """
    shutil.copytree(trained / "checkpoints", workspace / "checkpoints")
    registry = Registry(workspace, pretrained=workspace / "none")
    tiny = registry.open("tiny")
    atlas, config = tiny.atlas, tiny.config

    def save(name, atlas, **changes):
        registry.save(name, dataclasses.replace(config, **changes), tiny.model, atlas)

    def changed(**changes):
        return dataclasses.replace(atlas, **changes)

    save("bare", None)
    save("mixed", changed(mixture=fit_mixture(atlas.draws(), 3)), metrics=METRICS)
    save("old", changed(logvar=None, thumbnails=atlas.thumbnails[:60]))
    save("blind", changed(logvar=None, thumbnails=atlas.thumbnails[:0]))
    labels = torch.where(atlas.labels == 3, -1, atlas.labels)
    save("gap", changed(labels=labels, medoids=atlas.medoids.index_fill(0, torch.tensor(3), -1)))
    save("foreign", atlas, metrics={"imported": "`weights.pth`"})
    narrow = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))
    table = VAE(VAEConfig(shape=(7,), network=narrow))
    registry.save("table", dataclasses.replace(config, model=table.config), table)
    return registry


def floats(answer):
    return torch.from_numpy(np.frombuffer(answer.content, "<f4").copy()).reshape(64, -1)


def pixels(text):
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(28, 28)


def refusal(answer, status=422):
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]
