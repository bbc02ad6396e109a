"""A linear path through a model's latent that starts at the principal components of the data.

A VAE whose encoder and decoder are linear learns the principal components and no more (Don't Blame
the ELBO! A Linear VAE Perspective on Posterior Collapse (Lucas et al., 2019), arXiv 1911.02469), so
that much need not be learned step by step:

    mu = C^T x + network(x)        x^ = B z + network(z)        C = V s / (s^2 + n), B = V s

V are the components of small pictures, s the standard deviations along them and n the variance of
the noise: mu is the posterior's mean for noisy pictures B z, and the codes of the data vary by
nearly 1, as under the prior. Both are measured, not trained.

Shapes: B batch, N pictures, C channels, H height, W width, D latent dimensions, P small pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.preprocessing import to_unit

__all__ = ["PrincipalPath", "principal_components"]

CHUNK = 500
SPARE = 32
PASSES = 6


class PrincipalPath(nn.Module):
    """Codes of small pictures by their principal components, and back.

    Args:
        shape: (C, H, W) of a picture.
        side: Side of the small pictures, which divides H = W.
        latent_dim: D, at most C * side^2.

    Raises:
        ValueError: The numbers do not fit together.
    """

    def __init__(self, shape: tuple[int, ...], side: int, latent_dim: int) -> None:
        super().__init__()
        if len(shape) != 3 or shape[1] != shape[2] or shape[1] % side:
            raise ValueError(
                f"principal={side} must divide the sides of square pictures, which have the shape "
                f"{shape}."
            )
        pixels = shape[0] * side**2
        if latent_dim > pixels:
            raise ValueError(f"principal={side} gives at most {pixels} latent dimensions.")
        self.small = (shape[0], side, side)
        self.cell = shape[1] // side
        self.to_codes: Tensor
        self.to_pictures: Tensor
        self.register_buffer("to_codes", torch.zeros(pixels, latent_dim))
        self.register_buffer("to_pictures", torch.zeros(latent_dim, pixels))

    def encode(self, deviations_BCHW: Tensor) -> Tensor:
        """Return the codes [B, D] of deviations from the mean picture."""
        with torch.autocast(deviations_BCHW.device.type, enabled=False):
            return self._shrunk(deviations_BCHW.float()) @ self.to_codes

    def decode(self, z_BD: Tensor) -> Tensor:
        """Return the deviations [B, C, H, W] that codes stand for."""
        with torch.autocast(z_BD.device.type, enabled=False):
            small = (z_BD.float() @ self.to_pictures).unflatten(1, self.small)
            size = self.small[1] * self.cell
            return F.interpolate(small, size=(size, size), mode="bilinear")

    def _shrunk(self, pictures_BCHW: Tensor) -> Tensor:
        return F.avg_pool2d(pictures_BCHW, self.cell).flatten(1)

    @torch.no_grad()
    def measure(self, pictures_NCHW: Tensor, mean_CHW: Tensor, noise: float) -> Tensor:
        """Take the components of pictures, uint8, and return the variance of each [D].

        Args:
            pictures_NCHW: What there is to learn from.
            mean_CHW: Their mean, in [0, 1].
            noise: Variance of a small pixel that is not worth telling.
        """
        mean = mean_CHW.cpu()
        small = [self._shrunk(to_unit(chunk) - mean) for chunk in pictures_NCHW.cpu().split(CHUNK)]
        components_PD, variances_D = principal_components(torch.cat(small), self.to_codes.shape[1])
        variances_D = variances_D.clamp(min=0)
        self.to_codes.copy_(components_PD * (variances_D.sqrt() / (variances_D + noise)))
        self.to_pictures.copy_((components_PD * variances_D.sqrt()).mT)
        return variances_D


def principal_components(deviations_NP: Tensor, count: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return the directions [P, count] along which deviations vary most, and each one's variance.

    By subspace iteration from random directions: Finding Structure with Randomness (Halko et al.,
    2011), arXiv 0909.4061.
    """
    pixels = deviations_NP.shape[1]
    numbers = torch.Generator().manual_seed(seed)
    basis = torch.randn(pixels, min(count + SPARE, pixels), generator=numbers)
    for _ in range(PASSES):
        basis = torch.linalg.qr(deviations_NP.mT @ (deviations_NP @ basis)).Q
    told = (deviations_NP @ basis).double()
    values, turn = torch.linalg.eigh(told.mT @ told / len(told))
    components = basis @ turn.flip(1)[:, :count].float()
    return components.contiguous(), values.flip(0)[:count].float()
