"""Encoders and decoders: dense and convolutional, chosen by one frozen configuration.

A network is given by its widths. Between two equal widths lies a pre-normalised residual layer,
between unequal ones a plain layer, so `(512, 256)` is the classic tapering network and
`(512, 512, 512)` a residual one.

Shape legend: B batch, C channels, H height, W width, D latent dimensions, F features.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pydantic import ConfigDict
from torch import Tensor, nn

__all__ = ["NetworkConfig", "make_decoder", "make_encoder", "parameter_count"]

Normalisation = Literal["layer", "batch", "none"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkConfig:
    """The shape of an encoder and its decoder."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["dense", "convolutional"] = "dense"
    """Dense layers throughout, or strided convolutions around dense layers."""
    encoder_hidden: tuple[int, ...] = (512, 512)
    """Widths of the encoder's dense layers, from the data to the latent."""
    decoder_hidden: tuple[int, ...] = (512, 512, 512)
    """Widths of the decoder's dense layers, from the latent to the data."""
    channels: tuple[int, ...] = ()
    """Channels of the encoder's convolutions, each of which halves the picture, as the decoder
    doubles it."""
    normalisation: Normalisation = "layer"
    """Normalisation before every activation: over features, over the batch, or none."""
    dropout: float = 0.0
    """Share of the encoder's features dropped while training."""

    def __post_init__(self) -> None:
        """Check the widths."""
        if not self.encoder_hidden or not self.decoder_hidden:
            raise ValueError("A network needs at least one hidden width on each side.")
        if min(*self.encoder_hidden, *self.decoder_hidden, *self.channels, 1) < 1:
            raise ValueError("Every hidden width and channel count must be at least 1.")
        if (self.kind == "convolutional") != bool(self.channels):
            raise ValueError("A convolutional network needs `channels`; a dense one has none.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie in [0, 1), not {self.dropout}.")


class Residual(nn.Module):
    """`x + f(x)`."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        """Add the body's output to its input."""
        return x + self.body(x)


def make_encoder(config: NetworkConfig, shape: tuple[int, ...], features: int) -> nn.Module:
    """Build a network from data [B, *shape] to features [B, features].

    Args:
        config: Kind, widths and normalisation.
        shape: Shape of one example: (C, H, W), or (columns,) for a table.
        features: Numbers that come out for each example.

    Raises:
        ValueError: The convolutions do not divide the picture evenly.
    """
    layers: list[nn.Module] = []
    if config.kind == "convolutional":
        inner = _inner_shape(config, shape)
        for before, after in pairwise((shape[0], *config.channels)):
            layers.append(nn.Conv2d(before, after, 4, stride=2, padding=1))
            layers += _activation_2d(config, after)
        flat = math.prod(inner)
    else:
        flat = math.prod(shape)
    hidden = config.encoder_hidden
    layers += [nn.Flatten(), *_dense(config, flat, hidden, config.dropout)]
    return nn.Sequential(*layers, *_activation(config, hidden[-1]), nn.Linear(hidden[-1], features))


def make_decoder(config: NetworkConfig, features: int, shape: tuple[int, ...]) -> nn.Module:
    """Build a network from latents [B, features] to data parameters [B, *shape].

    Args:
        config: Kind, widths and normalisation.
        features: Numbers that go in for each example.
        shape: Shape of one example.

    Raises:
        ValueError: The convolutions do not divide the picture evenly.
    """
    hidden = config.decoder_hidden
    layers = [*_dense(config, features, hidden), *_activation(config, hidden[-1])]
    if config.kind == "dense":
        layers += [nn.Linear(hidden[-1], math.prod(shape)), nn.Unflatten(1, shape)]
        return nn.Sequential(*layers)
    inner = _inner_shape(config, shape)
    layers += [nn.Linear(hidden[-1], math.prod(inner)), nn.Unflatten(1, inner)]
    for before, after in pairwise((*reversed(config.channels), config.channels[0])):
        layers += _activation_2d(config, before)
        layers += [nn.Conv2d(before, 4 * after, 3, padding=1), nn.PixelShuffle(2)]
    layers += [*_activation_2d(config, config.channels[0])]
    layers += [nn.Conv2d(config.channels[0], shape[0], 3, padding=1)]
    return nn.Sequential(*layers)


def _dense(
    config: NetworkConfig, features: int, widths: tuple[int, ...], dropout: float = 0.0
) -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Linear(features, widths[0])]
    for before, after in pairwise(widths):
        drop = [nn.Dropout(dropout)] if dropout else []
        body = [*_activation(config, before), *drop, nn.Linear(before, after)]
        layers += [Residual(nn.Sequential(*body))] if before == after else body
    return layers


def _activation(config: NetworkConfig, width: int) -> list[nn.Module]:
    norms: dict[Normalisation, list[nn.Module]] = {
        "layer": [nn.LayerNorm(width)],
        "batch": [nn.BatchNorm1d(width)],
        "none": [],
    }
    return [*norms[config.normalisation], nn.SiLU()]


def _activation_2d(config: NetworkConfig, channels: int) -> list[nn.Module]:
    # One group is layer normalisation over channels and positions.
    norms: dict[Normalisation, list[nn.Module]] = {
        "layer": [nn.GroupNorm(1, channels)],
        "batch": [nn.BatchNorm2d(channels)],
        "none": [],
    }
    return [*norms[config.normalisation], nn.SiLU()]


def _inner_shape(config: NetworkConfig, shape: tuple[int, ...]) -> tuple[int, int, int]:
    scale = 2 ** len(config.channels)
    if len(shape) != 3 or shape[1] % scale or shape[2] % scale:
        raise ValueError(
            f"{len(config.channels)} halving convolutions need pictures whose sides are multiples "
            f"of {scale}; these examples have the shape {shape}."
        )
    return config.channels[-1], shape[1] // scale, shape[2] // scale


def parameter_count(model: nn.Module) -> int:
    """Return the number of trained numbers in a module."""
    return sum(p.numel() for p in model.parameters())
