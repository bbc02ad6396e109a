"""The variational autoencoder: the one latent-variable model behind most of the studio.

Auto-Encoding Variational Bayes (Kingma and Welling, 2013), arXiv 1312.6114:

    log p(x) >= ELBO = E_q(z|x)[log p(x|z)] - KL(q(z|x) || p(z)),  p(z) = N(0, I)

With a weight beta on the KL it is the beta-VAE (Higgins et al., 2017).

Shape legend: B batch, D latent dimensions, ... the shape of one example, S samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypedDict, Unpack

import torch
from pydantic import ConfigDict
from torch import Tensor, nn

from models.latent.parts import Parts
from models.losses import Bernoulli, Gaussian, Likelihood, Loss, gaussian_log_prob
from models.networks import NetworkConfig, make_decoder, make_encoder
from models.posterior import Coded, Posterior
from models.preprocessing import to_unit
from models.principal import PrincipalPath
from models.share import WHOLE, Share

__all__ = ["VAE", "Critic", "LatentCost", "LossTerms", "Moves", "VAEConfig"]

CHUNK = 500
MOST_VALUES = 3 * 512 * 512
"""Numbers of one example"""

Critic = Callable[[Tensor, Tensor], Tensor]
"""From reconstructions and examples [B, ...] to nats each [B]."""
Moves = Callable[[Tensor, Tensor], Tensor]
"""From posterior means and draws [B, D] to nats each [B]."""
LatentCost = Callable[[Coded], tuple[Tensor, dict[str, Tensor]]]
"""From codes to nats, and what these are made of by name."""


class LossTerms(TypedDict, total=False):
    """What `VAE.loss_of` takes beside the examples; it says what each is."""

    beta: float
    free_bits: float
    generator: torch.Generator | None
    share: Share
    critic: Critic | None
    moves: Moves | None
    latent: LatentCost | None
    step: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VAEConfig:
    """All that is needed to build a VAE with untrained weights."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    family: Literal["vae"] = "vae"
    """Which model of `models.families` it is."""
    shape: tuple[int, ...] = (1, 28, 28)
    """Shape of one example: (channels, height, width), or (columns,) for a table."""
    latent_dim: int = 2
    """Number of latent dimensions."""
    network: NetworkConfig = field(default_factory=NetworkConfig)
    """Encoder and decoder."""
    likelihood: Literal["bernoulli", "gaussian", "gaussian-learned"] = "bernoulli"
    """p(x|z): Bernoulli, Gaussian with the fixed `scale`, or Gaussian with a learned scale."""
    scale: float = 0.1
    """Standard deviation of the Gaussian likelihood (where it starts, if it is learned)."""

    def __post_init__(self) -> None:
        """Check sizes and scale."""
        if not 1 <= self.latent_dim <= 4096:
            raise ValueError(f"latent_dim must lie in 1..4096, not {self.latent_dim}.")
        if len(self.shape) not in (1, 3) or min(self.shape) < 1:
            raise ValueError(f"shape must be (C, H, W) or (columns,), not {self.shape}.")
        if math.prod(self.shape) > MOST_VALUES:
            raise ValueError(
                f"shape may have {MOST_VALUES:,} values, as three colours of 512 x 512, not "
                f"{math.prod(self.shape):,}."
            )
        if self.network.principal and self.likelihood == "bernoulli":
            raise ValueError("principal is for Gaussian likelihoods, whose parameters are pixels.")
        if not 0 < self.scale < math.inf:
            raise ValueError(f"scale must be positive, not {self.scale}.")

    @property
    def encoded(self) -> int:
        """Numbers that the encoder says of an example: mean and log variance of each dimension."""
        return 2 * self.latent_dim

    @property
    def derived(self) -> dict[str, str]:
        """Fields that follow from others, each with a sentence for whoever wants to set it."""
        return {}


class VAE(nn.Module):
    """Encoder, decoder and likelihood of one configuration."""

    exact: ClassVar[tuple[str, ...]] = ()
    """Names of state that is never rounded to 16 bits"""

    def __init__(self, config: VAEConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = make_encoder(config.network, config.shape, config.encoded)
        self.decoder = self._make_decoder()
        self.likelihood = _likelihood(config)
        self.mean_example: Tensor
        self.offset: Tensor
        self.register_buffer("mean_example", torch.zeros(config.shape))
        self.register_buffer("offset", torch.zeros(config.shape))
        side = config.network.principal
        self.principal = PrincipalPath(config.shape, side, config.latent_dim) if side else None
        self._narrow_posteriors()

    def _make_decoder(self) -> nn.Module:
        config = self.config
        return make_decoder(config.network, config.latent_dim, config.shape)

    @torch.no_grad()
    def centre_on(self, mean_example: Tensor) -> None:
        """Let an untrained model start from the mean of the data [...].

        The encoder sees deviations from it and the decoder begins by saying it, so that neither
        spends its first thousand steps on finding it while the latent collapses.
        """
        self.mean_example.copy_(mean_example)
        self.offset.copy_(self.likelihood.parameters_of(mean_example))

    @torch.no_grad()
    def start_from(self, pictures: Tensor) -> None:
        """Let an untrained model start from pictures, uint8 [N, C, H, W].

        It is centred on their mean. With a principal path it begins as the linear model that their
        components make, each posterior as narrow as it is there for noise of the likelihood's
        scale, and the network's part of a picture begins with nothing.
        """
        chunks = [to_unit(chunk).sum(0) for chunk in pictures.split(CHUNK)]
        self.centre_on(torch.stack(chunks).sum(0) / len(pictures))
        if self.principal is None:
            return
        noise = (self.config.scale / self.principal.cell) ** 2
        variances_D = self.principal.measure(pictures, self.mean_example, noise)
        head, tail = self.encoder[-1], _last_layer(self.decoder)
        assert isinstance(head, nn.Linear)
        head.bias.copy_(torch.cat([0 * variances_D, -torch.log1p(variances_D / noise)]))
        head.weight.mul_(0.1)
        assert tail.bias is not None
        for parameter in (tail.weight, tail.bias):
            parameter.zero_()

    @torch.no_grad()
    def _narrow_posteriors(self) -> None:
        """Start with sigma = 1/e: with sigma = 1 the decoder learns at first to ignore z."""
        head = self.encoder[-1]
        assert isinstance(head, nn.Linear)
        # Before the variances lie as many means; behind them may be logits.
        count = Parts.of(self.config).continuous
        head.weight[: 2 * count].mul_(0.5)
        head.bias[count : 2 * count] -= 2.0

    def encode(self, x: Tensor) -> Posterior:
        """Return q(z|x) for examples [B, ...] in [0, 1]."""
        deviation = x - self.mean_example
        return self._posterior(self.encoder(deviation), deviation)

    def trunk(self, x: Tensor) -> Tensor:
        """Return what the encoder's last layer reads [B, ...], for examples [B, ...] in [0, 1]."""
        h = x - self.mean_example
        for layer in list(self.encoder)[:-1]:
            h = layer(h)
        return h

    def posterior_of(self, trunk: Tensor, x: Tensor) -> Posterior:
        """Return the posterior of what the trunk made of x."""
        return self._posterior(self.encoder[-1](trunk.flatten(1)), x - self.mean_example)

    def _posterior(self, encoded_BF: Tensor, deviation: Tensor) -> Posterior:
        mu, logvar = encoded_BF.float().chunk(2, dim=1)
        if self.principal is not None:
            mu = mu + self.principal.encode(deviation)
        # Beyond e^-16 and e^8 lies no posterior worth having, only overflow.
        return Posterior(mu, logvar.clamp(-16, 8))

    def divergence(self, posterior: Posterior) -> Tensor:
        """Return the KL to the prior of every example and dimension [B, D], in nats."""
        return posterior.kl()

    def prior_log_prob(self, z_BD: Tensor) -> Tensor:
        """Return log p(z) [B] in nats."""
        return gaussian_log_prob(z_BD, torch.zeros_like(z_BD), torch.zeros_like(z_BD))

    def prior_sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw from the prior [count, D]; the generator and the draws live on the CPU."""
        return torch.randn(count, self.config.latent_dim, generator=generator)

    def reparameterize(
        self,
        posterior: Posterior,
        generator: torch.Generator | None = None,
        share: Share = WHOLE,
    ) -> Tensor:
        """Draw one z [B, D] from each posterior, differentiably."""
        return posterior.sample(generator, share)

    def decode_parameters(self, z_BD: Tensor) -> Tensor:
        """Return the parameters of p(x|z) [B, ...], such as logits."""
        parameters = self.decoder(z_BD).float() + self.offset
        if self.principal is not None:
            parameters = parameters + self.principal.decode(z_BD)
        return parameters

    def decode(self, z_BD: Tensor) -> Tensor:
        """Return the mean of p(x|z) [B, ...] in [0, 1]."""
        return self.likelihood.mean(self.decode_parameters(z_BD))

    def loss(self, x: Tensor, **terms: Unpack[LossTerms]) -> Loss:
        """Return reconstruction + beta * KL of examples [B, ...] in [0, 1]; see `loss_of`."""
        return self.loss_of(self.encode(x), x, **terms)

    def loss_of(
        self,
        posterior: Posterior,
        x: Tensor,
        *,
        beta: float = 1.0,
        free_bits: float = 0.0,
        generator: torch.Generator | None = None,
        share: Share = WHOLE,
        critic: Critic | None = None,
        moves: Moves | None = None,
        latent: LatentCost | None = None,
        step: int | None = None,
    ) -> Loss:
        """Return reconstruction + beta * KL with one posterior sample an example.

        Args:
            posterior: That of the examples.
            x: Examples [B, ...] in [0, 1], to be reconstructed.
            beta: Weight of the KL.
            free_bits: Nats each dimension may use at no cost: the KL that is minimised is
                sum_d max(free_bits, mean_B KL_d), Improving Variational Inference with Inverse
                Autoregressive Flow (Kingma et al., 2016), arXiv 1606.04934.
            generator: Source of the posterior noise.
            share: Which rows of a batch `x` are; the loss is that of the whole batch.
            critic: Charges more for reconstructions that a likelihood of single pixels forgives;
                it is added to the total alone.
            moves: Charges more for what codes would show that are moved elsewhere; likewise.
            latent: Charges for codes in the place of the KL; `beta` weighs it, and free bits have
                no part in it.
            step: Steps of a training done, for what `latent` charges by then.
        """
        z_BD = self.reparameterize(posterior, generator, share)
        parameters = self.decode_parameters(z_BD)
        losses = [-self.likelihood.log_prob(parameters, x).unsqueeze(1), self.divergence(posterior)]
        if critic is not None:
            losses.append(critic(self.likelihood.expectation(parameters), x).unsqueeze(1))
        if moves is not None:
            losses.append(moves(posterior.mu, z_BD).unsqueeze(1))
        means = share.mean(torch.cat(losses, dim=1))
        reconstruction, kl_D = means[0], means[1 : 1 + self.config.latent_dim]
        parts: dict[str, Tensor] = {}
        charged = kl_D.clamp(min=free_bits).sum() if free_bits else kl_D.sum()
        if latent is not None:
            prior_B = self.prior_log_prob(z_BD)
            charged, parts = latent(Coded(posterior, z_BD, kl_D, prior_B, step))
        total = reconstruction + beta * charged + means[1 + self.config.latent_dim :].sum()
        return Loss(total, reconstruction, kl_D.sum(), kl_D, parts)

    forward = loss

    @torch.inference_mode()
    def sample(self, count: int, generator: torch.Generator | None = None) -> Tensor:
        """Decode `count` draws from the prior [count, ...]; the generator lives on the CPU."""
        z_BD = self.prior_sample(count, generator)
        return self.decode(z_BD.to(next(self.parameters()).device))


def _last_layer(network: nn.Module) -> nn.Linear | nn.Conv2d:
    return [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d)][-1]


def _likelihood(config: VAEConfig) -> Likelihood:
    if config.likelihood == "bernoulli":
        return Bernoulli()
    return Gaussian(config.scale, learned=config.likelihood == "gaussian-learned")
