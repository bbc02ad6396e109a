"""Structural similarity: how alike two pictures look, by the statistics of small windows.

Image Quality Assessment: From Error Visibility to Structural Similarity (Wang et al., 2004):

    SSIM = (2 m_x m_y + c_1) (2 s_xy + c_2) / ((m_x^2 + m_y^2 + c_1) (s_x^2 + s_y^2 + c_2))

for pictures in [0, 1], c_1 = 0.01^2, c_2 = 0.03^2, averaged over windows and colours.

Shapes: B pictures, C colours, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

__all__ = ["coarse_ssim", "ssim"]

STABLE_MEAN, STABLE_SPREAD = 0.01**2, 0.03**2
SIDE, SIGMA = 11, 1.5
COARSE_SIDE, COARSE_STEP = 8, 2


def ssim(x_BCHW: Tensor, y_BCHW: Tensor) -> Tensor:
    """Return the SSIM [B] of pictures in [0, 1] as papers report it.

    Windows are Gaussians of 11 x 11 pixels with sigma = 1.5 that lie inside the picture.

    Raises:
        ValueError: The shapes differ, or a side is below 11 pixels.
    """
    _require_alike(x_BCHW, y_BCHW, SIDE)
    steps = torch.arange(SIDE, dtype=x_BCHW.dtype, device=x_BCHW.device) - SIDE // 2
    weights = torch.exp(-steps.square() / (2 * SIGMA**2))
    weights = weights / weights.sum()
    colours = x_BCHW.shape[1]

    def windows(picture: Tensor) -> Tensor:
        for shape in ((1, 1, 1, SIDE), (1, 1, SIDE, 1)):
            kernel = weights.view(shape).repeat(colours, 1, 1, 1)
            picture = F.conv2d(picture, kernel, groups=colours)
        return picture

    return _similarity(x_BCHW, y_BCHW, windows)


def coarse_ssim(x_BCHW: Tensor, y_BCHW: Tensor) -> Tensor:
    """Return a quick SSIM [B] to train with: flat windows of 8 x 8 at every second pixel.

    Raises:
        ValueError: The shapes differ, or a side is below 8 pixels.
    """
    _require_alike(x_BCHW, y_BCHW, COARSE_SIDE)
    return _similarity(x_BCHW, y_BCHW, lambda p: F.avg_pool2d(p, COARSE_SIDE, COARSE_STEP))


def _similarity(x: Tensor, y: Tensor, windows: Callable[[Tensor], Tensor]) -> Tensor:
    mean_x, mean_y = windows(x), windows(y)
    variance_x = windows(x * x) - mean_x.square()
    variance_y = windows(y * y) - mean_y.square()
    covariance = windows(x * y) - mean_x * mean_y
    above = (2 * mean_x * mean_y + STABLE_MEAN) * (2 * covariance + STABLE_SPREAD)
    means = mean_x.square() + mean_y.square() + STABLE_MEAN
    return (above / (means * (variance_x + variance_y + STABLE_SPREAD))).flatten(1).mean(1)


def _require_alike(x: Tensor, y: Tensor, side: int) -> None:
    if x.dim() != 4 or x.shape != y.shape:
        raise ValueError(
            f"Both sides must be pictures [B, C, H, W] of one shape, not {list(x.shape)} and "
            f"{list(y.shape)}."
        )
    if min(x.shape[2:]) < side:
        raise ValueError(f"Pictures need sides of at least {side} pixels, not {list(x.shape)}.")
