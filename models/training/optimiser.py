"""The parts of an optimisation that are formulas: groups, learning rate, averaged weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from models.training.config import TrainingConfig

__all__ = ["batch_count", "learning_rate", "moving_average", "parameter_groups", "put_back"]

RISE = 100

Tensors = tuple[Tensor, ...] | list[Tensor]


def batch_count(examples: int, batch_size: int) -> int:
    """Return the steps of an epoch; a single last example joins the batch before it."""
    whole, rest = divmod(examples, batch_size)
    return whole + (rest > 1 or not whole)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Return AdamW's groups: matrices decay; biases and the gains of normalisations do not."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """Return the rate of a step: a linear rise, then half a cosine to zero.

    SGDR: Stochastic Gradient Descent with Warm Restarts (Loshchilov and Hutter, 2017),
    arXiv 1608.03983, with a restart only where a training changes what it minimises. A constant
    rate rises over its first hundred steps.
    """
    if config.schedule == "constant":
        return config.learning_rate * min(1.0, (step + 1) / RISE)
    ends = [steps * epoch // config.epochs for epoch in (0, *config.rises, config.epochs)]
    start, end = next(((a, b) for a, b in pairwise(ends) if step < b), ends[-2:])
    step, steps = step - start, end - start
    warmup = config.warmup * steps
    if step < warmup:
        return config.learning_rate * (step + 1) / (warmup + 1)
    done = (step - warmup) / max(1.0, steps - warmup)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


def moving_average(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """Return an update of averaged tensors that forgets the first, untrained weights quickly."""

    @torch.no_grad()
    def update(averaged: Tensors, current: Tensors, count: Tensor | int) -> None:
        weight = 1 - min(decay, (1 + int(count)) / (10 + int(count)))
        for kept, new in zip(averaged, current, strict=True):
            if kept.is_floating_point():
                kept.lerp_(new.to(kept.dtype), weight)
            else:
                kept.copy_(new)

    return update


def put_back(optimizer: torch.optim.Optimizer, slots: dict[int, dict[str, Tensor]]) -> None:
    """Give an optimiser what it kept of each weight, by the weight's number.

    Each is laid out in memory as its weight: a fused step goes through memory and not through
    indices, and a file keeps no layout, so that a channels-last kernel would be moved by the
    momentum of others of its elements.
    """
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": slots, "param_groups": groups})
    for weight, kept in optimizer.state.items():
        for name, slot in kept.items():
            alike = slot.shape == weight.shape
            kept[name] = (torch.empty_like(weight) if alike else torch.empty_like(slot)).copy_(slot)
