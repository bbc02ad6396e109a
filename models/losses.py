"""Likelihoods, the KL divergence and the bound, all in nats per example.

Shape legend: B batch, D latent dimensions, ... the shape of one example.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = [
    "LOG_TWO_PI",
    "Bernoulli",
    "Gaussian",
    "Likelihood",
    "Loss",
    "gaussian_kl",
    "gaussian_log_prob",
    "warm_up",
]

LOG_TWO_PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True)
class Loss:
    """One batch's loss and its parts, each a mean over the batch in nats per example."""

    total: Tensor
    """What is minimised: reconstruction + beta * KL (with free bits where they are set, or what
    stands in its place), and what a critic charges where there is one."""
    reconstruction: Tensor
    """Negative log-likelihood of the data under the decoder."""
    kl: Tensor
    """KL(q(z|x) || p(z)), unweighted."""
    kl_per_dimension: Tensor
    """The KL of each latent dimension [D]."""
    parts: dict[str, Tensor] = field(default_factory=dict)
    """What else it is made of, by name, unweighted."""

    @property
    def elbo(self) -> Tensor:
        """The evidence lower bound: -(reconstruction + KL), whatever beta was trained with."""
        return -(self.reconstruction + self.kl)


class Likelihood(nn.Module, ABC):
    """p(x|z) for decoder outputs: a log-probability and a mean."""

    @abstractmethod
    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """Return log p(x|z) [B] in nats per example, for parameters and x of shape [B, ...]."""

    @abstractmethod
    def expectation(self, parameters: Tensor) -> Tensor:
        """Return E[x|z], of the parameters' shape, with a gradient everywhere."""

    def mean(self, parameters: Tensor) -> Tensor:
        """Return E[x|z] cut to [0, 1], of the parameters' shape."""
        return self.expectation(parameters).clamp(0, 1)

    @abstractmethod
    def parameters_of(self, mean: Tensor) -> Tensor:
        """Return the parameters whose mean is the given one, cut to where they are moderate."""


class Bernoulli(Likelihood):
    """Independent pixels in {0, 1}, or in [0, 1] as probabilities; parameters are logits."""

    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """Return sum_i x_i log p_i + (1 - x_i) log(1 - p_i)."""
        return (x * parameters - F.softplus(parameters)).flatten(1).sum(1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return the probabilities."""
        return parameters.sigmoid()

    def parameters_of(self, mean: Tensor) -> Tensor:
        """Return log p / (1 - p), for p cut to [0.001, 0.999]."""
        return torch.logit(mean, eps=1e-3)


class Gaussian(Likelihood):
    """Independent normal pixels with one scale, fixed or learned.

    With a learned scale the weight of reconstruction against KL is found by the data:
    Simple and Effective VAE Training with Calibrated Decoders (Rybkin et al., 2021),
    arXiv 2006.13202.
    """

    def __init__(self, scale: float = 0.1, *, learned: bool = False) -> None:
        super().__init__()
        log_scale = torch.tensor(math.log(scale))
        self.log_scale: Tensor
        if learned:
            self.log_scale = nn.Parameter(log_scale)
        else:
            self.register_buffer("log_scale", log_scale)

    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """Return sum_i log N(x_i; p_i, scale^2)."""
        standardised = (x - parameters) * torch.exp(-self.log_scale)
        terms = -0.5 * (standardised.square() + LOG_TWO_PI) - self.log_scale
        return terms.flatten(1).sum(1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return the parameters."""
        return parameters

    def parameters_of(self, mean: Tensor) -> Tensor:
        """Return the mean itself."""
        return mean


def gaussian_kl(mu_BD: Tensor, logvar_BD: Tensor) -> Tensor:
    """Return KL(N(mu, exp(logvar)) || N(0, 1)) of every example and dimension [B, D].

    KL = (mu^2 + sigma^2 - 1 - log sigma^2) / 2; Auto-Encoding Variational Bayes
    (Kingma and Welling, 2013), arXiv 1312.6114, appendix B.
    """
    return 0.5 * (mu_BD.square() + logvar_BD.exp() - 1 - logvar_BD)


def gaussian_log_prob(z: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """Return log N(z; mu, exp(logvar)), summed over the last dimension, in nats."""
    terms = (z - mu).square() * torch.exp(-logvar) + logvar + LOG_TWO_PI
    return -0.5 * terms.sum(-1)


def warm_up(beta: float, epoch: float, warmup_epochs: float) -> float:
    """Return beta at a (fractional) epoch: linear from 0, then constant.

    Warming the KL up keeps dimensions from collapsing before the decoder has learned to use them:
    Generating Sentences from a Continuous Space (Bowman et al., 2016), arXiv 1511.06349.
    """
    return beta if warmup_epochs <= 0 else beta * min(1.0, epoch / warmup_epochs)
