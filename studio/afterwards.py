"""What the first model will need is loaded once the first page is on its way, and not before it."""

from __future__ import annotations

import importlib
import logging
import threading

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["SOON", "Afterwards"]

SOON = (
    *("scipy.spatial", "scipy.special", "scipy.sparse.csgraph", "scipy.ndimage"),
    *("sklearn.datasets", "sklearn.decomposition", "sklearn.linear_model"),
)
"""Libraries of maps, flights, samples and tables; a browser reads its scripts meanwhile"""
LOG = logging.getLogger(__name__)


class Afterwards:
    """ASGI middleware: after the first page it loads libraries on a thread of its own.

    Args:
        app: What answers.
        also: More libraries to load, before the others.
    """

    def __init__(self, app: ASGIApp, also: tuple[str, ...] = ()) -> None:
        self.app = app
        self.also = also
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)
        if not self._begun and scope["type"] == "http" and scope["path"] == "/":
            self._begun = True
            thread = threading.Thread(target=load, args=[self.also + SOON], daemon=True)
            thread.start()


def load(names: tuple[str, ...]) -> None:
    """Load libraries; one that cannot be is told by whoever needs it."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            LOG.warning("%s cannot be loaded.", name)
