"""How much at once: bytes of a request, connections, requests, pages; and what is said beyond that.

All ceilings are on what happens at the same time, none on how often; only guesses of passwords are
counted over time. Routes have ceilings of their own besides, with sentences that say what to do.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.manifest import MAX_FILE_BYTES
from studio.doors.places import address_of, route_of

__all__ = ["CLOSE_TOO_MANY", "Limited", "Limits", "TooMuch"]

CLOSE_TOO_MANY = 4429
IMPORTS = ("/registry/import", "/registry/import-folder")
GRADIO_UPLOADS = ("/gradio_api/upload",)
LEFT = 499
"""What servers note of a visitor who left before the answer"""
LOGIN = "/login"
HEARTBEAT = "/gradio_api/heartbeat/"
STREAMS = ("/gradio_api/queue/data", HEARTBEAT)
"""Answers that last as long as a page or its work does"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The ceilings of one studio."""

    body_bytes: int = 64_000_000
    """Of a request; nearly all routes take much less and say so themselves"""
    gradio_bytes: int = 14_500_000
    """Of a request to Gradio's own routes: a picture of 10 MB written as text"""
    upload_bytes: int = 11_000_000
    """Of a request to Gradio's upload, for a file of 10 MB"""
    import_bytes: int = MAX_FILE_BYTES + 1_000_000
    """Of a checkpoint that is imported"""
    login_bytes: int = 20_000
    """Of the login's form"""
    body_seconds: float = 60.0
    """That a request may pause while its body is sent"""
    login_seconds: float = 10.0
    """That the login's form may take in all"""
    url_bytes: int = 16_000
    header_bytes: int = 32_000
    header_seconds: float = 20.0
    """That the headers of a request may take"""
    connections: int = 2048
    """In all, of whatever kind"""
    sockets: int = 256
    """Live views in all"""
    sockets_each: int = 128
    """Live views of one address"""
    pages: int = 256
    """Open pages"""
    requests: int = 256
    """Requests being answered, in all"""
    requests_each: int = 128
    """Requests of one address being answered"""
    logins: int = 64
    """Logins being looked at, in all; they take no place of other requests"""
    logins_each: int = 16
    """Logins of one address being looked at"""
    decodes: int = 1024
    """Requests that wait for the decode thread"""
    events: int = 256
    """Of Gradio's queue that wait"""
    sessions: int = 1000
    """Logins that last; the one seen longest ago makes room"""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not getattr(self, name) > 0:
                raise ValueError(f"The limit {name} must be above 0, not {getattr(self, name)}.")

    def body_of(self, path: str) -> int:
        """Return how many bytes a request to a path may have."""
        if path == LOGIN:
            return self.login_bytes
        if path in IMPORTS:
            return self.import_bytes
        if path in GRADIO_UPLOADS:
            return self.upload_bytes
        return self.gradio_bytes if path.startswith("/gradio_api/") else self.body_bytes


class TooMuch(Exception):
    """More than there is room for; the message is for whoever asked.

    Args:
        status: Of the answer.
        sentence: What is too much and what to do.
        wait_s: Seconds after which it may be tried again; 0 says that this would not help.
    """

    def __init__(self, status: int, sentence: str, wait_s: int = 0) -> None:
        super().__init__(sentence)
        self.status, self.wait_s = status, wait_s


class Limited:
    """ASGI middleware that holds to the limits.

    Args:
        app: What is behind it.
        limits: The ceilings.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self._now: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say that it is too much."""
        kind = scope["type"]
        if kind not in ("http", "websocket") or route_of(scope) == "/healthz":
            await self.app(scope, receive, send)
            return
        try:
            _require_size(scope, self.limits)
            with self._counted(scope):
                if kind == "websocket":
                    await self.app(scope, receive, send)
                else:
                    await _Body(self.app, scope, receive, send, self.limits).run()
        except TooMuch as error:
            await _refuse(error, scope, receive, send)

    @contextmanager
    def _counted(self, scope: Scope) -> Iterator[None]:
        limits, path, address = self.limits, route_of(scope), address_of(scope)
        if scope["type"] == "websocket":
            most, each, kind = limits.sockets, limits.sockets_each, "live views"
        elif path.startswith(HEARTBEAT):
            most, each, kind = limits.pages, limits.pages, "pages"
        elif path.startswith(STREAMS):
            most, each, kind = limits.connections, limits.connections, "streams"
        elif path == LOGIN and scope["method"] == "POST":
            most, each, kind = limits.logins, limits.logins_each, "logins"
        else:
            most, each, kind = limits.requests, limits.requests_each, "requests"
        if path == "/" and self._now["pages", ""] >= limits.pages:
            raise TooMuch(503, "The studio is full: too many pages are open. Come back later.", 60)
        if self._now[kind, ""] >= most:
            raise TooMuch(503, f"The studio is full: too many {kind} at once. Try again soon.", 5)
        if self._now[kind, address] >= each:
            raise TooMuch(
                429, f"Too many {kind} come from your address at once; wait or close some.", 5
            )
        for key in ((kind, ""), (kind, address)):
            self._now[key] += 1
        try:
            yield
        finally:
            for key in ((kind, ""), (kind, address)):
                self._now[key] -= 1
                if not self._now[key]:
                    del self._now[key]


class _Body:
    """One request, whose body is counted as it comes."""

    def __init__(
        self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, limits: Limits
    ) -> None:
        self.app, self.scope, self.limits = app, scope, limits
        self._receive, self._send = receive, send
        path, now = route_of(scope), asyncio.get_running_loop().time()
        self.most = limits.body_of(path)
        # A stranger must not hold a place for as long as he likes.
        self.until = now + limits.login_seconds if path == LOGIN else math.inf
        self.size, self.whole, self.begun = 0, False, False
        self.fault: TooMuch | None = None

    async def run(self) -> None:
        declared = Headers(scope=self.scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self.most:
            raise self.too_long()
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnect:
            # An error of nobody's; the answer reaches nothing but the log of requests.
            if not self.begun:
                await Response(status_code=LEFT)(self.scope, self._receive, self.send)
        except Exception:
            # To the app it looks as if its client were gone.
            if self.fault is None:
                raise
        if self.fault and not self.begun:
            raise self.fault

    def too_long(self) -> TooMuch:
        most = f"{self.most / 1e6:.0f} MB" if self.most >= 1e6 else f"{self.most / 1e3:.0f} kB"
        return TooMuch(413, f"The request has over {most}; send less at once.")

    async def receive(self) -> Message:
        if self.whole:
            return await self._receive()
        paused = asyncio.get_running_loop().time() + self.limits.body_seconds
        try:
            async with asyncio.timeout_at(min(paused, self.until)):
                message = await self._receive()
        except TimeoutError:
            self.fault = TooMuch(408, "The rest of the request did not come; send it again.")
        else:
            self.size += len(message.get("body", b""))
            self.whole = not message.get("more_body", False)
            if self.size <= self.most:
                return message
            self.fault = self.too_long()
        self.whole = True
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.fault and not self.begun:
            return
        self.begun = True
        await self._send(message)


def _require_size(scope: Scope, limits: Limits) -> None:
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string", b"")) > limits.url_bytes:
        raise TooMuch(414, "The address is too long; send less in it.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > limits.header_bytes:
        raise TooMuch(431, "The headers of the request are too long; delete this site's cookies.")


async def _refuse(error: TooMuch, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        headers = {"Retry-After": str(error.wait_s)} if error.wait_s else {}
        # What is left of the body is not read.
        headers |= {"Connection": "close"} if error.status in (408, 413) else {}
        answer = JSONResponse({"error": str(error)}, status_code=error.status, headers=headers)
        await answer(scope, receive, send)
        return
    await receive()
    # Accepted first: a page is told nothing of a connection that never was.
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": CLOSE_TOO_MANY, "reason": str(error)})
