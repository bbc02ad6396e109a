"""The door: pages of other sites cannot act on the studio, and no other name leads to it.

A studio on a local port can be reached by every page that a person's browser has open. A foreign
`Host` means a rebound DNS name, a foreign `Origin` another site's script; both are turned away
before any route is asked (cross-site request forgery and WebSocket hijacking, DNS rebinding).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LOOPBACK", "Guard"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = "frame-ancestors 'self'; img-src 'self' data: blob:; object-src 'none'"


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
        """Pass a request on, or answer 400 (foreign Host) or 403 (another site's page)."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await receive()
            # Closed before it was accepted: the browser sees a 403.
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            response = JSONResponse({"error": refusal[1]}, status_code=refusal[0])
            await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        named = headers.getlist("host")
        if len(named) != 1 or _hostname(f"//{named[0]}") not in self.hosts:
            return 400, "The studio is not to be reached under this host name."
        origin = headers.get("origin")
        if origin is not None and _netloc(origin) != named[0].lower():
            return 403, "Another site may not act on the studio."
        # A page may always be followed to by a link; pictures and scripts of it are its own.
        embeds = headers.get("sec-fetch-mode", "navigate") != "navigate"
        if embeds and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "Another site may not load parts of the studio."
        return None


def _with_headers(send: Send) -> Send:
    """Add to every answer that no other site may frame it and that nothing foreign is loaded."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", POLICY)
            headers.setdefault("X-Content-Type-Options", "nosniff")
        await send(message)

    return sending


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
