"""A small classifier of attributes, such as those of faces, and its features at every depth.

Shapes: B pictures, C channels, A attributes, F features.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from models.features.pictures import require_pictures, unit

__all__ = ["Activation", "AttributeNetwork", "fold"]

Activation = Literal["silu", "relu"]
CHUNK = 250
LEAST_SPREAD = 1e-3
MEASURED = 1000
"""Pictures that the variances of maps are measured on."""


class AttributeNetwork(nn.Module):
    """Stages of two convolutions, of which one halves the picture; a mean; a linear layer.

    Args:
        widths: Channels of each stage; the last are the features.
        attributes: A.
        activation: After every convolution.
        normalised: Whether there is batch normalisation before it, as in training; `fold` takes it
            out again.
    """

    shape = (3, 64, 64)
    """Of the pictures that are scored"""

    def __init__(
        self,
        widths: tuple[int, ...],
        attributes: int,
        activation: Activation = "silu",
        *,
        normalised: bool = False,
    ) -> None:
        super().__init__()
        act = {"silu": nn.SiLU, "relu": nn.ReLU}[activation]

        def layer(before: int, after: int, side: int, stride: int) -> list[nn.Module]:
            convolution = nn.Conv2d(before, after, side, stride, 1, bias=not normalised)
            norm: list[nn.Module] = [nn.BatchNorm2d(after)] if normalised else []
            return [convolution, *norm, act()]

        self.stages = nn.ModuleList(
            # Of four pixels, so that the first stride leaves none unseen.
            nn.Sequential(
                *layer(before, after, 4 if before == 3 else 3, 2), *layer(after, after, 3, 1)
            )
            for before, after in pairwise((3, *widths))
        )
        self.head = nn.Linear(widths[-1], attributes)
        self.widths = widths
        self.scale: Tensor
        self.spreads: Tensor
        self.register_buffer("scale", torch.ones(()))
        self.register_buffer("spreads", torch.ones(sum(widths) + attributes))

    def maps(self, x_B3HW: Tensor) -> list[Tensor]:
        """Return what each stage says [B, C, H, W] of pictures in [0, 1], in colour or grey."""
        x = x_B3HW.expand(-1, 3, -1, -1) - 0.5
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found

    def impressions(self, x_B3HW: Tensor) -> list[Tensor]:
        """Return what there is to compare two pictures by: the maps of each stage, and the logits.

        Each has a variance of 1 in every channel over the training pictures.
        """
        maps = [m.float() for m in self.maps(x_B3HW)]
        found = [*maps, self.head(maps[-1].mean((2, 3))).float()[:, :, None, None]]
        shares = self.spreads.split([m.shape[1] for m in found])
        return [m / s.view(1, -1, 1, 1) for m, s in zip(found, shares, strict=True)]

    def pooled(self, x_B3HW: Tensor) -> Tensor:
        """Return the last stage's mean over positions [B, F]."""
        return self.maps(x_B3HW)[-1].float().mean((2, 3))

    def forward(self, x_B3HW: Tensor) -> Tensor:
        """Return logits [B, A] of pictures in [0, 1]."""
        return self.head(self.pooled(x_B3HW))

    @torch.inference_mode()
    def features(self, pictures: Tensor) -> Tensor:
        """Return the features [B, F] of pictures, uint8 or float in [0, 1], on the CPU.

        They are scaled so that those of the training pictures have a variance of 1 on average.

        Raises:
            FeatureError: The pictures are not 64 x 64 in colour.
        """
        require_pictures(pictures, self.shape)
        device = self.scale.device
        chunks = [
            (self.pooled(unit(x.to(device))) * self.scale).cpu() for x in pictures.split(CHUNK)
        ]
        return torch.cat([*chunks, torch.empty(0, self.widths[-1])])

    @torch.inference_mode()
    def scores(self, pictures: Tensor) -> Tensor:
        """Return logits [B, A] of pictures, uint8 or float in [0, 1], on the CPU.

        Raises:
            FeatureError: The pictures are not 64 x 64 in colour.
        """
        require_pictures(pictures, self.shape)
        device = self.scale.device
        chunks = [self(unit(x.to(device))).cpu() for x in pictures.split(CHUNK)]
        return torch.cat([*chunks, torch.empty(0, self.head.out_features)])

    @torch.no_grad()
    def calibrate(self, pictures: Tensor) -> None:
        """Measure the scales of features and maps on training pictures, uint8 [N, 3, 64, 64]."""
        self.scale.fill_(1)
        self.scale.copy_(self.features(pictures).var(0).mean().rsqrt())
        self.spreads.fill_(1)
        some = unit(pictures[:MEASURED])
        shares = [m.var((0, 2, 3)).clamp(min=LEAST_SPREAD).sqrt() for m in self.impressions(some)]
        self.spreads.copy_(torch.cat(shares))


@torch.no_grad()
def fold(network: AttributeNetwork, activation: Activation) -> AttributeNetwork:
    """Return the same function without normalisations: each goes into the convolution before it."""
    folded = AttributeNetwork(network.widths, network.head.out_features, activation)
    folded.head.load_state_dict(network.head.state_dict())
    for old, new in zip(network.stages, folded.stages, strict=True):
        assert isinstance(old, nn.Sequential)
        assert isinstance(new, nn.Sequential)
        norms = [layer for layer in old if isinstance(layer, nn.BatchNorm2d)]
        given = [layer for layer in old if isinstance(layer, nn.Conv2d)]
        taken = [layer for layer in new if isinstance(layer, nn.Conv2d)]
        for norm, source, target in zip(norms, given, taken, strict=True):
            assert norm.running_var is not None
            assert norm.running_mean is not None
            assert target.bias is not None
            gain = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
            target.weight.copy_(source.weight * gain.view(-1, 1, 1, 1))
            target.bias.copy_(norm.bias - norm.running_mean * gain)
    return folded.eval()
