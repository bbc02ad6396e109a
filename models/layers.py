"""Layers that networks are made of, beside those of torch.

Shape legend: B batch, C channels, H height, W width, D latent dimensions.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.share import WHOLE, Share

__all__ = [
    "ConvolutionalResidual",
    "Dropout",
    "FourierFeatures",
    "Residual",
    "Skip",
    "drawn_parameter",
    "use_noise",
]


class Dropout(nn.Module):
    """Dropout whose noise comes from a generator of the trainer's, not from global state.

    Dropout: A Simple Way to Prevent Neural Networks from Overfitting (Srivastava et al., 2014).
    """

    generator: torch.Generator | None = None
    share: Share = WHOLE

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Return x [B, ...] with a share of its features 0 and the others scaled up."""
        if not self.training:
            return x
        kept = self.share.draw(lambda rows: self._draw(x, rows), len(x))
        return x * kept.div_(1 - self.rate)

    def _draw(self, x: Tensor, rows: int) -> Tensor:
        kept = torch.empty((rows, *x.shape[1:]), dtype=x.dtype, device=x.device)
        return kept.bernoulli_(1 - self.rate, generator=self.generator)


def use_noise(model: nn.Module, generator: torch.Generator | None, share: Share = WHOLE) -> None:
    """Let every dropout of a model draw from a generator, for a share of the coming batch."""
    for module in model.modules():
        if isinstance(module, Dropout):
            module.generator, module.share = generator, share


class Residual(nn.Module):
    """x + W2 silu(W1 norm(x)), which is the identity at the start (W2 = 0).

    Identity Mappings in Deep Residual Networks (He et al., 2016), arXiv 1603.05027.
    """

    def __init__(self, width: int, norm: nn.Module, dropout: float = 0.0) -> None:
        super().__init__()
        last = nn.Linear(width, width)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        drop = [Dropout(dropout)] if dropout else []
        self.body = nn.Sequential(norm, nn.Linear(width, width), nn.SiLU(), *drop, last)

    def forward(self, x: Tensor) -> Tensor:
        """Add the body's output to its input."""
        return x + self.body(x)


class ConvolutionalResidual(nn.Module):
    """x + W2 * silu(W1 * norm(x)) with 3 x 3 convolutions, the identity at the start (W2 = 0)."""

    def __init__(self, channels: int, norm: list[nn.Module]) -> None:
        super().__init__()
        last = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(last.weight)
        assert last.bias is not None
        nn.init.zeros_(last.bias)
        first = nn.Conv2d(channels, channels, 3, padding=1)
        self.body = nn.Sequential(*norm, first, nn.SiLU(), last)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Add the body's output to its input."""
        return x_BCHW + self.body(x_BCHW)


class Skip(nn.Module):
    """x + body(x)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        """Add the body's output to its input."""
        return x + self.body(x)


def drawn_parameter(*shape: int, scale: float = 1.0) -> nn.Parameter:
    """Return a parameter of normal numbers with a standard deviation."""
    drawn = torch.empty(*shape)
    # Where a model is only outlined, arithmetic would load seconds of symbolic mathematics.
    if not drawn.is_meta:
        drawn.normal_().mul_(scale)
    return nn.Parameter(drawn)


class FourierFeatures(nn.Module):
    """z -> (z, sin(z F), cos(z F)) with learned frequencies F.

    A plain network of a two-dimensional input learns only slow changes; with these the decoder can
    fold many digits into the plane. Fourier Features Let Networks Learn High Frequency Functions in
    Low Dimensional Domains (Tancik et al., 2020), arXiv 2006.10739.
    """

    def __init__(self, latent_dim: int, count: int, scale: float) -> None:
        super().__init__()
        self.frequencies = drawn_parameter(latent_dim, count, scale=scale)

    def forward(self, z_BD: Tensor) -> Tensor:
        """Return [B, D + 2 * count]."""
        angles = z_BD @ self.frequencies
        return torch.cat([z_BD, angles.sin(), angles.cos()], dim=1)
