"""Several trainings from different weights, of which the one whose classes tell most goes on.

Classes are found as clusters are, and as with k-means one start may end badly. Each start is a
training of its own with its own weights; then the one whose classes have most information of the
examples, I(x; c) = H(E q(c|x)) - E H(q(c|x)), goes on for the epochs that are left. Within a start,
seldom classes take a part of common ones. No label is looked at.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from models.joint.model import JointVAE
from models.joint.reassign import class_shares, reassign
from models.training.state import TrainingState

if TYPE_CHECKING:
    from models.data import Split
    from models.training.config import TrainingConfig
    from models.training.trainer import Trainer

__all__ = ["Starts", "information"]

EXAMPLES = 10_000
"""Pictures from which untrained models start"""
REASSIGN_FROM = 0.15
"""Share of a start before which classes have not yet become what they are to be"""


def information(shares_NK: Tensor) -> float:
    """Return I(x; c) in nats of one part's class probabilities."""
    mean = shares_NK.double().mean(0).clamp(min=1e-12)
    each = shares_NK.double().clamp(min=1e-12)
    return float(-(mean * mean.log()).sum() + (each * each.log()).sum(1).mean())


class Starts:
    """Looks after the classes of a training at the beginning of each epoch.

    Args:
        config: How many starts of how many epochs, and until when classes are reassigned.
    """

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        self.began = 0
        """Steps done when this start began"""
        self._epoch = 0
        """The last epoch at whose beginning something was done"""
        self._best = -math.inf
        self._kept: dict[str, Tensor] = {}

    def begin_epoch(self, trainer: Trainer, train: Split) -> None:
        """Begin another start, or go on with the best, or reassign classes, as it is time to."""
        kept, model = trainer.kept_model(), trainer.model
        epoch, latent = trainer.progress.epoch, self.config.latent
        if epoch <= self._epoch or not isinstance(kept, JointVAE) or not kept.parts.discrete:
            return
        both = list(dict.fromkeys(m for m in (kept, model) if isinstance(m, JointVAE)))
        each = latent.start_epochs if latent.starts > 1 else self.config.epochs
        start, within = divmod(epoch, each)
        if within == 0 and 0 < start <= latent.starts and latent.starts > 1:
            self._epoch = epoch
            self._judge(kept, train.images)
            self._go_on(both, train.images, start, trainer.progress.step)
        elif start < latent.starts and self._reassigns(within, each):
            self._epoch = epoch
            shares = torch.cat([part.mean(0) for part in class_shares(kept, train.images)])
            reassign(both, shares, torch.Generator().manual_seed(self.config.seed + epoch))

    def _reassigns(self, within: int, each: int) -> bool:
        """Tell whether an epoch of a start begins by reassigning classes: each tenth of it does."""
        share = within / each
        tenth = within * 10 // each > (within - 1) * 10 // each
        return tenth and REASSIGN_FROM <= share <= self.config.latent.reassign_until

    def _judge(self, model: JointVAE, images: Tensor) -> None:
        """Keep a start's weights, if its classes tell more than those of the ones before."""
        told = sum(information(part) for part in class_shares(model, images))
        if told > self._best:
            self._best = told
            self._kept = {name: t.detach().clone() for name, t in model.state_dict().items()}

    def _go_on(self, models: list[JointVAE], images: Tensor, start: int, step: int) -> None:
        """Begin a start with other weights; behind the last one, go on with the best."""
        last = start == self.config.latent.starts
        state = self._kept if last else _fresh(models[0], images, self.config.seed, start)
        for model in models:
            model.load_state_dict(state)
        # What goes on has all its capacity.
        self.began = step - step // start if last else step

    def tensors(self) -> dict[str, Tensor]:
        """Return what has to be kept to go on from here, by names that start with `starts.`."""
        if not self._epoch:
            return {}
        numbers = torch.tensor([self._epoch, self.began, self._best], dtype=torch.float64)
        return {
            "starts.numbers": numbers,
            **{f"starts.kept.{name}": t for name, t in self._kept.items()},
        }

    def restore(self, state: TrainingState) -> None:
        """Take back what `tensors` returned."""
        numbers = state.part("starts").get("numbers")
        if numbers is None:
            return
        epoch, began, self._best = numbers.tolist()
        self._epoch, self.began = int(epoch), int(began)
        self._kept = state.part("starts.kept")


def _fresh(model: JointVAE, images: Tensor, seed: int, start: int) -> dict[str, Tensor]:
    """Return untrained weights of another seed, that start from the pictures."""
    with torch.random.fork_rng():
        torch.manual_seed(seed + 1000 * start)
        fresh = JointVAE(model.config)
    fresh.start_from(images[:: max(1, len(images) // EXAMPLES)].cpu())
    return fresh.state_dict()
