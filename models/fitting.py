"""What a model can be sampled from besides the prior: fits to where its encoder puts the data.

Older atlases keep no posterior variances; then the pictures that they keep are encoded anew.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from models.checkpoint import Checkpoint
from models.data import Split
from models.evaluate import encode_posterior
from models.latent.atlas import Atlas
from models.latent.sampling import (
    Aggregate,
    DiagonalGaussian,
    Mixture,
    fit_mixture,
    posterior_draws,
)
from models.posterior import Posterior
from models.preprocessing import to_unit
from models.vae import VAE

__all__ = ["Encoded", "FitError", "encoded", "fit_picture"]


class FitError(ValueError):
    """There is nothing to fit to; the message says why."""


class Encoded:
    """The posteriors of a model's examples, and what can be fitted to them.

    Args:
        posterior: mu and logvar [N, D] of the examples.
        labels: Their classes, int16 [N]; -1 is unlabelled.
        class_names: One a class.
        mixture: A mixture that was fitted to all of them already.
    """

    def __init__(
        self,
        posterior: Posterior,
        labels: Tensor,
        class_names: Sequence[str],
        mixture: Mixture | None = None,
    ) -> None:
        self.posterior = posterior
        self.labels = labels
        self.class_names = tuple(class_names)
        self._mixture = mixture

    def __len__(self) -> int:
        return len(self.labels)

    def aggregate(self, label: int | None = None) -> Aggregate:
        """Return the moments of the aggregate posterior, of all examples or of a class.

        Raises:
            FitError: The class is unknown or has no examples.
        """
        chosen = self._of(label)
        return Aggregate.of(chosen.mu, chosen.logvar)

    def mixture(self, components: int | None = None, label: int | None = None) -> Mixture:
        """Return a mixture fitted to draws from the posteriors; one component is a Gaussian.

        Args:
            components: How many; None takes the one that came with the checkpoint, or chooses.
            label: Fit to this class alone.

        Raises:
            FitError: The class is unknown or has too few examples.
            ValueError: There are fewer draws than components.
        """
        if components is None and label is None and self._mixture is not None:
            return self._mixture
        chosen = self._of(label)
        if len(chosen.mu) < 2:
            raise FitError(f"{self._name(label)} has one example; a mixture needs at least 2.")
        return fit_mixture(posterior_draws(chosen.mu, chosen.logvar), components)

    def _of(self, label: int | None) -> Posterior:
        if label is None:
            return self.posterior
        if not 0 <= label < len(self.class_names):
            raise FitError(f"There is no class {label}; choose 0 to {len(self.class_names) - 1}.")
        rows = self.labels == label
        if not bool(rows.any()):
            raise FitError(f"{self._name(label)} has no encoded examples; choose another class.")
        return Posterior(self.posterior.mu[rows], self.posterior.logvar[rows])

    def _name(self, label: int | None) -> str:
        return "The data" if label is None else f"Class '{self.class_names[label]}'"


def encoded(checkpoint: Checkpoint) -> Encoded:
    """Return the posteriors of a checkpoint's examples.

    Raises:
        FitError: It has no atlas, or an old one without pictures.
    """
    atlas = checkpoint.atlas
    if atlas is None:
        raise FitError(
            f"Checkpoint '{checkpoint.name}' has no encoded examples to fit to; train it anew, or "
            "import its weights where the data set is at hand."
        )
    posterior, labels = _posteriors(checkpoint.model, atlas, checkpoint.name)
    return Encoded(posterior, labels, atlas.class_names, atlas.mixture)


def fit_picture(model: VAE, picture: Tensor) -> DiagonalGaussian:
    """Return a picture's own posterior.

    Args:
        model: The model.
        picture: uint8, of the shape of one example.

    Raises:
        FitError: It has another shape.
    """
    if picture.dtype != torch.uint8 or picture.shape != model.config.shape:
        raise FitError(
            f"The model encodes uint8 pictures of {model.config.shape}, not {picture.dtype} of "
            f"{tuple(picture.shape)}."
        )
    with torch.inference_mode():
        x = to_unit(picture.unsqueeze(0).to(next(model.parameters()).device))
        posterior = model.encode(x)
        mu, logvar = posterior.mu[0].cpu().clone(), posterior.logvar[0].cpu()
        return DiagonalGaussian(mu, torch.exp(0.5 * logvar))


def _posteriors(model: VAE, atlas: Atlas, name: str) -> tuple[Posterior, Tensor]:
    if atlas.logvar is not None:
        return Posterior(atlas.codes, atlas.logvar.float()), atlas.labels
    labels = atlas.labels[: len(atlas.thumbnails)]
    if not len(labels):
        raise FitError(f"The atlas of '{name}' keeps neither posteriors nor pictures to encode.")
    return encode_posterior(model, Split(images=atlas.thumbnails, labels=labels.long())), labels
