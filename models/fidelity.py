"""How faithful reconstructions are, next to those of principal components of the same number.

Shapes: N pictures, C channels, H height, W width, D components.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from models.data import Dataset
from models.features import load_features
from models.frechet import Moments, frechet_distance
from models.preprocessing import to_unit
from models.principal import principal_components
from models.ssim import ssim
from models.vae import VAE

__all__ = ["Fidelity", "PrincipalComponents", "fidelity", "measure_fidelity"]

CHUNK = 250
SMALLEST = 11
FIT_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Means over held-out pictures in [0, 1]."""

    mse: float
    """Squared error of a pixel."""
    ssim: float
    """Structural similarity, 1 for the same picture."""
    frechet_reconstruction: float | None
    """Frechet distance from the pictures in the features of their judge, where there is one."""


@dataclass(frozen=True, slots=True, eq=False)
class PrincipalComponents:
    """The best linear model of as many dimensions."""

    mean: Tensor
    """[C, H, W]"""
    components: Tensor
    """[C * H * W, D], orthonormal"""

    @classmethod
    def of(cls, images: Tensor, dimensions: int) -> PrincipalComponents:
        """Fit to pictures, uint8 [N, C, H, W], of which 10,000 are looked at."""
        some = to_unit(images[:: max(1, len(images) // FIT_ROWS)].cpu())
        mean = some.mean(0)
        return cls(mean, principal_components((some - mean).flatten(1), dimensions)[0])

    def reconstruct(self, x_NCHW: Tensor) -> Tensor:
        """Return pictures as their components tell them, in [0, 1]."""
        codes = (x_NCHW - self.mean).flatten(1) @ self.components
        return ((codes @ self.components.mT).view_as(x_NCHW) + self.mean).clamp(0, 1)


def fidelity(model: VAE, dataset: Dataset) -> dict[str, float]:
    """Return a model's fidelity on the test split, and that of as many principal components.

    Args:
        model: A model in eval mode.
        dataset: Pictures with sides of at least 11; of others there is nothing to tell.
    """
    if len(model.config.shape) != 3 or min(model.config.shape[1:]) < SMALLEST:
        return {}
    device = next(model.parameters()).device

    def reconstruct(x: Tensor) -> Tensor:
        return model.decode(model.encode(x.to(device)).mu).cpu()

    linear = PrincipalComponents.of(dataset.train.images, model.config.latent_dim)
    found = {
        "": measure_fidelity(reconstruct, dataset),
        "pca_": measure_fidelity(linear.reconstruct, dataset),
    }
    return {
        prefix + name: value
        for prefix, figures in found.items()
        for name, value in asdict(figures).items()
        if value is not None
    }


@torch.inference_mode()
def measure_fidelity(reconstruct: Callable[[Tensor], Tensor], dataset: Dataset) -> Fidelity:
    """Return how faithful reconstructions of a data set's test split are.

    Args:
        reconstruct: From pictures [N, C, H, W] in [0, 1] to the same shape, on the CPU.
        dataset: The pictures; its name says whose features they are compared in.
    """
    found = load_features(dataset.name)
    if found and found[0].shape != dataset.shape:
        found = None
    errors, likenesses, features = [], [], []
    for images in dataset.test.images.cpu().split(CHUNK):
        x = to_unit(images)
        y = reconstruct(x)
        errors.append((x - y).square().flatten(1).mean(1))
        likenesses.append(ssim(x, y))
        if found:
            features.append(torch.stack([found[0].features(p) for p in (x, y)]))
    apart = None
    if features:
        was, is_now = torch.cat(features, dim=1)
        apart = frechet_distance(Moments.of(was), Moments.of(is_now))
    return Fidelity(
        mse=float(torch.cat(errors).double().mean()),
        ssim=float(torch.cat(likenesses).double().mean()),
        frechet_reconstruction=apart,
    )
