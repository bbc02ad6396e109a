"""Training with several processes, each on its rows of every batch, on one machine or many.

They are started by `torchrun`, which names each one's rank in the environment. The batch size is
that of all processes together, and what is learned does not depend on how many there are.
PyTorch Distributed: Experiences on Accelerating Data Parallel Training (Li et al., 2020),
arXiv 2006.15704.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce
from torch.nn.parallel import DistributedDataParallel

from models.share import WHOLE, Share
from models.training.devices import choose_device

__all__ = ["ALONE", "Team", "TeammateFailed", "team"]

T = TypeVar("T")
CPU = torch.device("cpu")


class TeammateFailed(ValueError):
    """Another process of the team failed, and says why."""


@dataclass(frozen=True, slots=True)
class Team:
    """This process among those that train one model."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    """Its number among those of the same machine."""
    talks_on: torch.device = CPU
    """Where tensors have to lie that are sent to the others."""

    @property
    def leads(self) -> bool:
        """Whether this is the one that writes files and talks to people."""
        return self.rank == 0

    def device(self, name: str) -> torch.device:
        """Return this process's device: each has a GPU of its own.

        Raises:
            ValueError: The device is not there.
        """
        device = choose_device(name)
        if self.size > 1 and device.type == "cuda":
            device = choose_device(f"cuda:{self.local_rank}")
            torch.cuda.set_device(device)
        if self.size > 1 and device.type == "mps":
            return torch.device("cpu")  # Apple's GPUs have no way to talk to each other.
        return device

    def share(self, rows: int) -> Share:
        """Return which rows of a batch are this process's."""
        if self.size == 1:
            return WHOLE
        start, stop = (rows * r // self.size for r in (self.rank, self.rank + 1))
        return Share(start, stop, rows, _add_up)

    def wrap(self, model: nn.Module) -> nn.Module:
        """Return the model with gradients that are averaged over all processes."""
        if self.size == 1:
            return model
        devices = [next(model.parameters()).device] if _on_cuda(model) else None
        return DistributedDataParallel(model, device_ids=devices, forward_sync_buffers=False)

    def synchronised(self, model: nn.Module) -> nn.Module:
        """Return the model with batch statistics taken over all processes."""
        if self.size == 1:
            return model
        if _on_cuda(model):
            return nn.SyncBatchNorm.convert_sync_batchnorm(model)
        return _with_synced_norms(model)

    def highest(self, value: int) -> int:
        """Return the highest of all processes' values."""
        if self.size == 1:
            return value
        shared = torch.tensor(value, device=self.talks_on)
        dist.all_reduce(shared, op=dist.ReduceOp.MAX)
        return int(shared.item())

    def one_first(self, load: Callable[[], T]) -> T:
        """Let one process a machine do something, such as a download, before the others.

        Raises:
            TeammateFailed: It failed in another process, which says why.
        """
        loaded = self._together(load if self.local_rank == 0 else None)
        later = self._together(load if self.local_rank else None)
        result = later if self.local_rank else loaded
        assert result is not None
        return result

    def leader_only(self, act: Callable[[], T]) -> T | None:
        """Let the leader do something, and return what came of it, or None to the others.

        Raises:
            TeammateFailed: It failed there, and the leader says why.
        """
        return self._together(act if self.leads else None)

    def _together(self, act: Callable[[], T] | None) -> T | None:
        """Do something, or wait for those who do; if it fails for one, all end."""
        try:
            result = act() if act else None
        except BaseException:
            self.highest(1)
            raise
        if self.highest(0):
            raise TeammateFailed("Another process of this training failed, and says why.")
        return result

    def from_leader(self, data: bytes | None, device: torch.device) -> bytes | None:
        """Return the leader's bytes; the others' are not looked at."""
        if self.size == 1:
            return data
        size = torch.tensor(-1 if data is None else len(data), device=device)
        dist.broadcast(size, 0)
        if size.item() < 0:
            return None
        content = torch.empty(int(size.item()), dtype=torch.uint8, device=device)
        if self.leads and data:
            content.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        dist.broadcast(content, 0)
        return content.cpu().numpy().tobytes()


ALONE = Team()


@contextmanager
def team(device: str = "auto") -> Iterator[Team]:
    """Join the processes that torchrun started with this one, if it did.

    Args:
        device: Where they will compute; GPUs talk over nccl, CPUs over gloo.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size <= 1:
        yield ALONE
        return
    joined = Team(int(os.environ["RANK"]), size, int(os.environ.get("LOCAL_RANK", "0")))
    joined = replace(joined, talks_on=joined.device(device))
    dist.init_process_group("nccl" if joined.talks_on.type == "cuda" else "gloo")
    try:
        yield joined
    finally:
        dist.destroy_process_group()


def _add_up(tensor: Tensor) -> Tensor:
    total = tensor.clone()
    dist.all_reduce(total)
    return total


def _on_cuda(model: nn.Module) -> bool:
    return next(model.parameters()).device.type == "cuda"


class SyncedBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation over all processes, for the CPU, where torch's own does not run."""

    def _check_input_dim(self, x: Tensor) -> None:
        """Take any number of dimensions."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise x [B, C, ...] by the statistics of all rows."""
        if not self.training:
            return super().forward(x)
        # In bfloat16 neither a row count nor a difference of squares would be worth anything.
        given, x = x.dtype, x.float()
        rest = [0, *range(2, x.dim())]
        count = x.new_tensor([x.numel() / x.size(1)])
        sums = all_reduce(torch.cat([x.sum(rest), x.square().sum(rest), count]))
        mean, square = (sums[:-1] / sums[-1]).chunk(2)
        variance = (square - mean.square()).clamp(min=0)
        self._remember(mean.detach(), variance.detach(), sums[-1].item())
        shape = (1, -1, *[1] * (x.dim() - 2))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return ((x - mean.view(shape)) * scale.view(shape) + self.bias.view(shape)).to(given)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor, count: float) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        weight = self.momentum or 0.1
        self.running_mean.lerp_(mean, weight)
        self.running_var.lerp_(variance * count / max(count - 1, 1), weight)


def _with_synced_norms(model: nn.Module) -> nn.Module:
    for name, child in model.named_children():
        if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d):
            synced = SyncedBatchNorm(child.num_features, child.eps, child.momentum)
            synced.load_state_dict(child.state_dict())
            setattr(model, name, synced)
        else:
            _with_synced_norms(child)
    return model
