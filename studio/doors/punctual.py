"""HTTP for a network of strangers: a request's headers come to an end, and so does what is left.

What is left is the body of a request that was answered before it was all there.
"""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["punctual"]


def punctual(seconds: float) -> type[H11Protocol]:
    """Return uvicorn's protocol with a limit on the seconds that a request's headers may take.

    So many may also pass from an answer to the end of a body that nobody reads. Uvicorn itself
    waits forever for both, so that a few thousand connections that send a letter a minute would
    keep everybody else out.
    """

    class Punctual(H11Protocol):
        _due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._look()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._look()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._look()

        def connection_lost(self, exc: Exception | None) -> None:
            self._rest()
            super().connection_lost(exc)

        def _look(self) -> None:
            unread = self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
            if self.conn.their_state is not h11.IDLE and not unread:
                self._rest()
            elif self._due is None:
                self._due = self.loop.call_later(seconds, self._late)

        def _rest(self) -> None:
            if self._due is not None:
                self._due.cancel()
                self._due = None

        def _late(self) -> None:
            if not self.transport.is_closing():
                self.transport.close()

    return Punctual
