"""The processes that encode together, as torchrun starts them; alone, there is one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed

__all__ = ["Ranks", "joined_ranks"]

T = TypeVar("T")

# Ranks meet only at the end, and one of them may have hours more to read than another.
PATIENCE = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranks:
    """This process among those that share the work."""

    rank: int = 0
    """Number of this process."""
    size: int = 1
    """Number of processes on all machines."""
    local_rank: int = 0
    """Number of this process on its machine: the index of its GPU."""
    local_size: int = 1
    """Processes on this machine, which share its cores."""

    def rows(self, count: int) -> tuple[int, int]:
        """Return the contiguous range of rows (start, stop) that is this rank's."""
        return count * self.rank // self.size, count * (self.rank + 1) // self.size

    def threads(self, asked: int) -> int:
        """Return the CPU threads of this rank: as asked, or its share of the cores for 0."""
        return asked or max(1, (os.cpu_count() or 1) // self.local_size)

    def first(self, value: int) -> int:
        """Return what the first rank calls this with, on every rank."""
        shared = torch.tensor(value, dtype=torch.int64)
        if self.size > 1:
            distributed.broadcast(shared, src=0)
        return int(shared)

    def together(self, work: Callable[[], T]) -> T:
        """Do something on every rank and wait for all; if it fails on one, none goes on.

        Raises:
            Exception: What the work raised here, if no lower rank failed.
            SystemExit: Another rank failed, and says why.
        """
        error: Exception | None = None
        try:
            result = work()
        except Exception as caught:
            error = caught
        first = self._lowest(self.rank if error else self.size)
        if error and first == self.rank:
            raise error
        if first < self.size:
            raise SystemExit(1)
        return result

    def _lowest(self, value: int) -> int:
        shared = torch.tensor(value)
        if self.size > 1:
            distributed.all_reduce(shared, distributed.ReduceOp.MIN)
        return int(shared)


@contextmanager
def joined_ranks() -> Iterator[Ranks]:
    """Join the processes that torchrun started beside this one, if it did."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Ranks()
        return
    # gloo on GPUs too: all that ranks tell each other is whether they failed.
    distributed.init_process_group("gloo", timeout=PATIENCE)
    try:
        yield Ranks(
            rank=distributed.get_rank(),
            size=size,
            local_rank=int(os.environ.get("LOCAL_RANK", "0")),
            local_size=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
        )
    finally:
        distributed.destroy_process_group()
