"""What takes seconds, one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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
        most_waiting: Beside what is being done.
    """

    def __init__(self, name: str, most_waiting: int = MOST_WAITING) -> None:
        self._thread = ThreadPoolExecutor(
            1, thread_name_prefix=name, initializer=lambda: torch.set_num_threads(1)
        )
        self._most_waiting = most_waiting
        self._count = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Do some work once it is its turn.

        Raises:
            Busy: Too much is waiting already.
        """
        with self.place():
            return await self.done(work)

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place for work that is still on its way, and is `done` from within.

        Raises:
            Busy: Too much is waiting already.
        """
        if self._count > self._most_waiting:
            raise Busy("Too many are waiting for something long already; try again in a minute.")
        self._count += 1
        try:
            yield
        finally:
            self._count -= 1

    async def done(self, work: Callable[[], T]) -> T:
        """Do the work that a place is held for, once it is its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
