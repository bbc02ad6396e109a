"""The door: pages of other sites cannot act on the studio, and no other name leads to it.

A studio on a local port can be reached by every page that a person's browser has open. A foreign
`Host` means a rebound DNS name, a foreign `Origin` another site's script; both are turned away
before any route is asked (cross-site request forgery and WebSocket hijacking, DNS rebinding).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["LOOPBACK", "Guard"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI middleware.

    Args:
        app: What it guards.
        hosts: Names, without port, under which the studio may be addressed.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] = LOOPBACK) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 400 (foreign Host) or 403 (foreign Origin)."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            # Closed before it was accepted: the browser sees a 403.
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            response = JSONResponse({"error": refusal[1]}, status_code=refusal[0])
            await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = {
            key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
        }
        host = headers.get("host", "")
        if _hostname(f"//{host}") not in self.hosts:
            return 400, "The studio is not to be reached under this host name."
        origin = headers.get("origin")
        acts = scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS
        if acts and origin is not None and _netloc(origin) != host.lower():
            return 403, "Another site may not act on the studio."
        return None


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
