"""Checkpoints to traverse: an untrained JointVAE of digits, and what a card says of its classes."""

import dataclasses
import shutil

import torch

from models.joint import JointVAE, JointVAEConfig
from models.latent.atlas import Atlas
from models.networks import NetworkConfig
from models.preprocessing import to_unit
from models.registry import Registry
from models.vae import VAE, VAEConfig

METRICS = {
    "kl_per_dimension": [0.5, 2.0, 1.0],
    "kl_discrete": [1.2, 0.7],
    "code_classes": [[7, 1, -1, 3], ["odd"]],
    "cluster_accuracy": 0.75,
}
NARROW = NetworkConfig(encoder_hidden=(8,), decoder_hidden=(8,))


def make_joint(trained, workspace):
    """Return a registry with 'joint', three dimensions and parts of four and two classes.

    'tiny' has two dimensions and no classes, 'bare' is it without an atlas, 'wide' has too many
    dimensions, and 'table' decodes no pictures.
    """
    shutil.copytree(trained / "checkpoints", workspace / "checkpoints")
    registry = Registry(workspace, pretrained=workspace / "none")
    tiny = registry.open("tiny")
    torch.manual_seed(3)
    model = JointVAE(JointVAEConfig.of(3, (4, 2), network=NARROW)).eval()
    for parameter in model.decoder.parameters():  # So that neighbours are seen to differ.
        parameter.data.mul_(4)
    images, labels = tiny.atlas.thumbnails[:40], tiny.atlas.labels[:40]
    with torch.inference_mode():
        codes = model.encode(to_unit(images)).typical().clone()
    atlas = Atlas.build(codes, labels, images, tiny.atlas.class_names, thumbnails=20)

    def save(name, model, atlas=None, **changes):
        config = dataclasses.replace(tiny.config, model=model.config, **changes)
        registry.save(name, config, model, atlas)

    save("joint", model, atlas, metrics=METRICS)
    save("bare", tiny.model, metrics={})
    save("wide", VAE(VAEConfig(latent_dim=129, network=NARROW)))
    save("table", VAE(VAEConfig(shape=(7,), network=NARROW)))
    return registry
