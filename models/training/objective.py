"""What a training minimises: from a batch of stored pictures to a loss.

The loop knows nothing of it but this: order, optimiser, schedule, averaging and saved states are
the same for every objective.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from models.augment import augmented
from models.critic import make_critic
from models.data import Split
from models.joint.starts import Starts
from models.latent.parts import Parts
from models.losses import Loss
from models.moves import make_moves
from models.preprocessing import Binarise, prepare
from models.share import Share
from models.training.config import TrainingConfig
from models.training.distributed import Team
from models.training.latent.made import make_cost
from models.training.state import TrainingState
from models.vae import VAE, Moves

if TYPE_CHECKING:
    from models.training.trainer import Trainer

__all__ = ["Batch", "BoundObjective", "Objective"]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One step's examples, and what else a loss is made of."""

    split: Split
    """The training examples, where they are computed with."""
    rows: Tensor
    """int64 [B], this process's rows of them"""
    beta: float
    """Weight of the KL at this step"""
    noise: torch.Generator
    """Source of all noise"""
    share: Share
    """Which rows of the whole batch these are"""
    bf16: bool
    """Whether matrices are multiplied in bfloat16"""
    step: int = 0
    """Steps of the training done"""

    def autocast(self) -> torch.autocast:
        """Multiply matrices in bfloat16, where that is wanted."""
        return torch.autocast(self.rows.device.type, torch.bfloat16, enabled=self.bf16)


class Objective(Protocol):
    """What a trainer asks of what it minimises."""

    def loss(self, batch: Batch) -> Loss:
        """Return a batch's loss, with gradients."""

    def held_out(self, model: VAE, images: Tensor, noise: torch.Generator, share: Share) -> Loss:
        """Return the loss of held-out pictures, uint8 [B, C, H, W], under some weights."""

    def begin_epoch(self, trainer: Trainer, train: Split) -> None:
        """Get ready for an epoch, or for what is left of it; a stop may be wanted meanwhile."""

    def counts(self, epoch: int, train: Split | None) -> bool:
        """Tell whether a training on these examples may end with such an epoch, from 1."""

    def tensors(self) -> dict[str, Tensor]:
        """Return what has to be kept to go on from here, by names that no other part uses."""

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned."""


class BoundObjective:
    """The bound on the likelihood, what critics charge, and what the latent costs.

    Args:
        model: The model that is trained.
        config: Its objective.
        binarise: How images are prepared.
        team: The processes that train it together.
        compiled: Whether to run the loss through `torch.compile`.
        attribute_names: Those of the examples, where moved faces are charged for.
    """

    def __init__(
        self,
        model: VAE,
        config: TrainingConfig,
        *,
        binarise: Binarise,
        team: Team,
        compiled: bool = False,
        attribute_names: Sequence[str] = (),
    ) -> None:
        self.model = model
        self.config = config
        self.binarise: Binarise = binarise
        device = next(model.parameters()).device
        self._loss = team.wrap(model)
        self._critic = make_critic(config, model.config.shape)
        if self._critic is not None:
            # A copy: the one that is loaded is shared, and stays on the CPU.
            self._critic = copy.deepcopy(self._critic).to(device)
            self._critic.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.moves = make_moves(config, attribute_names, model.config.latent_dim)
        if self.moves is not None:
            self.moves = copy.deepcopy(self.moves).to(device)
        self.latent = make_cost(
            config.latent,
            Parts.of(model.config),
            device=device,
            seed=config.seed,
            processes=team.size,
        )
        self.starts = Starts(config)
        if compiled:
            self._loss = torch.compile(self._loss)  # type: ignore[assignment]

    def loss(self, batch: Batch) -> Loss:
        """Return a batch's loss, with gradients."""
        if self._critic is not None:
            self._critic.train()
        x = prepare(batch.split.images[batch.rows], self.binarise, batch.noise, batch.share)
        x = augmented(x, self.config, batch.noise, batch.share)
        if self.model.config.network.kind != "dense":
            x = x.contiguous(memory_format=torch.channels_last)
        with batch.autocast():
            loss: Loss = self._loss(
                x,
                beta=batch.beta,
                free_bits=self.config.free_bits,
                generator=batch.noise,
                share=batch.share,
                critic=self._critic,
                moves=self._move(batch),
                latent=self.latent,
                step=batch.step - self.starts.began,
            )
        if self.latent is not None:
            self.latent.learn(batch.noise)
        return loss

    def held_out(self, model: VAE, images: Tensor, noise: torch.Generator, share: Share) -> Loss:
        """Return the loss of held-out pictures, uint8 [B, C, H, W], under some weights."""
        if self._critic is not None:
            self._critic.eval()
        return model.loss(
            prepare(images, self.binarise, noise, share),
            beta=self.config.beta,
            free_bits=self.config.free_bits,
            generator=noise,
            share=share,
            critic=self._critic,
            latent=self.latent,
        )

    def begin_epoch(self, trainer: Trainer, train: Split) -> None:
        """Tell what charges for codes how many examples there are."""
        if self.latent is not None:
            self.latent.begin(len(train))
        self.starts.begin_epoch(trainer, train)

    def counts(self, epoch: int, train: Split | None) -> bool:
        """Tell that any epoch may be the last."""
        return True

    def tensors(self) -> dict[str, Tensor]:
        """Return where moved faces have been, and what learned beside the model."""
        found = self.latent.tensors() if self.latent is not None else {}
        found |= self.starts.tensors()
        if self.moves is None:
            return found
        moves = {f"moves.{name}": getattr(self.moves, name) for name in ("means", "seen")}
        return found | moves

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned."""
        for name, tensor in state.part("moves").items():
            getattr(self.moves, name).copy_(tensor)
        if self.latent is not None:
            self.latent.restore(state)
        self.starts.restore(state)

    def _move(self, batch: Batch) -> Moves | None:
        """Return what a batch's faces are charged for when moved, if they are."""
        if self.moves is None:
            return None
        assert batch.split.attributes is not None
        attributes, moves = batch.split.attributes[batch.rows], self.moves
        return lambda mu, z: moves(self.model, mu, z, attributes, batch.noise, batch.share)
