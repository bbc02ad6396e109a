"""The JointVAE: a VAE whose codes have continuous numbers and classes.

Learning Disentangled Joint Continuous and Discrete Representations (Dupont, 2018),
arXiv 1804.00104:

    q(z, c | x) = N(z; mu(x), sigma(x)^2) prod_i q_i(c_i | x),  p(z, c) = N(z; 0, I) prod_i 1 / K_i

Shape legend: B batch, D numbers of a code, K classes of a part, ... the shape of one example.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from models.joint.config import JointVAEConfig
from models.joint.features import FeatureNetwork
from models.joint.posterior import JointPosterior
from models.joint.templates import TemplateDecoder
from models.latent.parts import Parts
from models.losses import gaussian_log_prob
from models.posterior import Posterior
from models.vae import VAE

__all__ = ["JointVAE"]

FAINT = 0.02
"""Least brightness that templates start from"""


class JointVAE(VAE):
    """A VAE with discrete parts beside the continuous ones; a code is both in one vector."""

    config: JointVAEConfig

    def __init__(self, config: JointVAEConfig) -> None:
        super().__init__(config)
        self.features = None
        if config.feature_channels:
            self.features = FeatureNetwork(
                config.feature_channels, config.shape, sum(config.discrete)
            )

    def _make_decoder(self) -> nn.Module:
        if self.config.decoder == "templates":
            return TemplateDecoder(self.parts, self.config.shape)
        return super()._make_decoder()

    @torch.no_grad()
    def start_from(self, pictures: Tensor) -> None:
        """Let an untrained model start from pictures, uint8 [N, C, H, W].

        Templates start from the mean themselves, so that it is warped as they are.
        """
        super().start_from(pictures)
        if isinstance(self.decoder, TemplateDecoder):
            mean = self.mean_example.clamp(FAINT, 1 - FAINT)
            self.decoder.start_from(self.likelihood.parameters_of(mean))
            self.offset.zero_()

    @property
    def parts(self) -> Parts:
        """How a code is laid out."""
        return Parts.of(self.config)

    def encode(self, x: Tensor) -> Posterior:
        """Return q(z, c | x) for examples [B, ...] in [0, 1]."""
        return (
            super().encode(x) if self.features is None else self.posterior_with(x, self.features(x))
        )

    def posterior_with(self, x: Tensor, logits: Tensor) -> Posterior:
        """Return q(z, c | x) whose classes are told from features, as logits [B, K]."""
        deviation = x - self.mean_example
        said = self.encoder(deviation).float()
        return self._posterior(torch.cat([said, logits], dim=1), deviation)

    def _posterior(self, encoded_BF: Tensor, deviation: Tensor) -> Posterior:
        return JointPosterior.of(
            encoded_BF.float(),
            self.parts,
            temperature=self.config.temperature,
            hard=not self.training,
        )

    def prior_log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z, c) [B] in nats: the classes of a part are equally likely."""
        z_BC = z_BD[:, : self.parts.continuous]
        classes = sum(math.log(count) for count in self.config.discrete)
        return gaussian_log_prob(z_BC, torch.zeros_like(z_BC), torch.zeros_like(z_BC)) - classes

    def prior_sample(
        self,
        count: int,
        generator: torch.Generator | None = None,
        discrete: Mapping[int, int] | None = None,
    ) -> Tensor:
        """Draw from the prior [count, D]; the generator and the draws live on the CPU.

        Args:
            count: Number of codes.
            generator: Source of the draws.
            discrete: Part to class, for the parts that shall not be drawn.

        Raises:
            ValueError: There is no such part or class.
        """
        fixed = self._checked(discrete or {})
        codes = [torch.randn(count, self.parts.continuous, generator=generator)]
        for part, classes in enumerate(self.config.discrete):
            drawn = torch.randint(classes, (count,), generator=generator)
            if part in fixed:
                drawn = torch.full((count,), fixed[part])
            codes.append(torch.nn.functional.one_hot(drawn, classes).float())
        return torch.cat(codes, dim=1)

    @torch.inference_mode()
    def sample(
        self,
        count: int,
        generator: torch.Generator | None = None,
        discrete: Mapping[int, int] | None = None,
    ) -> Tensor:
        """Decode `count` draws from the prior [count, ...], of one class where it is given.

        Args:
            count: Number of examples.
            generator: Source of the draws, on the CPU.
            discrete: Part to class, for the parts that shall not be drawn.

        Raises:
            ValueError: There is no such part or class.
        """
        z_BD = self.prior_sample(count, generator, discrete)
        return self.decode(z_BD.to(next(self.parameters()).device))

    def class_codes(self, part: int = 0) -> Tensor:
        """Return a code for each class of a part [K, D], at the prior's mean.

        Other parts are at their first class.

        Raises:
            ValueError: There is no such part.
        """
        self._checked({part: 0})
        code = torch.zeros(self.config.discrete[part], self.parts.dim)
        for index, place in enumerate(self.parts.slices):
            code[:, place.start] = 1.0
            if index == part:
                code[:, place] = torch.eye(self.config.discrete[part])
        return code

    def _checked(self, discrete: Mapping[int, int]) -> Mapping[int, int]:
        """Return parts and classes that there are."""
        sizes = self.config.discrete
        for part, chosen in discrete.items():
            if not 0 <= part < len(sizes):
                raise ValueError(f"There is no discrete part {part}; it has {len(sizes)}, from 0.")
            if not 0 <= chosen < sizes[part]:
                raise ValueError(f"Part {part} has classes 0..{sizes[part] - 1}, not {chosen}.")
        return discrete
