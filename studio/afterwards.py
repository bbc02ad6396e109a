"""What the first model will need is loaded once the first page is on its way, and not before it."""

from __future__ import annotations

import importlib
import logging
import threading

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["SOON", "Afterwards"]

SOON = ("scipy.spatial", "scipy.special", "scipy.sparse.csgraph", "scipy.ndimage")
"""Libraries of maps, flights and samples; a browser reads its scripts meanwhile"""
LOG = logging.getLogger(__name__)


class Afterwards:
    """ASGI middleware: after the first page it loads libraries on a thread of its own.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)
        if not self._begun and scope["type"] == "http" and scope["path"] == "/":
            self._begun = True
            threading.Thread(target=_load, name="afterwards", daemon=True).start()


def _load() -> None:
    for name in SOON:
        try:
            importlib.import_module(name)
        except ImportError:  # Whoever needs it is told.
            LOG.warning("%s cannot be loaded.", name)
