"""A mixture of Gaussians with full covariances: where the encoder puts the data, in closed form.

    p(z) = sum_k weight_k N(z; mean_k, L_k L_k^T)

With one component it is the Gaussian with the full covariance. Sampling a VAE from a density that
is fitted afterwards instead of from the prior: From Variational to Deterministic Autoencoders
(Ghosh et al., 2020), arXiv 1903.12436.

Shapes: N codes, B codes asked about, D latent dimensions, K components, G given dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.latent.sampling.noise import normals, uniforms

__all__ = ["MOST_COMPONENTS", "Mixture", "cholesky_factors"]

MOST_COMPONENTS = 256

_CHOICE = 1
"""The stream of the numbers that choose components."""
_NAMES = ("weights", "means", "scales")
_LOG_TWO_PI = math.log(2 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """A mixture of K Gaussians in D dimensions.

    Raises:
        ValueError: The parts do not fit each other or make no density; the message names the one.
    """

    weights: Tensor
    """float32 [K], positive, summing to 1"""
    means: Tensor
    """float32 [K, D]"""
    scales: Tensor
    """float32 [K, D, D]: L of each component, lower triangular with a positive diagonal"""

    def __post_init__(self) -> None:
        components = len(self.weights) if self.weights.dim() == 1 else 0
        size = self.means.shape[-1] if self.means.dim() == 2 else 0
        for name, fits, wanted in (
            ("weights", 1 <= components <= MOST_COMPONENTS, f"1 to {MOST_COMPONENTS} numbers"),
            ("means", size and len(self.means) == components, f"float32 [{components}, D]"),
            ("scales", self.scales.shape == (components, size, size), "float32 [K, D, D]"),
            *((n, getattr(self, n).dtype == torch.float32, "float32") for n in _NAMES),
            *((n, bool(getattr(self, n).isfinite().all()), "finite") for n in _NAMES),
            ("weights", bool((self.weights > 0).all()), "positive"),
            ("weights", abs(float(self.weights.double().sum()) - 1) < 1e-3, "a sum of 1"),
        ):
            if not fits:
                raise ValueError(f"The mixture is damaged: its {name} should be {wanted}.")
        diagonal = self.scales.diagonal(dim1=1, dim2=2)
        if bool(self.scales.triu(1).any()) or not bool((diagonal > 0).all()):
            raise ValueError(
                "The mixture is damaged: its scales should be lower triangular with a positive "
                "diagonal."
            )

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def dimensions(self) -> int:
        """D."""
        return self.means.shape[1]

    @property
    def covariances(self) -> Tensor:
        """L L^T of each component, float64 [K, D, D]."""
        scales = self.scales.double()
        return scales @ scales.mT

    @property
    def mean(self) -> Tensor:
        """Mean of the whole, float32 [D]."""
        return (self.weights.double() @ self.means.double()).float()

    @property
    def std(self) -> Tensor:
        """Standard deviation of the whole in every dimension, float32 [D]."""
        means = self.means.double()
        # Var(z) = E[Var(z | component)] + Var(E[z | component])
        within = self.scales.double().square().sum(2)
        between = (means - self.mean.double()).square()
        return (self.weights.double() @ (within + between)).sqrt().float()

    def sample(self, count: int, seed: int, *, component: int | None = None) -> Tensor:
        """Draw codes, the same for a seed everywhere; row i does not depend on `count`.

        Args:
            count: How many.
            seed: From 0 to 2^63 - 1.
            component: Draw from this one alone.

        Returns:
            float32 [count, D].

        Raises:
            ValueError: There is no such component, or the seed is out of range.
        """
        if component is None:
            chosen_B = self._choose(count, seed)
        elif 0 <= component < len(self):
            chosen_B = torch.full((count,), component)
        else:
            raise ValueError(f"There is no component {component}; choose 0 to {len(self) - 1}.")
        noise_BD = normals(seed, count, self.dimensions)
        codes_BD = torch.empty_like(noise_BD)
        # A component at a time: a matrix a row would be gigabytes at 128 dimensions.
        for one in chosen_B.unique().tolist():
            rows = chosen_B == one
            codes_BD[rows] = self.means[one] + noise_BD[rows] @ self.scales[one].mT
        return codes_BD

    def log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z), float64 [B], in nats.

        Raises:
            ValueError: `z_BD` does not have D dimensions.
        """
        return (self._log_joint(z_BD)).logsumexp(1)

    def responsibilities(self, z_BD: Tensor) -> Tensor:
        """Return p(component | z), float64 [B, K].

        Raises:
            ValueError: `z_BD` does not have D dimensions.
        """
        return self._log_joint(z_BD).softmax(1)

    def given(self, dimensions: Sequence[int], values_G: Tensor) -> Mixture:
        """Return the mixture over the other dimensions, in their order, while some are held.

        Each component becomes N(m_o + S_oh S_hh^-1 (v - m_h), S_oo - S_oh S_hh^-1 S_ho), and
        its weight is multiplied by its density at what is held.

        Args:
            dimensions: Those that are held, at least one and not all.
            values_G: Where they are held.

        Raises:
            ValueError: A dimension is unknown or held twice, none or all are held, or the values
                are not one finite number each.
        """
        held, free = self._divide(dimensions, values_G)
        covariances = self.covariances
        means = self.means.double()
        marginal = Mixture(
            self.weights,
            self.means[:, held].contiguous(),
            cholesky_factors(_block(covariances, held)),
        )
        gain_KOG = torch.linalg.solve(
            _block(covariances, held), covariances[:, held][:, :, free]
        ).mT
        offset_KG = values_G.double() - means[:, held]
        moved_KO = means[:, free] + (gain_KOG @ offset_KG.unsqueeze(2)).squeeze(2)
        rest = _block(covariances, free) - gain_KOG @ covariances[:, held][:, :, free]
        weights = marginal.responsibilities(values_G.unsqueeze(0)).squeeze(0)
        # A component that could not be there at all keeps the least weight that float32 has.
        weights = weights.float().clamp(min=torch.finfo(torch.float32).tiny)
        return Mixture(weights, moved_KO.float(), cholesky_factors(rest))

    def to_tensors(self) -> dict[str, Tensor]:
        """Everything, contiguous, for a safetensors file."""
        return {name: getattr(self, name).contiguous() for name in _NAMES}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Mixture:
        """Rebuild what `to_tensors` described.

        Raises:
            ValueError: A tensor is missing or does not fit; the message names it.
        """
        if missing := [name for name in _NAMES if name not in tensors]:
            raise ValueError(f"The mixture is damaged: it lacks {', '.join(missing)}.")
        return cls(*(tensors[name] for name in _NAMES))

    def _choose(self, count: int, seed: int) -> Tensor:
        bounds = self.weights.double().cumsum(0)
        numbers = torch.from_numpy(uniforms(seed, count, 1, stream=_CHOICE)).squeeze(1)
        return torch.searchsorted(bounds[:-1], numbers * bounds[-1], right=True)

    def _log_joint(self, z_BD: Tensor) -> Tensor:
        """Return log weight_k + log N(z; mean_k, L_k L_k^T), float64 [B, K]."""
        if z_BD.dim() != 2 or z_BD.shape[1] != self.dimensions:
            raise ValueError(f"Ask about codes [B, {self.dimensions}], not {list(z_BD.shape)}.")
        columns = []
        for weight, mean, scale in zip(
            self.weights.double(), self.means.double(), self.scales.double(), strict=True
        ):
            centred_DB = (z_BD.double() - mean).mT
            standard_DB = torch.linalg.solve_triangular(scale, centred_DB, upper=False)
            volume = scale.diagonal().log().sum() + 0.5 * self.dimensions * _LOG_TWO_PI
            columns.append(weight.log() - volume - 0.5 * standard_DB.square().sum(0))
        return torch.stack(columns, dim=1)

    def _divide(self, dimensions: Sequence[int], values_G: Tensor) -> tuple[list[int], list[int]]:
        held = list(dimensions)
        free = [d for d in range(self.dimensions) if d not in held]
        if not held or not free or len(held) + len(free) != self.dimensions:
            raise ValueError(
                f"Hold at least one and not all of the dimensions 0 to {self.dimensions - 1}, "
                f"each once, not {held!s:.80}."
            )
        if values_G.shape != (len(held),) or not bool(values_G.isfinite().all()):
            raise ValueError(f"{len(held)} held dimensions need as many finite values.")
        return held, free


def _block(covariances_KDD: Tensor, dimensions: list[int]) -> Tensor:
    return covariances_KDD[:, dimensions][:, :, dimensions]


def cholesky_factors(covariances_KDD: Tensor) -> Tensor:
    """Return the lower Cholesky factors, float32; rounding may not cost a variance its sign."""
    floor = 1e-9 * torch.eye(covariances_KDD.shape[-1], dtype=torch.float64)
    return torch.linalg.cholesky(covariances_KDD.double() + floor).float().contiguous()
