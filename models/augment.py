"""Training pictures as they might as well have been: mirrored, moved, in another light.

A few thousand pictures are soon known by heart, and then new ones are told badly.

Shapes: B pictures, C colours, H height, W width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.share import WHOLE, Share

if TYPE_CHECKING:  # The trainer imports this module.
    from models.training.config import TrainingConfig

__all__ = ["augmented", "mirrored", "shifted", "tinted"]


def augmented(
    x_BCHW: Tensor,
    config: TrainingConfig,
    generator: torch.Generator | None = None,
    share: Share = WHOLE,
) -> Tensor:
    """Return pictures changed as a training asks for with `mirror`, `shift` and `tint`.

    Args:
        x_BCHW: Pictures in [0, 1].
        config: Says how much.
        generator: Source of the draws, on the device of the pictures.
        share: Which rows of a batch they are.
    """
    if config.mirror:
        x_BCHW = mirrored(x_BCHW, generator, share)
    if config.shift:
        x_BCHW = shifted(x_BCHW, config.shift, generator, share)
    if config.tint:
        x_BCHW = tinted(x_BCHW, config.tint, generator, share)
    return x_BCHW


def mirrored(
    x_BCHW: Tensor, generator: torch.Generator | None = None, share: Share = WHOLE
) -> Tensor:
    """Return pictures of which about half are mirrored left to right, drawn anew at each sight.

    Args:
        x_BCHW: Pictures.
        generator: Source of the draws, on the device of the pictures.
        share: Which rows of a batch they are.
    """

    def draw(rows: int) -> Tensor:
        return torch.rand(rows, generator=generator, device=x_BCHW.device) < 0.5

    chosen = share.draw(draw, len(x_BCHW)).view(-1, 1, 1, 1)
    return torch.where(chosen, x_BCHW.flip(3), x_BCHW)


def shifted(
    x_BCHW: Tensor, most: int, generator: torch.Generator | None = None, share: Share = WHOLE
) -> Tensor:
    """Return pictures moved by up to `most` pixels each way, their edges repeated."""

    def draw(rows: int) -> Tensor:
        return torch.randint(-most, most + 1, (rows, 2), generator=generator, device=x_BCHW.device)

    batch, _, height, width = x_BCHW.shape
    down_B, right_B = share.draw(draw, batch).unbind(1)
    rows_BH = _moved(down_B, height)
    columns_BW = _moved(right_B, width)
    each_B11 = torch.arange(batch, device=x_BCHW.device).view(-1, 1, 1)
    x_BHWC = x_BCHW.permute(0, 2, 3, 1)
    return x_BHWC[each_B11, rows_BH[:, :, None], columns_BW[:, None, :]].permute(0, 3, 1, 2)


def _moved(by_B: Tensor, side: int) -> Tensor:
    places = torch.arange(side, device=by_B.device)
    return (places + by_B[:, None]).clamp(0, side - 1)


def tinted(
    x_BCHW: Tensor, strength: float, generator: torch.Generator | None = None, share: Share = WHOLE
) -> Tensor:
    """Return pictures in another light: contrast, brightness and the gain of each colour differ.

    Args:
        x_BCHW: Pictures in [0, 1].
        strength: Standard deviation of the contrast's factor; the others vary by half of it.
        generator: Source of the draws, on the device of the pictures.
        share: Which rows of a batch they are.
    """
    colours = x_BCHW.shape[1]

    def draw(rows: int) -> Tensor:
        return torch.randn(rows, colours + 2, generator=generator, device=x_BCHW.device)

    drawn = share.draw(draw, len(x_BCHW))[:, :, None, None] * strength
    gain, contrast, brightness = drawn.split([colours, 1, 1], dim=1)
    return (x_BCHW * (1 + gain / 2 + contrast) + brightness / 2).clamp(0, 1)
