"""Whose turn it is on the decode thread: all requests in turn, a small chunk of each at a time.

Shapes: N codes still to do, n codes of a chunk, D latent dimensions.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.checkpoint import Checkpoint

__all__ = ["Compute", "Float", "Request", "Turns"]

LIVE_BATCHES_IN_A_ROW = 3

Float = np.ndarray[tuple[int, ...], np.dtype[np.float32]]
Compute = Callable[[Checkpoint, Float], np.ndarray[Any, Any]]
"""From codes [n, D] to as many rows"""


@dataclass(slots=True, eq=False, kw_only=True)
class Request:
    """Codes that somebody waits for; computed chunk by chunk, and with others of the same kind."""

    checkpoint: Checkpoint
    compute: Compute
    at_once: int
    """Codes of one chunk"""
    z_ND: Float
    """Those still to do"""
    done: asyncio.Future[Any]
    """Gets all rows, or the error"""
    rows: list[np.ndarray[Any, Any]] = field(default_factory=list)

    def joins(self, other: Request) -> bool:
        """Whether both can be computed in one batch."""
        return self.checkpoint is other.checkpoint and self.compute is other.compute

    def take(self) -> Float:
        """Take the next chunk off it, [n, D]."""
        chunk, self.z_ND = self.z_ND[: self.at_once], self.z_ND[self.at_once :]
        return chunk

    def add(self, rows: np.ndarray[Any, Any]) -> None:
        """Note the rows of the chunk that was taken last."""
        self.rows.append(rows)
        if not len(self.z_ND) and not self.done.done():
            self.done.set_result(self.rows[0] if len(self.rows) == 1 else np.concatenate(self.rows))

    def fail(self, error: Exception) -> None:
        """Give it up."""
        if not self.done.done():
            self.done.set_exception(error)


class Turns:
    """Two queues of requests: what follows a hand, and the background."""

    def __init__(self) -> None:
        self._live: deque[Request] = deque()
        self._background: deque[Request] = deque()
        self._live_batches = 0

    def __bool__(self) -> bool:
        return bool(self._live or self._background)

    def __len__(self) -> int:
        return len(self._live) + len(self._background)

    def add(self, request: Request, *, background: bool) -> None:
        """Let a request wait for its turn."""
        (self._background if background else self._live).append(request)

    def next_batch(self) -> list[tuple[Request, Float]]:
        """Take a chunk of the request whose turn it is, and whole chunks of others that fit in.

        What is left of them goes to the end of the queue. Those whose asker is gone, or has got an
        error, are dropped; there may be none besides.
        """
        waiting = self._next_queue()
        batch: list[tuple[Request, Float]] = []
        passed: list[Request] = []
        unfinished: list[Request] = []
        room = 1
        while waiting and room > 0:
            request = waiting.popleft()
            if request.done.done():
                continue
            if not batch:
                room = request.at_once
            elif not request.joins(batch[0][0]) or min(len(request.z_ND), request.at_once) > room:
                passed.append(request)
                continue
            chunk = request.take()
            room -= len(chunk)
            batch.append((request, chunk))
            if len(request.z_ND):
                unfinished.append(request)
        waiting.extendleft(reversed(passed))
        waiting.extend(unfinished)
        return batch

    def _next_queue(self) -> deque[Request]:
        """Live requests go first, but every few batches the background gets one too."""
        turn = self._live_batches >= LIVE_BATCHES_IN_A_ROW
        if self._background and (turn or not self._live):
            self._live_batches = 0
            return self._background
        self._live_batches += 1
        return self._live
