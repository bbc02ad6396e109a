"""The KL in three terms: mutual information, total correlation and each dimension's own KL.

    E_x KL(q(z|x) || p(z)) = I(x; z) + KL(q(z) || prod_d q(z_d)) + sum_d KL(q(z_d) || p(z_d))

Isolating Sources of Disentanglement in Variational Autoencoders (Chen et al., 2018),
arXiv 1802.04942. A discrete part counts as one dimension.

Shape legend: B batch, U units: continuous dimensions and discrete parts.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor

from models.joint.posterior import JointPosterior
from models.latent.parts import Parts
from models.losses import LOG_TWO_PI
from models.posterior import Coded, Posterior
from models.training.latent.config import LatentConfig
from models.training.latent.cost import LatentCost

__all__ = ["CorrelationCost", "importance", "pairwise_log_prob", "terms"]

Estimator = Literal["weighted", "stratified"]


def pairwise_log_prob(posterior: Posterior, z_BD: Tensor) -> Tensor:
    """Return log q(z_iu | x_j) of every code i, example j and unit u [B, B, U], in nats.

    Of a draw with shares of several classes it is the logarithm of their mean probability.
    """
    joint = isinstance(posterior, JointPosterior)
    parts = posterior.parts if isinstance(posterior, JointPosterior) else Parts(z_BD.shape[1])
    count = parts.continuous
    mu, logvar = posterior.mu[None, :, :count], posterior.logvar[None, :, :count]
    gap = z_BD[:, None, :count] - mu
    each = [-0.5 * (gap.square() * torch.exp(-logvar) + logvar + LOG_TWO_PI)]
    if joint:
        each += [
            (z_BD[:, place] @ posterior.mu[:, place].T).clamp(min=1e-20).log().unsqueeze(2)
            for place in parts.slices
        ]
    return torch.cat(each, dim=2)


def importance(batch: int, examples: int, estimator: Estimator) -> Tensor:
    """Return log weights [B, B] with which examples j of a batch stand for all in q(z_i).

    "weighted": q(z_i) = 1 / (N B) sum_j q(z_i|x_j), a lower bound; equation 5. "stratified": the
    example of z_i itself weighs 1 / N, one other (N - M) / (N M) and the rest 1 / M with
    M = B - 1, which is unbiased; appendix C.2.

    Args:
        batch: B.
        examples: N, of which the batch is a sample.
        estimator: Which of both.
    """
    examples = max(examples, batch)
    if estimator == "weighted":
        return torch.full((batch, batch), -math.log(examples * batch))
    if batch == 1:
        return torch.zeros(1, 1)
    others = batch - 1
    weights = torch.full((batch, batch), 1 / others)
    rows = torch.arange(batch)
    weights[rows, rows] = 1 / examples
    weights[rows, (rows + 1) % batch] = (examples - others) / (examples * others)
    return weights.log()


def terms(
    posterior: Posterior,
    z_BD: Tensor,
    prior_B: Tensor,
    examples: int,
    estimator: Estimator = "stratified",
) -> tuple[Tensor, Tensor, Tensor]:
    """Return estimates of the three terms, each a mean over the batch in nats.

    Args:
        posterior: q(z|x) of the batch.
        z_BD: A code of each.
        prior_B: log p(z) of each.
        examples: How many examples there are in all.
        estimator: How the batch stands for them.
    """
    each_BBU = pairwise_log_prob(posterior, z_BD)
    weights_BB = importance(len(z_BD), examples, estimator).to(z_BD.device)
    own_B = each_BBU.diagonal().sum(0)
    joint_B = (each_BBU.sum(2) + weights_BB).logsumexp(1)
    product_B = (each_BBU + weights_BB.unsqueeze(2)).logsumexp(1).sum(1)
    return (own_B - joint_B).mean(), (joint_B - product_B).mean(), (product_B - prior_B).mean()


class CorrelationCost(LatentCost):
    """alpha I(x; z) + beta TC(z) + gamma sum_d KL(q(z_d) || p(z_d))."""

    def __init__(self, config: LatentConfig) -> None:
        self.config = config
        self.examples = 0

    def begin(self, examples: int) -> None:
        """Hear of how many examples a batch is a sample."""
        self.examples = examples

    def __call__(self, coded: Coded) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of a batch, and its three terms."""
        config = self.config
        information, correlation, dimensions = terms(
            coded.posterior, coded.z_BD, coded.prior_B, self.examples, config.estimator
        )
        cost = (
            config.information_weight * information
            + config.correlation_weight * correlation
            + config.dimension_weight * dimensions
        )
        return cost, {
            "mutual_information": information,
            "total_correlation": correlation,
            "dimension_kl": dimensions,
        }
