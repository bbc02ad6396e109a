"""What takes seconds, one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

__all__ = ["Busy", "Queue"]

MOST_WAITING = 8
"""Of one queue, beside what is being done"""

T = TypeVar("T")


class Busy(ValueError):
    """Too much is asked for at once; the message says so."""


class Queue:
    """Work that is done in turn on a thread of its own.

    Args:
        name: Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix=name, initializer=lambda: torch.set_num_threads(1)
        )
        self._count = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work once it is its turn.

        Raises:
            Busy: Too much is waiting already.
        """
        if self._count > MOST_WAITING:
            raise Busy("Too many are waiting for something long already; try again in a minute.")
        self._count += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._count -= 1
