"""What a model makes of a table: codes, reconstructions, errors a column, samples.

Shapes: N rows, C columns, D latent dimensions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.tables.classical import Floats, Standard
from models.tables.model import TableVAE

__all__ = ["ColumnErrors", "Look", "Plane", "background", "column_errors", "look", "pca_plane"]
__all__ += ["samples"]

CHUNK = 20_000
DRAWS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a model makes of each row."""

    codes: Tensor
    """Posterior means, float32 [N, D]"""
    reconstructed: Tensor
    """E[row|code] in the table's units, float32 [N, C]"""
    error: Tensor
    """Root of the mean squared error over the columns, in scaled units, float32 [N]"""
    nelbo: Tensor
    """-ELBO in nats of the scaled row, averaged over draws of the posterior, float32 [N]"""


@torch.inference_mode()
def look(model: TableVAE, rows: Tensor, *, draws: int = DRAWS, seed: int = 0) -> Look:
    """Encode and reconstruct rows.

    Args:
        model: A model in eval mode.
        rows: float32 [N, C], in the table's units.
        draws: Posterior draws a row that the -ELBO is averaged over.
        seed: Their seed.
    """
    noise = torch.Generator().manual_seed(seed)
    parts: list[list[Tensor]] = [[], [], [], []]
    for x in rows.split(CHUNK):
        posterior = model.encode(x)
        parameters = model.decode_parameters(posterior.mu)
        decoded = model.likelihood.mean(parameters)
        gap = model.likelihood.scaled(decoded) - model.likelihood.scaled(x)
        likelihoods = [
            model.likelihood.log_prob(model.decode_parameters(posterior.sample(noise)), x)
            for _ in range(draws)
        ]
        nelbo = model.divergence(posterior).sum(1) - torch.stack(likelihoods).mean(0)
        found = (posterior.mu, decoded, gap.square().mean(1).sqrt(), nelbo)
        for part, values in zip(parts, found, strict=True):
            part.append(values)
    return Look(*(torch.cat(part).float() for part in parts))


@dataclass(frozen=True, slots=True, eq=False)
class ColumnErrors:
    """Root mean squared reconstruction errors of each column, in the table's units [C]."""

    train: Floats
    test: Floats
    pca_train: Floats
    """Those of as many principal components of the standard-scaled training rows"""
    pca_test: Floats


def column_errors(rows: Tensor, reconstructed: Tensor, train: Tensor, dims: int) -> ColumnErrors:
    """Return the errors of each column, beside those of principal components.

    Args:
        rows: float32 [N, C].
        reconstructed: What a model made of them [N, C].
        train: Which rows it was trained on, bool [N].
        dims: Its latent dimensions.
    """
    from sklearn.decomposition import PCA

    x, y, mask = _float64(rows), _float64(reconstructed), train.numpy()
    scaling = Standard.of(x[mask])
    pca = PCA(min(dims, *x[mask].shape)).fit(scaling.scaled(x[mask]))
    linear = scaling.unscaled(pca.inverse_transform(pca.transform(scaling.scaled(x))))
    return ColumnErrors(
        _rmse(x, y, mask), _rmse(x, y, ~mask), _rmse(x, linear, mask), _rmse(x, linear, ~mask)
    )


def _rmse(x: Floats, y: Floats, mask: np.ndarray) -> Floats:
    if not mask.any():
        return np.full(x.shape[1], np.nan)
    return np.asarray(np.sqrt(np.square(x - y)[mask].mean(0)))


def _float64(values: Tensor) -> Floats:
    return np.asarray(values.double().numpy())


@torch.inference_mode()
def background(
    model: TableVAE,
    column: int,
    extent: tuple[float, float, float, float],
    size: int,
    *,
    others: Tensor | None = None,
    dims: tuple[int, int] = (0, 1),
) -> Tensor:
    """Return a column's decoded value over a plane of the latent, float32 [size, size].

    Args:
        model: The model.
        column: Which column.
        extent: Left, right, bottom and top of the plane.
        size: Points along each side; row 0 is the top.
        others: A code [D] that says where the other dimensions are held; the origin if None.
        dims: The two dimensions of the plane.
    """
    left, right, bottom, top = extent
    y, x = torch.meshgrid(
        torch.linspace(top, bottom, size), torch.linspace(left, right, size), indexing="ij"
    )
    base = torch.zeros(model.config.latent_dim) if others is None else others.float()
    z = base.repeat(size * size, 1)
    z[:, dims[0]] = x.flatten()
    if model.config.latent_dim > 1:
        z[:, dims[1]] = y.flatten()
    decoded = torch.cat([model.decode(part)[:, column] for part in z.split(CHUNK)])
    return decoded.view(size, size)


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Rows and their reconstructions in one plane of principal components."""

    original: Floats
    """[N, 2]"""
    reconstructed: Floats
    """[N, 2]"""
    variance: tuple[float, float]
    """Shares of the rows' variance along the two axes"""


def pca_plane(rows: Tensor, reconstructed: Tensor, train: Tensor) -> Plane:
    """Return rows and reconstructions in the plane of the training rows' principal components.

    Each column is scaled to mean 0 and variance 1 first.
    """
    from sklearn.decomposition import PCA

    x, y = _float64(rows), _float64(reconstructed)
    scaling = Standard.of(x[train.numpy()])
    pca = PCA(min(2, x.shape[1])).fit(scaling.scaled(x[train.numpy()]))

    def placed(values: Floats) -> Floats:
        return _two(pca.transform(scaling.scaled(values)))

    shares = [*pca.explained_variance_ratio_.tolist(), 0.0]
    return Plane(placed(x), placed(y), (shares[0], shares[1]))


def _two(values: Floats) -> Floats:
    """Return [N, 2] of [N, 1] or [N, 2]."""
    return values if values.shape[1] == 2 else np.c_[values, np.zeros(len(values))]


@torch.inference_mode()
def samples(model: TableVAE, count: int, seed: int = 0, *, noise: bool = False) -> Tensor:
    """Return rows made from draws of the prior, in the table's units, float32 [count, C].

    Args:
        model: The model.
        count: How many.
        seed: Seed of the draws.
        noise: Whether a Gaussian likelihood's noise is added, as in a draw of p(row).
    """
    generator = torch.Generator().manual_seed(seed)
    rows = model.decode(model.prior_sample(count, generator))
    if noise and model.likelihood.kind != "bernoulli":
        rows = rows + model.likelihood.noise() * torch.randn(rows.shape, generator=generator)
    return rows
