"""The KL and a total correlation that a discriminator tells.

Disentangling by Factorising (Kim and Mnih, 2018), arXiv 1802.05983: a discriminator learns to tell
codes of q(z) from codes whose units come from different examples, which are as from the product
of q(z_d); log D / (1 - D) is then an estimate of log q(z) / prod_d q(z_d).

Shape legend: B batch, D numbers of a code.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from models.latent.parts import Parts
from models.posterior import Coded
from models.training.latent.config import LatentConfig
from models.training.latent.cost import LatentCost
from models.training.optimiser import put_back
from models.training.state import TrainingState

__all__ = ["DiscriminatorCost", "discriminator_loss", "make_discriminator", "shuffled"]


def make_discriminator(inputs: int, widths: tuple[int, ...]) -> nn.Sequential:
    """Return a network from codes [B, D] to logits [B, 1] of being whole and not shuffled."""
    layers: list[nn.Module] = []
    for before, after in pairwise((inputs, *widths)):
        layers += [nn.Linear(before, after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], 1))


def shuffled(z_BD: Tensor, parts: Parts, generator: torch.Generator | None = None) -> Tensor:
    """Return codes each of whose units comes from a random example of the batch [B, D].

    A discrete part is moved as a whole.
    """
    places = [slice(d, d + 1) for d in range(parts.continuous)] + list(parts.slices)
    rows = [torch.randperm(len(z_BD), generator=generator, device=z_BD.device) for _ in places]
    return torch.cat([z_BD[row, place] for row, place in zip(rows, places, strict=True)], dim=1)


def discriminator_loss(whole_B1: Tensor, shuffled_B1: Tensor) -> Tensor:
    """Return the mean cross entropy in nats: -(log D(z) + log(1 - D(shuffled z))) / 2."""
    return 0.5 * (F.softplus(-whole_B1).mean() + F.softplus(shuffled_B1).mean())


class DiscriminatorCost(LatentCost):
    """KL(q(z|x) || p(z)) + gamma E[log D(z) - log(1 - D(z))].

    Args:
        config: The weight, and the discriminator's widths and rate.
        parts: How codes are laid out.
        device: Where they lie.
        seed: Seed of its first weights.
    """

    def __init__(self, config: LatentConfig, parts: Parts, device: torch.device, seed: int) -> None:
        self.config, self.parts = config, parts
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = make_discriminator(parts.dim, config.discriminator_hidden)
        self.network = network.to(device)
        self._optimizer = torch.optim.Adam(
            self.network.parameters(), lr=config.discriminator_rate, betas=(0.5, 0.9)
        )
        self._codes: Tensor | None = None
        self._told = torch.zeros((), device=device)

    def __call__(self, coded: Coded) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the cost of a batch, its total correlation, and how well that is told."""
        if coded.step is not None:
            self._codes = coded.z_BD.detach()
        # Copies: the discriminator learns before the model's gradient is taken through it, and
        # nothing of that gradient is for itself.
        fixed = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        with torch.autocast(coded.z_BD.device.type, enabled=False):
            correlation = functional_call(self.network, fixed, (coded.z_BD.float(),)).mean()
        told = {"total_correlation": correlation, "discriminator": self._told}
        return coded.kl_D.sum() + self.config.correlation_weight * correlation, told

    def learn(self, generator: torch.Generator) -> None:
        """Take one step on the codes of the batch just charged for."""
        assert self._codes is not None
        mixed = shuffled(self._codes, self.parts, generator)
        loss = discriminator_loss(self.network(self._codes), self.network(mixed))
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        self._told, self._codes = loss.detach(), None

    def tensors(self) -> dict[str, Tensor]:
        """Return weights and optimiser of the discriminator."""
        found = {f"latent.model.{name}": t for name, t in self.network.state_dict().items()}
        for index, slots in self._optimizer.state_dict()["state"].items():
            found |= {f"latent.optimizer.{index}.{name}": t for name, t in slots.items()}
        return found | {"latent.told": self._told}

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned."""
        self.network.load_state_dict(state.part("latent.model"))
        slots: dict[int, dict[str, Tensor]] = {}
        for key, tensor in state.part("latent.optimizer").items():
            index, _, slot = key.partition(".")
            slots.setdefault(int(index), {})[slot] = tensor
        put_back(self._optimizer, slots)
        self._told = state.tensors["latent.told"].to(self._told.device)
