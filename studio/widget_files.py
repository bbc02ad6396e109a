"""The widgets' scripts: kept in memory, kept for good by browsers, and asked for all at once.

A tab is made of many small modules, and a browser learns of one only when it has read the module
that imports it: four or five waves of questions, one after another. So a page names, before it is
drawn, all modules of the tab that it opens on, and those of another tab as soon as a pointer
comes near to it. The address holds a hash of all files: what a browser has is never asked for
again, and a studio that was changed has other addresses.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["FILES", "VERSION", "Preloading", "modules_of", "widget_files"]

WIDGETS = Path(__file__).resolve().parent / "widgets"
MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
FILES = {
    path.relative_to(WIDGETS).as_posix(): path.read_bytes()
    for path in sorted(WIDGETS.rglob("*"))
    if path.suffix in MEDIA_TYPES
}
VERSION = hashlib.sha256(
    b"".join(name.encode() + b"\0" + data + b"\0" for name, data in FILES.items())
).hexdigest()[:12]
VERSIONED = re.compile(r"([0-9a-f]{12})/")
IMPORT = re.compile(rb"""(?:\bfrom|^import) ['"](\.{1,2}/[^'"]+)['"]""", re.MULTILINE)
FOR_GOOD = "max-age=31536000, immutable"


def imports(name: str) -> list[str]:
    """Return the modules that a module names, as paths below `studio/widgets`."""
    folder = posixpath.dirname(name)
    found = (match.decode() for match in IMPORT.findall(FILES[name]))
    return [posixpath.normpath(posixpath.join(folder, path)) for path in found]


def modules_of(starts: Iterable[str]) -> list[str]:
    """Return modules and all that they lead to, those that are needed first in front."""
    waiting = list(starts)
    found: dict[str, None] = {}
    for name in waiting:
        if name in FILES and name not in found:
            found[name] = None
            waiting.extend(imports(name))
    return list(found)


def widget_files(modules: dict[str, list[str]]) -> APIRouter:
    """Serve the widgets' scripts, and nothing else of their folders, from memory.

    Args:
        modules: Which modules each tab is made of; pages read it to ask for them early.
    """
    files = FILES | {"modules.json": json.dumps(modules).encode()}
    packed = {name: gzip.compress(data, 9, mtime=0) for name, data in files.items()}
    types = {name: MEDIA_TYPES.get(Path(name).suffix, "application/json") for name in files}
    router = APIRouter()

    @router.get("/widgets/{path:path}")
    def widget_file(request: Request, path: str) -> Response:
        # A page may be older than the studio that it now asks.
        versioned = VERSIONED.match(path)
        name = path[versioned.end() :] if versioned else path
        if name not in files:
            return Response(status_code=404)
        lasts = versioned is not None and versioned[1] == VERSION
        headers = {
            "Cache-Control": FOR_GOOD if lasts else "no-cache",
            "Vary": "Accept-Encoding",
        }
        data = files[name]
        if "gzip" in request.headers.get("accept-encoding", ""):
            data, headers["Content-Encoding"] = packed[name], "gzip"
        return Response(data, media_type=types[name], headers=headers)

    return router


class Preloading:
    """ASGI middleware that lets the studio's page name the modules of the tab that it opens on.

    Args:
        app: What answers with the page.
        modules: Which modules each tab is made of; the first tab is the one without an address.
    """

    def __init__(self, app: ASGIApp, modules: dict[str, list[str]]) -> None:
        self.app = app
        self.links = {tab: _links(names).encode() for tab, names in modules.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; add links to the answer if it is the page."""
        if scope["type"] != "http" or not _is_page(scope):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        tab = request.query_params.get("tab", "")
        links = self.links.get(tab) or next(iter(self.links.values()), b"")
        packs = "gzip" in request.headers.get("accept-encoding", "")
        await self.app(scope, receive, _adding(send, links, packs))


def _links(names: Iterable[str]) -> str:
    at = f"./widgets/{VERSION}"
    return "".join(f'<link rel="modulepreload" href="{at}/{name}">\n' for name in names)


def _is_page(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return scope["method"] == "GET" and path in ("", "/")


def _adding(send: Send, links: bytes, packs: bool) -> Send:
    """Hold an HTML answer back until all of it is there; send it with the links, and packed."""
    start: Message | None = None
    body = b""

    async def sending(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            is_page = headers.get("content-type", "").startswith("text/html")
            if message["status"] == 200 and is_page and "content-encoding" not in headers:
                start = message
                return
        if start is None:
            await send(message)
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        body = body.replace(b"</head>", links + b"</head>", 1)
        headers = MutableHeaders(raw=start["headers"])
        if packs:
            body = gzip.compress(body, 4)
            headers["Content-Encoding"] = "gzip"
        headers.add_vary_header("Accept-Encoding")
        headers["Content-Length"] = str(len(body))
        await send(start)
        await send({**message, "body": body})

    return sending
