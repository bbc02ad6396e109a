"""Encoders and decoders: dense and convolutional, chosen by one frozen configuration.

A network is given by its widths. Between two equal widths lies a residual block, between unequal
ones a plain layer, so `(512, 256)` is the classic tapering network and `(512, 512, 512)` a residual
one of two blocks.

Shape legend: B batch, C channels, h x w the sides of a map.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from pydantic import ConfigDict
from torch import nn

from models.layers import ConvolutionalResidual, FourierFeatures, Residual, Skip

__all__ = [
    "NetworkConfig",
    "make_decoder",
    "make_encoder",
    "parameter_count",
]

Normalisation = Literal["layer", "batch", "none"]
MOST_LAYERS = 64
"""Widths of one part of a network, and blocks at one size: each is a module that has to be made"""
MOST_WIDTH = 65_536


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkConfig:
    """The shape of an encoder and its decoder."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Literal["dense", "convolutional", "pooled"] = "dense"
    """Dense layers throughout, strided convolutions around dense layers, or a convolutional encoder
    whose last map can be averaged into features, beside a dense decoder."""
    encoder_hidden: tuple[int, ...] = (512, 512)
    """Widths of the encoder's dense layers, from the data to the latent."""
    decoder_hidden: tuple[int, ...] = (512, 512, 512)
    """Widths of the decoder's dense layers, from the latent to the data."""
    channels: tuple[int, ...] = ()
    """Channels of the encoder's convolutions, each of which halves the picture, as the decoder
    doubles it; of a pooled one only the first and the last do."""
    blocks: int = 0
    """Residual blocks of two 3 x 3 convolutions at every size of the picture in the decoder."""
    head: Literal["full", "shuffled"] = "full"
    """Whether the decoder's last convolution looks at the whole picture, or at one of half its
    sides, where it says four pixels at once: a fraction of the work."""
    principal: int = 0
    """Side of the small pictures whose principal components encoder and decoder start from, on a
    linear path beside the network; it divides the picture's side. 0 for none."""
    normalisation: Normalisation = "layer"
    """Normalisation before every activation: over features, over the batch, or none."""
    dropout: float = 0.0
    """Share of the features dropped inside the encoder's residual blocks while training."""
    fourier: int = 0
    """Pairs of learned sines and cosines of the latent that the decoder sees beside it."""
    fourier_scale: float = 2.5
    """Standard deviation of their frequencies at the start, in radians per latent unit."""

    def __post_init__(self) -> None:
        """Check the widths."""
        if self.kind == "dense" and bool(self.encoder_hidden) != bool(self.decoder_hidden):
            raise ValueError(
                "encoder_hidden and decoder_hidden need at least one width each, or neither has "
                "any: then both are linear."
            )
        for name in ("encoder_hidden", "decoder_hidden", "channels"):
            widths = getattr(self, name)
            if len(widths) > MOST_LAYERS:
                raise ValueError(f"{name} may have {MOST_LAYERS} widths, not {len(widths):,}.")
            if widths and not 1 <= min(widths) <= max(widths) <= MOST_WIDTH:
                raise ValueError(f"Every width in {name} must lie in 1..{MOST_WIDTH}.")
        if (self.kind != "dense") != bool(self.channels):
            raise ValueError("A convolutional network needs `channels`; a dense one has none.")
        if self.kind == "pooled" and self.encoder_hidden:
            raise ValueError("A pooled encoder has no dense layers; leave encoder_hidden empty.")
        if not 0 <= self.blocks <= MOST_LAYERS:
            raise ValueError(f"blocks must lie in 0..{MOST_LAYERS}, not {self.blocks}.")
        if self.kind != "convolutional" and (self.blocks or self.head != "full"):
            raise ValueError("blocks and head are for convolutional networks.")
        if self.principal < 0:
            raise ValueError(f"principal must be 0 or more pixels, not {self.principal}.")
        if not (0 <= self.fourier <= MOST_WIDTH and 0 < self.fourier_scale < math.inf):
            raise ValueError(
                f"fourier must lie in 0..{MOST_WIDTH}, and fourier_scale must be positive."
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout must lie in [0, 1), not {self.dropout}.")


def make_encoder(config: NetworkConfig, shape: tuple[int, ...], features: int) -> nn.Sequential:
    """Build a network from data [B, *shape] to features [B, features].

    Args:
        config: Kind, widths and normalisation.
        shape: Shape of one example: (C, H, W), or (columns,) for a table.
        features: Numbers that come out for each example.

    Raises:
        ValueError: The convolutions do not divide the picture evenly.
    """
    layers: list[nn.Module] = []
    if config.kind == "pooled":
        inner = _pooled_shape(config, shape)
        return nn.Sequential(
            *_pooled(config, shape[0]), nn.Flatten(), nn.Linear(math.prod(inner), features)
        )
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
    return nn.Sequential(*layers, nn.Linear(hidden[-1] if hidden else flat, features))


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
    layers: list[nn.Module] = []
    if config.fourier:
        layers.append(FourierFeatures(features, config.fourier, config.fourier_scale))
    inputs = features + 2 * config.fourier
    layers += _dense(config, inputs, hidden)
    inner = _inner_shape(config, shape) if config.kind == "convolutional" else shape
    layers += [nn.Linear(hidden[-1] if hidden else inputs, math.prod(inner))]
    layers += [nn.Unflatten(1, inner)]
    if config.kind == "convolutional":
        layers += _growing(config, shape[0])
    return nn.Sequential(*layers)


def _pooled(config: NetworkConfig, colours: int) -> list[nn.Module]:
    """Return convolutions up to a map [B, C, h, w] of a quarter of the picture's sides.

    ReLU and batch statistics, whatever the dense layers have: in bfloat16 on a CPU a step is a
    quarter shorter than with SiLU, and features that are compared with each other need them.
    """
    last = len(config.channels) - 1
    layers: list[nn.Module] = []
    for index, (before, after) in enumerate(pairwise((colours, *config.channels))):
        size, stride = (5, 2) if index == 0 else (3, 2 if index == last else 1)
        layers.append(_convolved(before, after, size, stride))
    return [*layers, Skip(_convolved(config.channels[-1], config.channels[-1], 3, 1))]


def _convolved(before: int, after: int, size: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(before, after, size, stride, size // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU(inplace=True))


def _pooled_shape(config: NetworkConfig, shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) != 3:
        raise ValueError(f"A pooled encoder needs pictures, not examples of the shape {shape}.")
    _, height, width = shape
    for _ in range(min(2, len(config.channels))):
        height, width = -(-height // 2), -(-width // 2)
    return config.channels[-1], height, width


def _growing(config: NetworkConfig, colours: int) -> list[nn.Module]:
    """Return convolutions that double a picture's sides at each of the channels.

    They compute at the smaller size and lay four pixels out of each: Real-Time Single Image and
    Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network (Shi et al.,
    2016), arXiv 1609.05158.
    """
    layers: list[nn.Module] = []
    shuffled = config.head == "shuffled"
    last = colours if shuffled else config.channels[0]
    for before, after in pairwise((*reversed(config.channels), last)):
        layers += [
            ConvolutionalResidual(before, _norm_2d(config, before)) for _ in range(config.blocks)
        ]
        layers += _activation_2d(config, before)
        layers += [nn.Conv2d(before, 4 * after, 3, padding=1), nn.PixelShuffle(2)]
    if shuffled:
        return layers
    layers += _activation_2d(config, config.channels[0])
    return [*layers, nn.Conv2d(config.channels[0], colours, 3, padding=1)]


def _dense(
    config: NetworkConfig, features: int, widths: tuple[int, ...], dropout: float = 0.0
) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for before, after in pairwise((features, *widths)):
        if before == after and layers:
            layers.append(Residual(after, _norm(config, after), dropout))
        else:
            layers += [nn.Linear(before, after), _norm(config, after), nn.SiLU()]
    if layers and isinstance(layers[-1], Residual):
        layers += [_norm(config, widths[-1]), nn.SiLU()]
    return layers


def _norm(config: NetworkConfig, width: int) -> nn.Module:
    kinds = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d, "none": nn.Identity}
    return kinds[config.normalisation](width)


def _activation_2d(config: NetworkConfig, channels: int) -> list[nn.Module]:
    return [*_norm_2d(config, channels), nn.SiLU()]


def _norm_2d(config: NetworkConfig, channels: int) -> list[nn.Module]:
    # One group is layer normalisation over channels and positions.
    norms: dict[Normalisation, list[nn.Module]] = {
        "layer": [nn.GroupNorm(1, channels)],
        "batch": [nn.BatchNorm2d(channels)],
        "none": [],
    }
    return norms[config.normalisation]


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
