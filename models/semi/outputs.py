"""What a model makes of many pictures, in one pass: codes, features, classes, and a map.

Shapes: N pictures, D latent dimensions, F features, K classes, S samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from models.preprocessing import Binarise, as_seen
from models.ssvae import SSVAE, Prediction, Reading
from models.training.devices import bf16_is_fast
from models.vae import VAE

__all__ = ["Outputs", "accuracy", "fast", "look", "sampled"]

CHUNK = 1000
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """One row a picture, on the CPU."""

    mu: Tensor
    """float32 [N, D]"""
    features: Tensor
    """float16 [N, F]; the codes themselves of a model without features"""
    probabilities: Tensor
    """float32 [N, K]; all alike from a model that tells no classes"""
    xy: Tensor
    """float32 [N, 2]"""

    @property
    def prediction(self) -> Prediction:
        """The likeliest classes."""
        return Prediction.of(self.probabilities)

    @classmethod
    def joined(cls, parts: list[Outputs]) -> Outputs:
        """Return the rows of several, in that order."""
        names = ("mu", "features", "probabilities", "xy")
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


@contextmanager
def fast(device: torch.device) -> Iterator[None]:
    """Look at pictures without gradients, in bfloat16 where that is faster."""
    with torch.no_grad(), torch.autocast(device.type, torch.bfloat16, _in_bf16(device)):
        yield


_FAST: dict[str, bool] = {}


def _in_bf16(device: torch.device) -> bool:
    # Measuring it takes longer than looking at a few pictures.
    if str(device) not in _FAST:
        _FAST[str(device)] = bf16_is_fast(device)
    return _FAST[str(device)]


def look(
    model: VAE,
    images: Tensor,
    *,
    binarise: Binarise = "none",
    classes: int = 10,
    progress: Progress | None = None,
) -> Outputs:
    """Return what a model makes of pictures.

    Args:
        model: Any model, in eval mode; one without classes tells all alike.
        images: uint8 [N, C, H, W].
        binarise: How it was trained to see pictures.
        classes: Classes to tell of, where the model has none.
        progress: Called with the share that is done after each thousand pictures.
    """
    device = next(model.parameters()).device
    parts = []
    with fast(device):
        for start in range(0, len(images), CHUNK):
            x = as_seen(images[start : start + CHUNK].to(device), binarise)
            parts.append(_outputs(model, x, classes))
            if progress is not None:
                progress(min(1.0, (start + CHUNK) / len(images)))
        parts = parts or [_outputs(model, torch.zeros(0, *model.config.shape), classes)]
    found = Outputs.joined(parts)
    return found if _has_map(model) else _mapped(found)


def _outputs(model: VAE, x: Tensor, classes: int) -> Outputs:
    if x.dim() == 4:  # Rows of a table have no places.
        x = x.contiguous(memory_format=torch.channels_last)
    trunk = model.trunk(x)
    # With 8 bits all that is read off it would lie on a grid, which a map shows.
    with torch.autocast(x.device.type, enabled=False):
        trunk = trunk.float()
        posterior = model.posterior_of(trunk, x)
        mu = posterior.mu.cpu()
        if not isinstance(model, SSVAE):
            even = torch.full((len(mu), classes), 1 / classes)
            return Outputs(mu, mu.half(), even, _plane(mu))
        features = model.features_of(trunk)
        shares = model.logits_of(Reading(posterior, features)).softmax(1).cpu()
        charted = bool(model.charted) and model.config.latent_dim != 2
        xy = model.chart(features).cpu() if charted else _plane(mu)
    return Outputs(mu, features.half().cpu(), shares, xy)


def _plane(mu: Tensor) -> Tensor:
    if mu.shape[1] > 1:
        return mu[:, :2].clone()
    return torch.cat([mu, torch.zeros_like(mu)], dim=1)


def _has_map(model: VAE) -> bool:
    charted = isinstance(model, SSVAE) and bool(model.charted)
    return charted or model.config.latent_dim <= 2


def _mapped(outputs: Outputs) -> Outputs:
    """Lay a map of the two directions in which the features differ most."""
    features = outputs.features.float()
    if len(features) < 3:
        return outputs
    features = features - features.mean(0)
    values, vectors = torch.linalg.eigh(features.T @ features / len(features))
    # A sign of its own for each direction, or the map would flip from one look to the next.
    axes = vectors[:, -2:].flip(1)
    axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    xy = features @ axes / values[-1].clamp(min=1e-12).sqrt()
    return Outputs(outputs.mu, outputs.features, outputs.probabilities, xy)


@torch.no_grad()
def sampled(
    model: VAE, outputs: Outputs, samples: int, generator: torch.Generator
) -> Tensor | None:
    """Return class probabilities [S, N, K] with parts of the classifier's inputs dropped.

    None for a model whose classifier drops nothing, or that has none.
    """
    if not isinstance(model, SSVAE) or model.config.classifier_type == "mixture":
        return None
    latent = model.config.classifier_type == "latent"
    inputs = outputs.mu if latent else outputs.features.float()
    inputs = inputs.to(next(model.parameters()).device)
    return model.class_logits_sampled(inputs, samples, generator).softmax(2).cpu()


def accuracy(
    model: SSVAE, images: Tensor, labels: Tensor, *, binarise: Binarise = "none"
) -> float | None:
    """Return the share of pictures whose class is told right, of those whose class is known."""
    known = labels >= 0
    if not known.any():
        return None
    told = look(model, images[known], binarise=binarise).prediction.classes
    return float((told == labels[known].cpu()).float().mean())
