"""q(z, c | x) of a JointVAE: a Gaussian beside independent categorical parts.

Shape legend: B batch, C continuous dimensions, K classes of all parts, D = C + K.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from models.latent.parts import Parts
from models.losses import gaussian_log_prob
from models.posterior import Posterior
from models.share import WHOLE, Share

__all__ = ["JointPosterior"]

SURE = -16.0
"""Log variance of a number that is as certain as an encoder can be."""


@dataclass(frozen=True, slots=True)
class JointPosterior(Posterior):
    """q(z, c | x), seen from outside as one vector for each example.

    `mu` [B, D] is (continuous means, class probabilities), `logvar` [B, D] is (continuous log
    variances, -16): an atlas and a screen use both as they use those of any model.
    """

    log_probs: Tensor
    """log q(c|x) of every class of every part [B, K]"""
    parts: Parts
    temperature: float
    hard: bool
    """Whether a draw is one class alone, as in evaluation, or shares that have a gradient."""

    @classmethod
    def of(cls, encoded: Tensor, parts: Parts, *, temperature: float, hard: bool) -> JointPosterior:
        """Read what an encoder says [B, 2C + K]: means, log variances, logits."""
        count = parts.continuous
        mu, logvar = encoded[:, :count], encoded[:, count : 2 * count].clamp(-16, 8)
        logits = encoded[:, 2 * count :]
        # An impossible class stays so: 0 times minus infinity would be no number.
        each = [part.log_softmax(1).clamp(min=-1e4) for part in logits.split(parts.discrete, dim=1)]
        log_probs = torch.cat(each, dim=1) if each else logits
        return cls(
            torch.cat([mu, log_probs.exp()], dim=1),
            torch.cat([logvar, torch.full_like(log_probs, SURE)], dim=1),
            log_probs,
            parts,
            temperature,
            hard,
        )

    def kl(self) -> Tensor:
        """Return the KL to the prior [B, D], in nats; a part's columns add up to that of the part.

        Class k of K has p_k log(p_k K) - p_k + 1/K, which is never negative and adds up to
        KL(q(c|x) || 1/K) = sum_k p_k log(p_k K).
        """
        count, columns = self.parts.continuous, []
        columns.append(Posterior(self.mu[:, :count], self.logvar[:, :count]).kl())
        for part in self.parts.slices:
            log_p = self.log_probs[:, part.start - count : part.stop - count]
            classes = part.stop - part.start
            p = log_p.exp()
            # Rounding may leave it a hair below zero.
            columns.append((p * (log_p + math.log(classes)) - p + 1 / classes).clamp(min=0))
        return torch.cat(columns, dim=1)

    def sample(self, generator: torch.Generator | None = None, share: Share = WHOLE) -> Tensor:
        """Draw a code [B, D]: z = mu + sigma * epsilon, and c from each part.

        c = softmax((log p + g) / temperature) with Gumbel noise g is differentiable: Categorical
        Reparameterization with Gumbel-Softmax (Jang et al., 2016), arXiv 1611.01144, and The
        Concrete Distribution (Maddison et al., 2016), arXiv 1611.00712. A hard draw is the one-hot
        vector of the largest log p + g, which is an exact draw of q(c|x).
        """
        count = self.parts.continuous
        gaussian = Posterior(self.mu[:, :count], self.logvar[:, :count])
        codes = [gaussian.sample(generator, share)]
        if self.parts.discrete:
            scores = self.log_probs + share.draw(
                lambda rows: self._gumbel(rows, generator), len(self.mu)
            )
            codes += [
                _one_hot(part) if self.hard else (part / self.temperature).softmax(1)
                for part in scores.split(self.parts.discrete, dim=1)
            ]
        return torch.cat(codes, dim=1)

    def _gumbel(self, rows: int, generator: torch.Generator | None) -> Tensor:
        noise = self.log_probs.new_empty((rows, self.log_probs.shape[1]))
        return -noise.exponential_(generator=generator).clamp_(min=1e-20).log()

    def typical(self) -> Tensor:
        """Return the likeliest code [B, D]: the means, and the likeliest class of each part."""
        count = self.parts.continuous
        classes = [_one_hot(part) for part in self.log_probs.split(self.parts.discrete, dim=1)]
        return torch.cat(
            [self.mu[:, :count], *classes] if self.parts.discrete else [self.mu], dim=1
        )

    def log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log q(z, c | x) [B] in nats; c are hard draws."""
        count = self.parts.continuous
        continuous = gaussian_log_prob(z_BD[:, :count], self.mu[:, :count], self.logvar[:, :count])
        return continuous + (z_BD[:, count:] * self.log_probs).sum(1)

    def repeated(self, times: int) -> JointPosterior:
        """Return each row's posterior several times, one after another [B * times, D]."""
        mu, logvar, log_probs = (
            t.repeat_interleave(times, 0) for t in (self.mu, self.logvar, self.log_probs)
        )
        return JointPosterior(mu, logvar, log_probs, self.parts, self.temperature, self.hard)


def _one_hot(scores: Tensor) -> Tensor:
    return torch.nn.functional.one_hot(scores.argmax(1), scores.shape[1]).to(scores.dtype)
