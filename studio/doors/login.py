"""The gate: nothing but the health route and the login page answers whoever is not logged in.

A browser logs in on a page and shows a cookie from then on; a program sends HTTP Basic with every
request, or posts the form and keeps the cookie. Whoever is not known is led to the page if that is
what a browser can show, gets 401 and a sentence otherwise, and a WebSocket is closed with 4401.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import logging
import secrets
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Request
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.doors.accounts import Accounts
from studio.doors.guesses import Guesses, TooManyGuesses
from studio.doors.login_page import page, same_site, style, welcome
from studio.doors.places import address_of, root_of, route_of
from studio.doors.sessions import Session, Sessions

__all__ = ["CLOSE_LOGGED_OUT", "OPEN", "Gate", "Keeper", "login_routes"]

CLOSE_LOGGED_OUT = 4401
OPEN = frozenset({"/healthz", "/login", "/login.css"})
"""All that answers without a login"""
ASK = "Nobody is logged in here; open the studio in a browser, or send a name and a password."
WRONG = "The name or the password is wrong."
MOST_KNOWN = 256
HASHING = 2
"""Passwords that are looked at at the same time; each takes 16 MiB"""
LOG = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Keeper:
    """Knows who may come in."""

    accounts: Accounts
    sessions: Sessions = field(default_factory=Sessions)
    guesses: Guesses = field(default_factory=Guesses)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _known: OrderedDict[bytes, str] = field(default_factory=OrderedDict)
    _looking: dict[bytes, asyncio.Task[bool]] = field(default_factory=dict)
    _hashing: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(HASHING, "hashing")
    )

    async def is_right(self, user: str, password: str, address: str) -> bool:
        """Look at a password; whoever shows the same one meanwhile is told the same.

        Raises:
            TooManyGuesses: Too many were wrong.
        """
        key = self._key(user, password, address)
        looking = self._looking.get(key)
        if looking is None:
            self.guesses.take(address)
            looking = asyncio.create_task(self._look(user, password, address))
            self._looking[key] = looking
            looking.add_done_callback(lambda _: self._looking.pop(key))
        # One visitor who leaves does not end it for the others.
        return await asyncio.shield(looking)

    def _key(self, user: str, password: str, address: str) -> bytes:
        # Of one address only: others must not learn from it what is right without a guess.
        text = f"{address}\0{user}\0{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._secret).digest()

    async def _look(self, user: str, password: str, address: str) -> bool:
        loop = asyncio.get_running_loop()
        right = await loop.run_in_executor(self._hashing, self.accounts.check, user, password)
        if right:
            self.guesses.give_back(address)
        else:
            LOG.warning("A login was refused.", extra={"address": address, "user": user[:80]})
        return right

    async def knows(self, scope: Scope) -> str | Session | None:
        """Return whose request it is, if it shows a session's cookie or a right password.

        Raises:
            TooManyGuesses: Too many passwords were wrong.
        """
        connection = HTTPConnection(scope)
        if session := self.sessions.find(connection.cookies.get(cookie_of(scope), "")):
            return session
        if shown := _basic(connection.headers.get("authorization", "")):
            return await self._knows_password(*shown, address_of(scope))
        return None

    async def _knows_password(self, user: str, password: str, address: str) -> str | None:
        # A program shows it with every request; hashing it each time would take a core.
        key = self._key(user, password, address)
        if found := self._known.get(key):
            return found
        if not await self.is_right(user, password, address):
            return None
        self._known[key] = user
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return user


def cookie_of(scope: Scope) -> str:
    """Return the cookie's name; browsers do not tell two ports of a host apart, so it does."""
    server = scope.get("server") or ("", 0)
    return f"studio-session-{server[1] or 0}"


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic" or len(value) > 2000:
        return None
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return (user, password) if colon else None


class Gate:
    """ASGI middleware that lets in who is known.

    Args:
        app: What is behind it.
        keeper: Who knows.
    """

    def __init__(self, app: ASGIApp, keeper: Keeper) -> None:
        self.app = app
        self.keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket") or route_of(scope) in OPEN:
            await self.app(scope, receive, send)
            return
        try:
            who = await self.keeper.knows(scope)
        except TooManyGuesses as error:
            await _refuse(scope, receive, send, too_many(error), 4429)
            return
        if who is None:
            await _refuse(scope, receive, send, unknown(scope), CLOSE_LOGGED_OUT)
        elif scope["type"] == "websocket" and isinstance(who, Session):
            await self._while_logged_in(who, scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _while_logged_in(
        self, session: Session, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Serve a WebSocket until its login is over."""
        closed = accepted = False

        async def sending(message: Message) -> None:
            nonlocal accepted
            if closed:
                raise OSError("The login of this connection is over.")
            await send(message)
            accepted = accepted or message["type"] == "websocket.accept"

        async def watch() -> None:
            nonlocal closed
            with suppress(TimeoutError):
                await asyncio.wait_for(session.ended.wait(), session.until - time.monotonic())
            closed = True
            if accepted:
                said = {"code": CLOSE_LOGGED_OUT, "reason": "Logged out."}
                await send({"type": "websocket.close"} | said)

        watching = asyncio.create_task(watch())
        try:
            await self.app(scope, receive, sending)
        finally:
            watching.cancel()


async def _refuse(scope: Scope, receive: Receive, send: Send, answer: Response, code: int) -> None:
    if scope["type"] == "http":
        await answer(scope, receive, send)
        return
    await receive()
    # Accepted first: a page is told nothing of a connection that never was.
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": code, "reason": "Log in first."})


def too_many(error: TooManyGuesses) -> Response:
    """Answer that no password is looked at for now."""
    headers = {"Retry-After": str(error.wait_s)}
    return JSONResponse({"error": str(error)}, status_code=429, headers=headers)


def unknown(scope: Scope) -> Response:
    """Lead a browser to the login page, and tell all others why they are refused."""
    if scope["type"] == "http" and _wants_page(scope):
        path = route_of(scope)
        query = scope.get("query_string", b"").decode("latin-1")
        after = same_site(f"{quote(path)}?{query}" if query else quote(path))
        asked = "" if after == "/" else f"?next={quote(after, safe='')}"
        headers = {"Cache-Control": "no-store"}
        return RedirectResponse(f"{root_of(scope)}/login{asked}", 303, headers=headers)
    headers = {"Cache-Control": "no-store"}
    # To this header a browser would show a dialog of its own over the page.
    if not HTTPConnection(scope).headers.get("user-agent", "").startswith("Mozilla"):
        headers["WWW-Authenticate"] = 'Basic realm="Latent Studio", charset="UTF-8"'
    return JSONResponse({"error": ASK}, status_code=401, headers=headers)


def _wants_page(scope: Scope) -> bool:
    headers = HTTPConnection(scope).headers
    if scope["method"] not in ("GET", "HEAD"):
        return False
    # Browsers say what they are about only where the connection is secure or local.
    mode = headers.get("sec-fetch-mode")
    return mode == "navigate" if mode else "text/html" in headers.get("accept", "")


def login_routes(keeper: Keeper) -> APIRouter:
    """Return the page, what it posts to, and the way out."""
    router = APIRouter()

    @router.get("/login.css")
    def css() -> Response:
        return style()

    @router.api_route("/login", methods=["GET", "HEAD"])
    async def show(request: Request, next: str = "/", out: bool = False) -> Response:
        after, root = same_site(next), root_of(request.scope)
        token = request.cookies.get(cookie_of(request.scope), "")
        if keeper.sessions.find(token):
            return RedirectResponse(root + after, 303)
        return page(root, after, said="You are logged out." if out else "")

    @router.get("/login/done")
    async def done(request: Request) -> Response:
        return welcome(root_of(request.scope))

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        scope = request.scope
        # How long it may be and take is a limit of the studio's.
        body = await request.body()
        form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        user, password, after = (
            form.get(name, [""])[0] for name in ("username", "password", "next")
        )
        # Gradio's client and other programs post the form too, and do not follow to a page.
        by_hand = "text/html" in request.headers.get("accept", "")
        after = same_site(after)
        try:
            right = await keeper.is_right(user, password, address_of(scope))
        except TooManyGuesses as error:
            answer = too_many(error)
            if by_hand:
                answer = page(root_of(scope), after, fault=str(error), user=user, status=429)
                answer.headers["Retry-After"] = str(error.wait_s)
            return answer
        if not right:
            if by_hand:
                return page(root_of(scope), after, fault=WRONG, user=user, status=401)
            return JSONResponse({"error": WRONG}, status_code=401)
        # A login over another one leaves none behind.
        keeper.sessions.end(request.cookies.get(cookie_of(scope), ""))
        answer = (
            RedirectResponse(root_of(scope) + after, 303)
            if by_hand
            else JSONResponse({"success": True})
        )
        _show(answer, scope, keeper.sessions.begin(user), int(keeper.sessions.lasting_s))
        return answer

    @router.post("/logout")
    async def log_out(request: Request) -> Response:
        scope = request.scope
        keeper.sessions.end(request.cookies.get(cookie_of(scope), ""))
        answer = RedirectResponse(f"{root_of(scope)}/login?out=1", 303)
        _show(answer, scope, "", 0)
        return answer

    return router


def _show(answer: Response, scope: Scope, token: str, lasting_s: int) -> None:
    """Have the browser keep a token, or forget it."""
    answer.set_cookie(
        cookie_of(scope),
        token,
        max_age=lasting_s,
        path=root_of(scope) or "/",
        secure=scope.get("scheme") in ("https", "wss"),
        httponly=True,
        samesite="lax",
    )
    answer.headers["Cache-Control"] = "no-store"
