"""Every endpoint of a studio, found by looking at its routes, and a plain way to ask one.

What a new route takes is found here, too: parameters of its path and query from its signature, and
the dataclasses that its JSON body is read as from its source.
"""

import ast
import asyncio
import inspect
import json
import re
import textwrap
import typing
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from types import UnionType
from urllib.parse import unquote_to_bytes, urlencode

WEBSOCKET = "WEBSOCKET"
READERS = ("received_json", "parsed")
"""Functions of studio/bodies.py that read a body as a dataclass"""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One that an address or a body has."""

    name: str
    wants: typing.Any
    """Its annotation"""
    limits: Sequence = ()
    """What annotated-types says of it, such as Ge"""
    required: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one route."""

    method: str
    path: str
    query: Sequence[Parameter] = ()
    bodies: Sequence[type] = ()
    """Dataclasses that its body is read as"""
    gradio: bool = False

    @property
    def names(self):
        """The parameters of its path."""
        return re.findall(r"{(\w+)(?::\w+)?}", self.path)

    def __str__(self):
        return f"{self.method} {self.path}"


def endpoints(app):
    """Return every endpoint of an app and of what is mounted in it."""
    found = list(_walked(app.routes, ""))
    assert len(found) > 100, "the routes are kept elsewhere now; look for them there"
    return found


def _walked(routes, prefix, gradio=False):
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                path = getattr(context, "path", None) or context.starlette_route.path
                yield from _methods(context.original_route, prefix + path, gradio)
        elif hasattr(getattr(route, "app", None), "routes") and not hasattr(route, "endpoint"):
            yield from _walked(route.app.routes, prefix + route.path, True)
        else:
            yield from _methods(route, prefix + route.path, gradio)


def _methods(route, path, gradio):
    dependant = getattr(route, "dependant", None)
    query = [] if dependant is None else dependant.query_params
    taken = [
        Parameter(
            p.alias, p.field_info.annotation, p.field_info.metadata, p.field_info.is_required()
        )
        for p in query
    ]
    bodies = [] if gradio else list(_bodies(route.endpoint))
    for method in sorted(getattr(route, "methods", None) or [WEBSOCKET]):
        yield Endpoint(method, path, taken, bodies, gradio)


def _bodies(endpoint):
    function = getattr(endpoint, "__func__", endpoint)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in READERS:
            for argument in node.args:
                named = function.__globals__.get(getattr(argument, "id", ""))
                if isinstance(named, type) and is_dataclass(named):
                    yield named


def plausible(wants, limits=()):
    """Return a value that an annotation allows, so far as can be seen."""
    origin, arguments = typing.get_origin(wants), typing.get_args(wants)
    if origin is typing.Annotated:
        return plausible(arguments[0], [*limits, *_limits(arguments[1:])])
    if origin is typing.Literal:
        return arguments[0]
    if origin in (typing.Union, UnionType):
        return plausible(next(a for a in arguments if a is not type(None)), limits)
    if origin is list:
        least = max([getattr(limit, "min_length", 1) for limit in limits], default=1)
        return [plausible(arguments[0]) for _ in range(least)]
    if is_dataclass(wants):
        return body_of(wants)
    if wants in (int, float):
        least = [getattr(limit, "ge", None) for limit in limits]
        return max([wants(bound) for bound in least if bound is not None], default=wants(1))
    return {bool: True, str: "some", dict: {}}.get(wants, "some")


def _limits(metadata):
    for item in metadata:
        yield from getattr(item, "metadata", [item])


def body_of(cls):
    """Return JSON that a dataclass allows, so far as can be seen."""
    hints = typing.get_type_hints(cls, include_extras=True)
    return {
        f.name: plausible(hints[f.name])
        if f.default is MISSING and f.default_factory is MISSING
        else f.default_factory()
        if f.default is MISSING
        else f.default
        for f in fields(cls)
    }


def takes_text(wants):
    """Whether an annotation is of text, also of some words, or of a list of it."""
    origin, arguments = typing.get_origin(wants), typing.get_args(wants)
    if origin is typing.Annotated:
        return takes_text(arguments[0])
    if origin is typing.Literal:
        return any(isinstance(argument, str) for argument in arguments)
    return wants is str or any(takes_text(argument) for argument in arguments)


def texts_of(cls):
    """Return the fields of a dataclass that take text, each with whether it is a list of it."""
    hints = typing.get_type_hints(cls, include_extras=True)
    for f in fields(cls):
        if takes_text(hints[f.name]):
            yield f.name, typing.get_origin(hints[f.name]) is list or "list[" in str(hints[f.name])


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 if nothing did."""

    status: int
    body: bytes
    headers: dict


async def ask(app, method, path, query=(), body=b"", headers=(), host="127.0.0.1:7860"):
    """Ask an app as a client would that sends the path as it is given, dots and all."""
    sent = [(b"host", host.encode()), *((k.lower().encode(), v.encode()) for k, v in headers)]
    if body:
        sent.append((b"content-length", str(len(body)).encode()))
    raw = path.encode()
    scope = {
        "type": "http",
        # Of this version, streams end as soon as who listens is gone.
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(raw).decode(errors="replace"),
        "raw_path": raw,
        "query_string": urlencode(list(query)).encode(),
        "root_path": "",
        "headers": sent,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 7860),
    }
    if method == WEBSOCKET:
        return await _connect(app, scope)
    parts, start = [], {}
    coming = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if coming:
            return coming.pop()
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    try:
        await asyncio.wait_for(app(scope, receive, send), 20)
    except Exception:
        # Its answer was sent before it was raised for the log.
        start.setdefault("status", 500)
    answered = {k.decode().lower(): v.decode() for k, v in start.get("headers", [])}
    return Answer(start.get("status", 0), b"".join(parts), answered)


async def _connect(app, scope):
    """Open a WebSocket and leave; the status is 101, or 403 if it was not let in."""
    scope |= {"type": "websocket", "scheme": "ws", "subprotocols": []}
    del scope["method"]
    said, seen = asyncio.Event(), []
    coming = [{"type": "websocket.connect"}]

    async def receive():
        if coming:
            return coming.pop()
        await said.wait()
        await asyncio.sleep(0.05)
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message):
        seen.append(message)
        said.set()

    await asyncio.wait_for(app(scope, receive, send), 20)
    let_in = bool(seen) and seen[0]["type"] == "websocket.accept"
    told = json.dumps([str(m.get("text") or m.get("reason") or "") for m in seen]).encode()
    return Answer(101 if let_in else 403, told, {})
