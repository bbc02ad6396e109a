"""The semi-supervised VAE: a VAE that also tells classes, from few labels.

Its encoder's features feed the posterior and a classifier. Beside them lie what learns without
labels: an embedding in which two views of an example are close, and heads of clusters that agree on
them. With a mixture prior, each component of it can stand for a class.

Semi-Supervised Learning with Deep Generative Models (Kingma et al., 2014), arXiv 1406.5298.

Shape legend: B batch, D latent dimensions, F features, K classes, M components, S samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.layers import Dropout
from models.mixture_prior import MixturePrior
from models.posterior import Posterior
from models.vae import VAE, VAEConfig

if TYPE_CHECKING:
    from models.training.config import TrainingConfig

__all__ = ["SSVAE", "Prediction", "Reading", "SSVAEConfig"]

HIDDEN = 128
CHART_HIDDEN = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class SSVAEConfig(VAEConfig):
    """All that is needed to build an SSVAE with untrained weights."""

    family: Literal["ssvae"] = "ssvae"  # type: ignore[assignment] # It is what tells them apart.
    """Which model of `models.families` it is."""
    classes: int = 10
    """Number of classes; the data set decides it."""
    classifier_type: Literal["features", "latent", "mixture"] = "features"
    """What tells the class: the encoder's features, the posterior's mean, or the component of the
    mixture prior that an example belongs to."""
    classifier_dropout: float = 0.2
    """Share of its inputs that the classifier does without while training."""
    prior: Literal["normal", "mixture"] = "normal"
    """p(z): one normal distribution, or a mixture of several that is learned."""
    components: int = 20
    """Components of the mixture prior."""
    embedding_dim: int = 64
    """Dimensions of the embedding in which views are compared."""
    cluster_heads: int = 4
    """Heads that each put the examples into clusters."""
    clusters: int = 20
    """Clusters of each head."""

    def __post_init__(self) -> None:
        """Check sizes, and that the parts go together."""
        VAEConfig.__post_init__(self)  # super() does not know the class that slots made anew.
        if not 2 <= self.classes <= 255:
            raise ValueError(f"classes must lie in 2..255, not {self.classes}.")
        if self.classifier_type == "mixture" and self.prior != "mixture":
            raise ValueError("A classifier by components needs prior=mixture.")
        if not 0 <= self.classifier_dropout < 1:
            raise ValueError(
                f"classifier_dropout must lie in [0, 1), not {self.classifier_dropout}."
            )
        for name in ("components", "embedding_dim", "clusters"):
            if not 1 <= getattr(self, name) <= 4096:
                raise ValueError(f"{name} must lie in 1..4096, not {getattr(self, name)}.")
        if not 0 <= self.cluster_heads <= 64:
            raise ValueError(f"cluster_heads must lie in 0..64, not {self.cluster_heads}.")

    @staticmethod
    def of(settings: Mapping[str, Any]) -> tuple[SSVAEConfig, TrainingConfig]:
        """Read settings under the names of other SSVAEs, such as `hidden_dims` and `kl_weight`.

        Raises:
            ValueError: A name is unknown, or a value out of range.
        """
        from models.semi.names import read_names

        return read_names(settings)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one pass through the encoder tells."""

    posterior: Posterior
    features: Tensor
    """[B, F]"""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Classes told."""

    probabilities: Tensor
    """[B, K]"""
    classes: Tensor
    """int64 [B]"""
    certainty: Tensor
    """Probability of the class that is told [B]"""

    @classmethod
    def of(cls, probabilities: Tensor) -> Prediction:
        """Return the likeliest class of each row of probabilities [B, K]."""
        certainty, classes = probabilities.max(1)
        return cls(probabilities, classes, certainty)


class SSVAE(VAE):
    """A VAE with a classifier, an embedding, clusters, and a map of its features."""

    config: SSVAEConfig

    def __init__(self, config: SSVAEConfig) -> None:
        super().__init__(config)
        width = _feature_count(self.encoder, config)
        self.feature_norm = nn.BatchNorm1d(width)
        self.embedding = nn.Sequential(
            nn.Linear(width, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, config.embedding_dim)
        )
        self.clusters = nn.ModuleList(
            nn.Linear(width, config.clusters) for _ in range(config.cluster_heads)
        )
        self.classifier = _classifier(config, width)
        self.chart_head = nn.Sequential(
            nn.Linear(width, CHART_HIDDEN), nn.SiLU(), nn.Linear(CHART_HIDDEN, 2)
        )
        self.charted: Tensor
        self.register_buffer("charted", torch.tensor(False))
        if config.prior == "mixture":
            shape = (config.components, config.latent_dim)
            self.prior_mean = nn.Parameter(torch.randn(shape))
            self.prior_logvar = nn.Parameter(torch.zeros(shape) - 1.0)
            even = torch.full((config.components, config.classes), 1 / config.classes)
            self.component_classes: Tensor
            self.register_buffer("component_classes", even)

    @torch.no_grad()
    def start_from(self, pictures: Tensor) -> None:
        """Let an untrained model start from pictures, uint8 [N, C, H, W].

        The decoder begins by saying their mean. The encoder sees pictures as they are: a view that
        is moved or turned has its ink where the mean has none.
        """
        super().start_from(pictures)
        if self.principal is None:
            self.mean_example.zero_()

    def trunk(self, x: Tensor) -> Tensor:
        """Return what posterior and features are both made of: a pooled encoder's map, not flat."""
        h = x - self.mean_example
        for layer in list(self.encoder)[: -2 if self.config.network.kind == "pooled" else -1]:
            h = layer(h)
        if h.dim() == 4 and h.requires_grad:
            # Pooling and flattening give gradients of other layouts, and convolutions would turn
            # each of theirs around.
            h.register_hook(lambda g: g.contiguous(memory_format=torch.channels_last))
        return h

    def features_of(self, trunk: Tensor) -> Tensor:
        """Return the features [B, F] of what the trunk made: of a map, its mean over places."""
        return self.feature_norm(trunk.mean((2, 3)) if trunk.dim() == 4 else trunk).float()

    def read(self, x: Tensor) -> Reading:
        """Return posterior and features of examples [B, ...] in [0, 1], in one pass."""
        trunk = self.trunk(x)
        return Reading(self.posterior_of(trunk, x), self.features_of(trunk))

    def features(self, x: Tensor) -> Tensor:
        """Return the features [B, F] of examples [B, ...] in [0, 1]."""
        return self.read(x).features

    def embed(self, features_BF: Tensor) -> Tensor:
        """Return where features lie on the unit sphere of the embedding [B, E]."""
        return F.normalize(self.embedding(features_BF).float(), dim=1)

    def class_logits(self, x: Tensor) -> Tensor:
        """Return unnormalised log-probabilities [B, K] of examples' classes."""
        return self.logits_of(self.read(x))

    def logits_of(self, reading: Reading) -> Tensor:
        """Return unnormalised log-probabilities [B, K] of classes from what was read."""
        if self.config.classifier_type == "mixture":
            shares_BM = self.responsibilities(reading.posterior.mu)
            return (shares_BM @ self.component_classes).clamp(min=1e-6).log()
        latent = self.config.classifier_type == "latent"
        assert self.classifier is not None
        return self.classifier(reading.posterior.mu if latent else reading.features).float()

    @torch.no_grad()
    def class_logits_sampled(
        self, inputs: Tensor, samples: int, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return what the classifier says with some of its inputs dropped [S, B, K].

        One choice of dropped inputs is used for all examples of a sample.

        Args:
            inputs: Features [B, F]; posterior means [B, D] for a classifier of the latent.
            samples: S.
            generator: Source of the choices, on the CPU.

        Raises:
            ValueError: This classifier drops nothing.
        """
        if self.classifier is None:
            raise ValueError("A classifier by components has no dropout to sample from.")
        *before, dropout, last = self.classifier
        assert isinstance(dropout, Dropout)
        assert isinstance(last, nn.Linear)
        h = inputs.float()
        for layer in before:
            h = layer(h)
        kept_SF = torch.full((samples, h.shape[1]), 1 - dropout.rate)
        kept_SF = (kept_SF.bernoulli(generator=generator) / (1 - dropout.rate)).to(h.device)
        weights = (last.weight * kept_SF.unsqueeze(1)).flatten(0, 1)
        logits = (h @ weights.T).view(len(h), samples, -1) + last.bias
        return logits.transpose(0, 1)

    @torch.inference_mode()
    def predict(self, x: Tensor) -> Prediction:
        """Return the classes of examples [B, ...] in [0, 1]."""
        return Prediction.of(self.class_logits(x).softmax(1))

    def chart(self, features_BF: Tensor) -> Tensor:
        """Return where features lie on the map [B, 2]; meaningless until it is fitted."""
        return self.chart_head(features_BF).float()

    @property
    def _mixture(self) -> MixturePrior:
        return MixturePrior(self.prior_mean, self.prior_logvar)

    def divergence(self, posterior: Posterior) -> Tensor:
        """Return the KL to the prior of every example and dimension [B, D], in nats.

        Of a mixture it is a bound; see `MixturePrior.kl`.
        """
        if self.config.prior == "normal":
            return posterior.kl()
        return self._mixture.kl(posterior.mu, posterior.logvar)

    def responsibilities(self, z_BD: Tensor) -> Tensor:
        """Return p(component | z) [B, M]."""
        return self._mixture.log_probs(z_BD).softmax(1)

    @torch.no_grad()
    def name_components(self, z_ND: Tensor, shares_NK: Tensor) -> None:
        """Give each component its classes: those of the examples that it is responsible for.

        Args:
            z_ND: Posterior means of examples.
            shares_NK: Their classes, as probabilities.
        """
        counts_MK = self.responsibilities(z_ND).T @ shares_NK
        # One imagined example, spread over the classes, for a component that nothing belongs to.
        counts_MK = counts_MK + 1 / counts_MK.shape[1]
        self.component_classes.copy_(counts_MK / counts_MK.sum(1, keepdim=True))

    def prior_log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z) [B] in nats."""
        if self.config.prior == "normal":
            return super().prior_log_prob(z_BD)
        return self._mixture.log_prob(z_BD)

    def prior_sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw from the prior [count, D]; the generator and the draws live on the CPU."""
        z_BD = super().prior_sample(count, generator)
        if self.config.prior == "normal":
            return z_BD
        return self._mixture.placed(z_BD, generator)


def _feature_count(encoder: nn.Sequential, config: SSVAEConfig) -> int:
    if config.network.kind == "pooled":
        return config.network.channels[-1]
    head = encoder[-1]
    assert isinstance(head, nn.Linear)
    return head.in_features


def _classifier(config: SSVAEConfig, width: int) -> nn.Sequential | None:
    dropout = Dropout(config.classifier_dropout)
    if config.classifier_type == "features":
        return nn.Sequential(dropout, nn.Linear(width, config.classes))
    if config.classifier_type == "latent":
        first = nn.Linear(config.latent_dim, HIDDEN)
        return nn.Sequential(first, nn.ReLU(), dropout, nn.Linear(HIDDEN, config.classes))
    return None
