"""A network that tells classes from features, which views of pictures can teach.

Shape legend: B batch, F features, K classes, E dimensions of the embedding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks import NetworkConfig, make_encoder

__all__ = ["FeatureNetwork"]

HIDDEN = 128
EMBEDDING = 64
HEADS = 4
CLUSTERS = 20


class FeatureNetwork(nn.Module):
    """Classes, an embedding in which views are compared, and clusters on which they agree.

    It is apart from the encoder that tells the means: what all views of a picture share says
    nothing of style.

    Args:
        channels: Those of its convolutions; the last are F.
        shape: (C, H, W) of a picture.
        classes: Those of all discrete parts, K.
    """

    def __init__(self, channels: tuple[int, ...], shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        config = NetworkConfig(kind="pooled", channels=channels, encoder_hidden=())
        width = channels[-1]
        self.body = make_encoder(config, shape, 1)[:-2]
        self.norm = nn.BatchNorm1d(width)
        self.code = nn.Linear(width, classes)
        self.embedding = nn.Sequential(
            nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, EMBEDDING)
        )
        self.clusters = nn.ModuleList(nn.Linear(width, CLUSTERS) for _ in range(HEADS))

    def features(self, x: Tensor) -> Tensor:
        """Return the features [B, F] of pictures [B, C, H, W]: a map's mean over places."""
        trunk = self.body(x.contiguous(memory_format=torch.channels_last))
        if trunk.requires_grad:
            # Pooling gives gradients of another layout, and convolutions would turn each around.
            trunk.register_hook(lambda g: g.contiguous(memory_format=torch.channels_last))
        return self.norm(trunk.mean((2, 3))).float()

    def logits(self, features_BF: Tensor) -> Tensor:
        """Return unnormalised log-probabilities [B, K] of classes."""
        return self.code(features_BF).float()

    def forward(self, x: Tensor) -> Tensor:
        """Return unnormalised log-probabilities [B, K] of classes of pictures."""
        return self.logits(self.features(x))

    def embed(self, features_BF: Tensor) -> Tensor:
        """Return where features lie on the unit sphere of the embedding [B, E]."""
        return F.normalize(self.embedding(features_BF).float(), dim=1)
