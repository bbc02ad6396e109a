"""The guard: pages of other sites cannot act on the studio, and no other name leads to it.

A studio on a local port can be reached by every page that a person's browser has open. A foreign
`Host` means a rebound DNS name, a foreign `Origin` another site's script; both are turned away
before any route is asked (cross-site request forgery and WebSocket hijacking, DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["LOOPBACK", "Guard", "plain_name"]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = "frame-ancestors 'self'; img-src 'self' data: blob:; object-src 'none'"
HOST = re.compile(
    r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})))(?::\d{1,5})?"
)
"""An address of IPv6 in brackets or a name, and a port: no user, path, space or second colon"""


class Guard:
    """ASGI middleware.

    Args:
        app: What it guards.
        hosts: Names, without port, under which the studio may be addressed.
        addresses: Whether any literal IP address will do besides. A rebound name is never one.
    """

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str] = LOOPBACK, addresses: bool = False
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.addresses = addresses

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
        if len(named) != 1 or not self._is_ours(named[0]):
            return 400, "The studio is not to be reached under this host name."
        origins = headers.getlist("origin")
        if origins and (len(origins) > 1 or _netloc(origins[0]) != named[0].lower()):
            return 403, "Another site may not act on the studio."
        # A page may always be followed to by a link; pictures, scripts and frames are its own.
        followed = headers.get("sec-fetch-mode", "navigate") == "navigate"
        followed = followed and headers.get("sec-fetch-dest", "document") == "document"
        if not followed and headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return 403, "Another site may not load parts of the studio."
        return None

    def _is_ours(self, host: str) -> bool:
        found = HOST.fullmatch(host)
        if found is None:
            return False
        name = (found[1] or found[2]).lower().rstrip(".")
        return name in self.hosts or (self.addresses and _is_address(name))


def plain_name(name: str) -> str:
    """Return a host name as it is compared: in small letters, without brackets.

    Raises:
        ValueError: It is none.
    """
    plain = name.strip().lower().rstrip(".")
    bare = plain[1:-1] if plain.startswith("[") and plain.endswith("]") else plain
    if not _is_address(bare) and not re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]{0,252})", bare):
        raise ValueError(
            f"{name!r:.80} is no host name; give it without http:// and port, as example.org."
        )
    return bare


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _with_headers(send: Send) -> Send:
    """Add to every answer that no other site may frame it and that nothing foreign is loaded."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", POLICY)
            headers.setdefault("X-Content-Type-Options", "nosniff")
        await send(message)

    return sending


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None
