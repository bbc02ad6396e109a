"""What the first model will need is loaded once the first page is on its way, and not before it."""

from __future__ import annotations

import importlib
import logging
import threading
import time

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["SOON", "Afterwards"]

SOON = ("scipy.spatial", "scipy.special", "scipy.sparse.csgraph", "scipy.ndimage")
"""Libraries of maps, flights and samples; a browser reads its scripts meanwhile"""
LATER = ("sklearn.datasets", "sklearn.decomposition", "sklearn.linear_model")
"""Those of tables, once the first tab has its picture: loaded before, they would delay that"""
REST_S = 4.0
LOG = logging.getLogger(__name__)


class Afterwards:
    """ASGI middleware: after the first page it loads libraries on a thread of its own.

    Args:
        app: What answers.
        also: More libraries to load, after the first tab has its picture.
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
            threading.Thread(target=self._load, name="afterwards", daemon=True).start()

    def _load(self) -> None:
        load(SOON)
        time.sleep(REST_S)
        load(self.also + LATER)


def load(names: tuple[str, ...]) -> None:
    """Load libraries; one that cannot be is told by whoever needs it."""
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError:
            LOG.warning("%s cannot be loaded.", name)
