"""Where examples lie on a map: t-SNE of some, carried to the others and learned by a small network.

Visualizing Data using t-SNE (van der Maaten and Hinton, 2008). What a network has learned to place
moves a little when the features do, where a new t-SNE would jump.

Shapes: N examples, F features, D columns.
"""

from __future__ import annotations

import warnings
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, smooth_l1_loss

from models.latent.neighbours import Neighbours

__all__ = ["Charted", "aligned", "fit_chart", "project_2d", "regress"]

EXACT = 10_000
_PERPLEXITY = 30.0
_BEGIN = 1e-4
"""Standard deviation of the positions that t-SNE begins from."""
_CARRIED = 3
_STEPS, _STEPS_AGAIN = 4000, 1500
_BATCH = 512
_RATE = 1e-2
_WARM = 50


class Charted(Protocol):
    """A model with a map of its features."""

    chart_head: nn.Sequential
    """From features [N, F] to positions [N, 2]."""
    charted: Tensor
    """Whether it has been fitted."""


def fit_chart(
    model: Charted,
    features: Tensor,
    previous_xy: Tensor | None = None,
    *,
    tsne: bool = True,
    landmarks: int = 2500,
    seed: int = 0,
) -> Tensor:
    """Fit the model's map of features and return where it puts them, float32 [N, 2].

    Args:
        model: The model; only its map is changed.
        features: [N, F].
        previous_xy: [N, 2] of the same examples; the new map begins there and is turned and scaled
            to lie as it did.
        tsne: Whether the map is made anew. If not, new features are put on the old positions.
        landmarks: How many examples t-SNE looks at.
        seed: Of the landmarks and the fit.

    Raises:
        ValueError: There is neither t-SNE nor an earlier position to put them on.
    """
    features = features.float()
    if previous_xy is not None and not bool(previous_xy.isfinite().all()):
        raise ValueError("Some earlier positions are no numbers; make the map anew.")
    if tsne:
        # Angles are what the features are trained by.
        directions = normalize(features - features.mean(0))
        xy = project_2d(directions, seed, most=landmarks, previous_xy=previous_xy)
    elif previous_xy is not None:
        xy = previous_xy
    else:
        raise ValueError("There are no earlier positions to keep; the map has to be made first.")
    steps = _STEPS if tsne else _STEPS_AGAIN
    placed = regress(model.chart_head, features, xy, steps=steps, seed=seed)
    model.charted.fill_(True)
    return placed


def project_2d(
    codes: Tensor, seed: int = 0, *, most: int = EXACT, previous_xy: Tensor | None = None
) -> Tensor:
    """Return a t-SNE of codes that begins from their principal components, float32 [N, 2].

    The positions have mean 0 and a standard deviation of 1. Codes of two columns are returned as
    they are, and three or fewer examples by their first columns.

    Args:
        codes: [N, D], finite.
        seed: Of the draw and of t-SNE.
        most: Examples that t-SNE looks at; each other one lies between the nearest three of them.
        previous_xy: Where to begin instead, [N, 2].
    """
    codes = codes.detach().float().cpu()
    if codes.shape[1] == 2:
        return codes.clone()
    if len(codes) < 4:
        return torch.nn.functional.pad(codes[:, :2], (0, 2 - min(2, codes.shape[1])))
    generator = torch.Generator().manual_seed(seed)
    some = torch.randperm(len(codes), generator=generator)[:most].sort().values
    begin = None if previous_xy is None else previous_xy[some]
    xy = _tsne(codes[some], seed, begin)
    if len(some) < len(codes):
        rows, far = Neighbours(codes[some]).nearest(codes, _CARRIED)
        near = (-far / far[:, -1:].clamp(min=1e-9)).exp()
        # An example of t-SNE's is its own nearest and stays where it was put.
        near = torch.where(far[:, :1] <= 0, torch.eye(_CARRIED)[0], near)
        xy = (xy[rows] * (near / near.sum(1, keepdim=True)).unsqueeze(2)).sum(1)
    xy = _standard(xy)
    return xy if previous_xy is None else aligned(xy, previous_xy)


def _tsne(codes: Tensor, seed: int, begin: Tensor | None) -> Tensor:
    from sklearn.manifold import TSNE

    begun = _principal(codes) if begin is None else begin.float()
    perplexity = min(_PERPLEXITY, (len(codes) - 1) / 3)
    method = TSNE(
        2, init=(_standard(begun) * _BEGIN).numpy(), perplexity=perplexity, random_state=seed
    )
    with warnings.catch_warnings():
        # Of examples that are all alike.
        warnings.simplefilter("ignore", RuntimeWarning)
        xy = method.fit_transform(codes.numpy())
    return torch.from_numpy(np.asarray(xy, np.float32)).nan_to_num()


def _principal(codes: Tensor) -> Tensor:
    centred = (codes - codes.mean(0)).double()
    vectors = torch.linalg.eigh(centred.T @ centred).eigenvectors
    axes = vectors[:, -2:].flip(1)
    # Either sign would do; this one is the same on every machine.
    axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    plane = (centred @ axes).float()
    return plane if plane.shape[1] == 2 else torch.nn.functional.pad(plane, (0, 1))


def _standard(xy: Tensor) -> Tensor:
    centred = xy - xy.mean(0)
    return centred / centred.square().mean().sqrt().clamp(min=1e-12)


def aligned(xy: Tensor, onto: Tensor) -> Tensor:
    """Return positions [N, 2] moved, turned, mirrored and scaled to lie most nearly on others."""
    middle = onto.mean(0)
    left, stretched, right = torch.linalg.svd((xy - xy.mean(0)).T @ (onto - middle))
    scale = stretched.sum() / (xy - xy.mean(0)).square().sum().clamp(min=1e-12)
    return (xy - xy.mean(0)) @ (left @ right) * scale + middle


def regress(
    network: nn.Module, features: Tensor, xy: Tensor, *, steps: int = _STEPS, seed: int = 0
) -> Tensor:
    """Train a network from features [N, F] to positions [N, 2] and return where it puts them.

    Raises:
        ValueError: There is not one position an example.
    """
    if len(features) != len(xy):
        raise ValueError(f"There are {len(xy)} positions for {len(features)} examples.")
    generator = torch.Generator().manual_seed(seed)
    parameters = [parameter.requires_grad_(True) for parameter in network.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=1e-4)
    with torch.enable_grad():
        for step in range(steps):
            optimiser.param_groups[0]["lr"] = (
                _RATE * min(1, (step + 1) / _WARM) * (1 - step / steps)
            )
            rows = torch.randint(len(features), (_BATCH,), generator=generator)
            # Squares would pull to the middle whatever lies between two groups.
            loss = smooth_l1_loss(network(features[rows].float()), xy[rows], beta=0.1)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        placed: Tensor = network(features.float())
    return placed
