"""A decoder with one picture a class, which a code warps.

    parameters(x | z, c) = gain(z, c) * warp(template_c; z, c) + shift(z, c)

Each class of the first discrete part has a template. A small network tells from the whole code an
affine map and smooth displacements on a coarse grid, by which the template is looked up, and a gain
and shift of its values. That style moves and bends a picture is built in and need not be learned;
what is left for the classes are shapes that no bending makes of each other. Templates warped by
learned transformations: Deep Transformation-Invariant Clustering (Monnier et al., 2020),
arXiv 2006.11132; maps as a layer: Spatial Transformer Networks (Jaderberg et al., 2015),
arXiv 1506.02025.

Shape legend: B batch, D numbers of a code, K classes, C channels, H height, W width, G grid.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.latent.parts import Parts

__all__ = ["TemplateDecoder"]

RATE = 10.0
"""How much faster templates learn than weights: a pixel is seen by a tenth of the examples."""
AFFINE = 0.5
"""Largest change of an entry of the affine map, in half sides of the picture."""
BEND = 0.15
"""Largest displacement of a point of the grid, likewise."""
SHIFT = 5.0
"""Nats of logit for a unit of what the network says of the shift."""
COARSE = 8
"""Side of the noise that tells templates apart at the start."""
NOISE = 0.5
"""Its standard deviation."""


class TemplateDecoder(nn.Module):
    """Warps the template of a code's class.

    Args:
        parts: How codes are laid out; the first discrete part has the templates.
        shape: (C, H, W).
        hidden: Width of both layers that tell the warp.
        grid: Points of the displacements along each side.
    """

    def __init__(
        self, parts: Parts, shape: tuple[int, ...], *, hidden: int = 128, grid: int = 5
    ) -> None:
        super().__init__()
        self.place, self.shape, self.grid = parts.slices[0], shape, grid
        colours, height, width = shape
        classes = parts.discrete[0]
        self.values = nn.Parameter(torch.zeros(classes, colours, height, width))
        self.told = nn.Sequential(
            nn.Linear(parts.dim, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.warp = nn.Linear(hidden, 8 + 2 * grid * grid)
        # See `drawn_parameter` for what is spared.
        if self.values.is_meta:
            return
        nn.init.normal_(self.warp.weight, 0, 0.01)
        nn.init.zeros_(self.warp.bias)
        with torch.no_grad():
            self.values.copy_(self._noise(torch.randn(classes, colours, COARSE, COARSE)))

    def _noise(self, coarse: Tensor) -> Tensor:
        """Return what noise on a coarse grid [..., G, G] adds to templates [..., H, W]."""
        height, width = self.shape[1:]
        rows, columns = (_smooth(COARSE, side).to(coarse) for side in (height, width))
        return NOISE / RATE * rows @ coarse @ columns.T

    @torch.no_grad()
    def start_from(self, parameters: Tensor) -> None:
        """Let every template start from parameters of the mean example [C, H, W], and its noise."""
        self.values.add_(parameters / RATE)

    @torch.no_grad()
    def split(self, to: int, of: int, generator: torch.Generator) -> None:
        """Make one class's template a copy of another's, and noise between both."""
        coarse = torch.randn(self.shape[0], COARSE, COARSE, generator=generator)
        apart = self._noise(coarse.to(self.values))
        self.values[to] = self.values[of] - apart
        self.values[of] += apart

    def templates(self) -> Tensor:
        """Return the template of each class [K, C, H, W]."""
        return RATE * self.values

    def forward(self, z_BD: Tensor) -> Tensor:
        """Return the parameters of p(x|z) [B, C, H, W]."""
        said = self.warp(self.told(z_BD)).float()
        batch, (colours, height, width) = len(said), self.shape
        base, rows, columns = (
            t.to(said)
            for t in (_base(height, width), _smooth(self.grid, height), _smooth(self.grid, width))
        )
        with torch.autocast(z_BD.device.type, enabled=False):
            affine = said[:, :6].tanh().view(batch, 2, 3) * AFFINE
            affine = affine + torch.eye(2, 3, device=said.device)
            bends = BEND * said[:, 8:].tanh().view(batch, 2, self.grid, self.grid)
            places = (affine @ base).view(batch, 2, height, width)
            places = places + rows @ bends @ columns.T
            shares = z_BD[:, self.place].float()
            mixed = (shares @ self.templates().flatten(1)).view(batch, colours, height, width)
            found = F.grid_sample(
                mixed, places.permute(0, 2, 3, 1), padding_mode="border", align_corners=False
            )
            gain, shift = said[:, 6].exp(), SHIFT * said[:, 7]
            return found * gain.view(-1, 1, 1, 1) + shift.view(-1, 1, 1, 1)


@cache
@torch.inference_mode(mode=False)
def _base(height: int, width: int) -> Tensor:
    """Return where each pixel lies, (x, y, 1) in half sides [3, H * W]."""
    with torch.device("cpu"):
        x = (torch.arange(width) + 0.5) / (width / 2) - 1
        y = (torch.arange(height) + 0.5) / (height / 2) - 1
        flat = [x.repeat(height), y.repeat_interleave(width), torch.ones(height * width)]
        return torch.stack(flat)


@cache
@torch.inference_mode(mode=False)
def _smooth(points: int, side: int) -> Tensor:
    """Return the bicubic interpolation of so many points to a side [side, points]."""
    with torch.device("cpu"):
        eye = torch.eye(points)[None, None]
        return F.interpolate(eye, size=(side, points), mode="bicubic", align_corners=True)[0, 0]
