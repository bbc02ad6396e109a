"""Where a request wants to go, and where it comes from, also behind a proxy.

A proxy of ours says in `X-Forwarded-For` and `X-Forwarded-Proto` who asks and whether by https. It
is believed if it comes from an address that is trusted, by default only this machine's own; from
others these headers are dropped. `X-Forwarded-Host` is always dropped, because a page under a
foreign name may set it: a proxy hands on the `Host` it was asked by.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from studio.doors.guesses import place_of

__all__ = ["PROXIES", "Proxied", "address_of", "plain_root", "root_of", "route_of"]

PROXIES = "127.0.0.1,::1"
ROOT = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
NEVER = (
    b"forwarded",
    b"x-forwarded-host",
    b"x-forwarded-prefix",
    b"x-forwarded-server",
    b"x-gradio-server",
)


class Proxied:
    """ASGI middleware: what a trusted proxy says of a request is taken over, all else is dropped.

    Args:
        app: What comes behind.
        trusted: Addresses or networks of proxies, with commas between them.
        root_path: Sub-path that the proxy puts the studio under.
    """

    def __init__(self, app: ASGIApp, trusted: str = PROXIES, root_path: str = "") -> None:
        self.app = app
        self.root_path = root_path
        # Typed with a Scope of uvicorn's own, which is the same.
        behind: Any = ProxyHeadersMiddleware(app, trusted_hosts=trusted)  # type: ignore[arg-type]
        self.behind = behind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        peer = (scope.get("client") or ("",))[0]
        trusted = peer in self.behind.trusted_hosts
        kept = [
            (name, value)
            for name, value in scope["headers"]
            if name not in NEVER and (trusted or not name.startswith(b"x-forwarded-"))
        ]
        scope = scope | {"headers": kept}
        if self.root_path:
            scope["root_path"] = self.root_path
        await (self.behind if trusted else self.app)(scope, receive, send)


def plain_root(path: str) -> str:
    """Return a proxy's sub-path as it is kept: '' or '/studio'.

    Raises:
        ValueError: It is none.
    """
    plain = path.strip().rstrip("/")
    if not ROOT.fullmatch(plain):
        raise ValueError(
            f"{path!r:.80} is no path that a proxy can put the studio under; give one as /studio."
        )
    return plain


def root_of(scope: Scope) -> str:
    """Return the sub-path, '' without one."""
    root: str = scope.get("root_path", "")
    return root.rstrip("/")


def route_of(scope: Scope) -> str:
    """Return the path below the sub-path, whether the proxy took that off or not."""
    path: str = scope["path"]
    root = root_of(scope)
    if root and (path == root or path.startswith(root + "/")):
        path = path[len(root) :]
    return path or "/"


def address_of(scope: Scope) -> str:
    """Return the address that counts as one visitor's."""
    return place_of((scope.get("client") or ("unknown",))[0])
