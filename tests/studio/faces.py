"""Checkpoints of faces with attribute directions, untrained: what is asked of them is known."""

import base64
import io

import numpy as np
import torch
from PIL import Image

from models.checkpoint import CheckpointConfig
from models.latent.atlas import Atlas
from models.latent.attributes import AttributeDirections
from models.latent.directions import fit_directions
from models.latent.sampling import fit_mixture
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.registry import Registry
from models.training.config import TrainingConfig
from models.vae import VAE, VAEConfig

NAMES = ("Bald", "Young", "Smiling", "Twin", "Male", "Eyeglasses", "Hat, red")
LISTED = ("Smiling", "Young", "Male", "Eyeglasses", "Bald", "Twin", "Hat, red")
"""As the page lists them"""
AUC = ((0.9, 0.7, 0.9, 0.6, 0.9, 0.9, float("nan")), (0.8, 0.7, 0.9, 0.6, 0.9, 0.9, float("nan")))
SIZE = 6
METRICS = {"mse": 0.006, "ssim": 0.7, "frechet": 12.5, "reconstruction_95": 1e9}


def make_faces(workspace):
    """Return a registry with 'faces', and others that lack something.

    'faces' has an attribute 'Twin' that is the same as 'Smiling', and a mixture to draw from.
    'grey' has no directions, 'unjudged' no effects, 'older' steps of the population, and 'foreign'
    names a folder of this machine as its data.
    """
    registry = Registry(workspace, pretrained=workspace / "none")
    torch.manual_seed(0)
    numbers = torch.Generator().manual_seed(0)
    codes = torch.randn(300, SIZE, generator=numbers) @ torch.diag(torch.arange(1.0, SIZE + 1))
    axes = codes[:, [0, 1, 2, 2, 3, 4, 5]]
    axes[:, 1] += axes[:, 0]
    kinds = {
        kind: fit_directions(codes, (axes > 0.2).to(torch.int8), NAMES, kind)
        for kind in ("normal", "means")
    }
    effects = torch.randn(2, 2, len(NAMES), len(NAMES), generator=numbers)
    labels = torch.full((300,), -1)
    images = torch.zeros(300, 3, 64, 64, dtype=torch.uint8)
    atlas = Atlas.build(codes, labels, images, (), thumbnails=0)
    atlas = Atlas(**{**_parts(atlas), "mixture": fit_mixture(codes, 2)})
    directions = AttributeDirections(**kinds, auc=torch.tensor(AUC), effects=effects)
    unjudged = AttributeDirections(**kinds, auc=torch.tensor(AUC))
    config = _config("faces-synthetic", (3, 64, 64), NAMES, METRICS)
    model = VAE(config.model).eval()
    registry.save("faces", config, model, atlas, directions=directions)
    registry.save("unjudged", config, model, directions=unjudged)
    before = {kind: found.in_population() for kind, found in kinds.items()}
    older = AttributeDirections(**before, auc=torch.tensor(AUC))
    registry.save("older", config, model, directions=older)
    secret = workspace / "secret"
    secret.mkdir()
    for row in range(20):
        Image.new("RGB", (64, 64), (row, 0, 0)).save(secret / f"{row}.png")
    registry.save("foreign", _config(f"folder:{secret}", (3, 64, 64), (), {}), model)
    grey = _config("olivetti", (1, 64, 64), (), {})
    registry.save("grey", grey, VAE(grey.model))
    return registry


def _parts(atlas):
    return {name: getattr(atlas, name) for name in atlas.__dataclass_fields__}


def _config(dataset, shape, names, metrics):
    network = NetworkConfig(
        kind="convolutional", channels=(4, 4, 4, 4), encoder_hidden=(), decoder_hidden=()
    )
    return CheckpointConfig(
        recipe="faces-synthetic",
        model=VAEConfig(shape=shape, latent_dim=SIZE, network=network, likelihood="gaussian"),
        data=DataConfig(dataset=dataset, binarise="none", validation=10),
        training=TrainingConfig(),
        attribute_names=names,
        metrics=metrics,
    )


def photo(size=(90, 60), format="PNG", **options):
    """A picture whose left half is dark and whose right half is light."""
    pixels = np.zeros((size[1], size[0], 3), dtype=np.uint8)
    pixels[:, size[0] // 2 :] = 200
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **options)
    return buffer.getvalue()


def pixels(text, channels=3):
    """Return what the page gets of a picture, uint8 [H, W, C]."""
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(64, 64, channels)


def floats(answer, columns=SIZE):
    """Return rows of a binary answer."""
    assert answer.status_code == 200, answer.text
    return torch.from_numpy(np.frombuffer(answer.content, "<f4").copy()).reshape(-1, columns)
