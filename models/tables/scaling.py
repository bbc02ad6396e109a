"""Likelihoods of rows in their own units, with each column's scaling inside.

Shape legend: B batch, C columns.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.losses import LOG_TWO_PI, Likelihood
from models.tables.config import Scaling

__all__ = ["RowLikelihood"]

Kind = Literal["bernoulli", "gaussian", "gaussian-learned"]
SLACK = 1e-6
LEAST_SCALE = 0.01
FARTHEST = 1e9
"""Units beyond which squares would overflow float32, and a row's scores with them."""


class RowLikelihood(Likelihood):
    """p(row|z): what a decoder says of scaled columns, asked about and told in the table's units.

    Log-probabilities are those of the scaled row, s = (row - centre) / unit, so that they do not
    depend on whether a column is in metres or in inches. Parameters are scaled too.

    Args:
        columns: C.
        kind: Bernoulli, Gaussian of one scale, or Gaussian with one learned for each column.
        scaling: How centre and unit are found.
        scale: Standard deviation of the Gaussian, in scaled units (where it starts, if learned).
    """

    def __init__(self, columns: int, kind: Kind, scaling: Scaling, scale: float) -> None:
        super().__init__()
        self.kind, self.scaling = kind, scaling
        self.centre: Tensor
        self.unit: Tensor
        self.register_buffer("centre", torch.zeros(columns))
        self.register_buffer("unit", torch.ones(columns))
        self.log_scale: Tensor
        log_scale = torch.full((columns,), math.log(scale))
        if kind == "gaussian-learned":
            self.log_scale = nn.Parameter(log_scale)
        else:
            self.register_buffer("log_scale", log_scale)

    @torch.no_grad()
    def fit(self, rows_NC: Tensor) -> None:
        """Take the scaling of training rows.

        Raises:
            ValueError: A Bernoulli likelihood is asked to tell unscaled columns outside [0, 1].
        """
        rows = rows_NC.double()
        if self.scaling == "min-max":
            low, high = rows.amin(0), rows.amax(0)
            centre, unit = low, high - low
        elif self.scaling == "standard":
            centre, unit = rows.mean(0), rows.std(0, correction=0)
        else:
            centre, unit = torch.zeros(rows.shape[1]), torch.ones(rows.shape[1])
        # A column that does not change among these rows is told as it is.
        self.centre.copy_(centre)
        self.unit.copy_(torch.where(unit > 0, unit, 1.0))
        self.require(rows_NC)

    def require(self, rows_NC: Tensor) -> None:
        """Refuse to learn rows that the likelihood has no probability for.

        Raises:
            ValueError: It is Bernoulli, and a scaled number lies outside [0, 1].
        """
        if self.kind != "bernoulli":
            return
        scaled = self.scaled(rows_NC)
        outside = ((scaled < -SLACK) | (scaled > 1 + SLACK)).any(0).nonzero().flatten().tolist()
        if outside:
            raise ValueError(
                f"Column {outside[0] + 1} holds numbers outside [0, 1], for which a Bernoulli "
                "likelihood has no probability: its cross-entropy would be of both signs and pull "
                "every reconstruction to the mean. Choose scaling=min-max, or "
                "likelihood=gaussian-learned."
            )

    def scaled(self, rows_BC: Tensor) -> Tensor:
        """Return rows in scaled units; what lies farther out than `FARTHEST` counts as there."""
        return ((rows_BC - self.centre) / self.unit).clamp(-FARTHEST, FARTHEST)

    def unscaled(self, scaled_BC: Tensor) -> Tensor:
        """Return scaled rows in the table's units."""
        return scaled_BC * self.unit + self.centre

    def log_prob(self, parameters: Tensor, x: Tensor) -> Tensor:
        """Return log p(row|z) [B] in nats of the scaled row.

        A number beyond the range of the training rows counts, under a Bernoulli likelihood, as the
        end of that range; a Gaussian one tells how far out it is.
        """
        scaled = self.scaled(x)
        if self.kind == "bernoulli":
            inside = scaled.clamp(0, 1)
            return (inside * parameters - F.softplus(parameters)).sum(1)
        log_scale = self.log_scale.clamp(min=math.log(LEAST_SCALE))
        standardised = (scaled - parameters) * torch.exp(-log_scale)
        return (-0.5 * (standardised.square() + LOG_TWO_PI) - log_scale).sum(1)

    def expectation(self, parameters: Tensor) -> Tensor:
        """Return E[row|z] in the table's units."""
        return self.unscaled(parameters.sigmoid() if self.kind == "bernoulli" else parameters)

    def mean(self, parameters: Tensor) -> Tensor:
        """Return the same: rows are not cut to [0, 1]."""
        return self.expectation(parameters)

    def parameters_of(self, mean: Tensor) -> Tensor:
        """Return the parameters whose mean is a row."""
        scaled = self.scaled(mean)
        return torch.logit(scaled, eps=1e-3) if self.kind == "bernoulli" else scaled

    def noise(self) -> Tensor:
        """Return the standard deviation of each column around E[row|z], in the table's units [C].

        Raises:
            ValueError: A Bernoulli likelihood has none.
        """
        if self.kind == "bernoulli":
            raise ValueError("A Bernoulli likelihood has no noise of its own.")
        return self.log_scale.clamp(min=math.log(LEAST_SCALE)).exp() * self.unit
