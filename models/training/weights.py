"""The weights under training, with what goes along with them: their optimiser and their average."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from models.training.config import TrainingConfig
from models.training.optimiser import moving_average, parameter_groups, put_back
from models.training.state import TrainingState
from models.vae import VAE

__all__ = ["Weights"]


class Weights:
    """A model's weights, moved by AdamW and averaged.

    Args:
        model: The model; trained in place.
        config: Says how they are moved, and how slowly the average follows.
    """

    def __init__(self, model: VAE, config: TrainingConfig) -> None:
        self.model = model
        self.config = config
        self.settled = False
        """Whether the model holds the averaged weights, as after a training's end"""
        self._averaged = (
            AveragedModel(model, multi_avg_fn=moving_average(config.average), use_buffers=True)
            if config.average
            else None
        )
        # One fused kernel a step instead of one a tensor.
        self.optimizer = torch.optim.AdamW(
            parameter_groups(model, config.weight_decay),
            lr=config.learning_rate,
            betas=(0.9, config.adam_beta2),
            fused=True,
        )

    def slope(self, loss: Tensor) -> Tensor:
        """Make the gradient of a loss, clip it, and return its norm before that."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        limit = self.config.clip_norm or math.inf
        return nn.utils.clip_grad_norm_(self.model.parameters(), limit)

    def move(self, rate: float) -> None:
        """Take one step down the gradient."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()

    def follow(self) -> None:
        """Let the average follow a step."""
        if self._averaged is not None:
            self._averaged.update_parameters(self.model)

    def kept(self) -> VAE:
        """Return the model whose weights would be kept now: the averaged one, where there is."""
        kept = self._averaged.module if self._averaged is not None else self.model
        assert isinstance(kept, VAE)
        return kept.eval()

    def settle(self) -> None:
        """Put the averaged weights into the model, where there are any."""
        if self._averaged is not None:
            self.model.load_state_dict(self._averaged.module.state_dict())
            self.settled = True

    def unsettle(self) -> None:
        """Go on from the model as it is, whatever was done to it since it was settled."""
        if self._averaged is not None and self.settled:
            self._averaged.module.load_state_dict(self.model.state_dict())
        self.settled = False

    def tensors(self) -> dict[str, Tensor]:
        """Return all that is needed to go on with them, by name."""
        tensors = {f"model.{k}": t for k, t in self.model.state_dict().items()}
        if self._averaged is not None:
            tensors |= {f"average.{k}": t for k, t in self._averaged.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{k}": t for k, t in slots.items()}
        return tensors

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned, and whether they were settled.

        Raises:
            RuntimeError: It belongs to another model.
            KeyError: It is no state of a trainer.
        """
        self.model.load_state_dict(state.part("model"))
        if self._averaged is not None:
            self._averaged.load_state_dict(state.part("average"))
        slots: dict[int, dict[str, Tensor]] = {}
        for key, tensor in state.part("optimizer").items():
            index, _, slot = key.partition(".")
            slots.setdefault(int(index), {})[slot] = tensor
        put_back(self.optimizer, slots)
        self.settled = state.facts.get("settled", False)
