"""What the studio writes down: one line an event, as text or as JSON.

No password, cookie or query is ever written, and control characters of what strangers send are
escaped, so that nobody can write lines of their own into the log.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Literal

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.doors.places import address_of, route_of

__all__ = ["Format", "JsonLines", "RequestLog", "TextLines", "configure", "note", "unforeseen"]

Format = Literal["text", "json"]
FACTS = ("id", "method", "path", "status", "ms", "address", "user")
MOST_LETTERS = 2000
REQUESTS = logging.getLogger("studio.requests")
LOG = logging.getLogger(__name__)


class JsonLines(logging.Formatter):
    """A JSON object a line: time, level, event, logger, facts, and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; JSON escapes control characters itself."""
        line = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "event": record.getMessage()[:MOST_LETTERS],
            "logger": record.name,
        } | _facts(record)
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class TextLines(logging.Formatter):
    """Time, level, event and facts a line; the lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = " ".join(f"{name}={plain(str(fact))}" for name, fact in _facts(record).items())
        event = plain(record.getMessage()[:MOST_LETTERS])
        line = f"{_time(record)} {record.levelname.lower()} {event}{' ' if facts else ''}{facts}"
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n    {plain(text)}" for text in trace)
        return line


def plain(text: str) -> str:
    """Return a text with control characters, also those that turn writing around, escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: getattr(record, name) for name in FACTS if hasattr(record, name)}


def configure(kind: Format, *, requests: bool) -> None:
    """Write to stderr from now on.

    Args:
        kind: How.
        requests: Whether each request is written, too.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if kind == "json" else TextLines())
    handler.addFilter(_is_news)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    REQUESTS.setLevel(logging.INFO if requests else logging.WARNING)


def _is_news(record: logging.LogRecord) -> bool:
    """Uvicorn writes a traceback again that was written with its number."""
    error = record.exc_info[1] if record.exc_info else None
    return record.name != "uvicorn.error" or not hasattr(error, "noted_as")


def note(error: BaseException, event: str) -> str:
    """Write down an error that nobody foresaw, and return the number that finds it in the log."""
    number = secrets.token_hex(4)
    LOG.error(event, exc_info=error, extra={"id": number})
    error.noted_as = number  # type: ignore[attr-defined]
    return number


def unforeseen(request: Request, error: Exception) -> JSONResponse:
    """Answer an error that nobody foresaw with its number in the log."""
    number = note(error, f"A request failed: {request.method} {route_of(request.scope)}")
    sentence = f"The studio made a mistake with this request; its log says which, under {number}."
    return JSONResponse({"error": sentence, "id": number}, status_code=500)


class RequestLog:
    """ASGI middleware that writes a line a request.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and write down how it ended."""
        if scope["type"] not in ("http", "websocket") or not REQUESTS.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "websocket.close":
                status = message.get("code", 1000)
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            facts = {
                "method": scope.get("method", "WEBSOCKET"),
                "path": route_of(scope)[:500],
                "status": status or (500 if scope["type"] == "http" else 1000),
                "ms": round(1000 * (time.perf_counter() - begin), 1),
                "address": address_of(scope),
            }
            REQUESTS.info("request", extra=facts)
