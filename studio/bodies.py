"""Bodies of requests: so many bytes and no more, and JSON that is checked on the way in."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any, TypeVar

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

__all__ = ["MAX_JSON_BYTES", "first_fault", "parsed", "received_bytes", "received_json"]

MAX_JSON_BYTES = 2_000_000

T = TypeVar("T")


async def received_bytes(request: Request, most: int, too_long: ValueError) -> bytes:
    """Read a request's body, giving up with `too_long` as soon as it has more than `most` bytes."""
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > most:
            raise too_long
    return bytes(data)


async def received_json(request: Request, cls: type[T]) -> T:
    """Read a request's body as JSON of a dataclass.

    Raises:
        ValueError: It is too long, no JSON, or a field is unknown, missing or out of range; one
            sentence on the first fault.
    """
    too_long = ValueError(f"The request has over {MAX_JSON_BYTES // 10**6} MB; send less at once.")
    data = await received_bytes(request, MAX_JSON_BYTES, too_long)
    return await asyncio.to_thread(parsed, cls, data)


def parsed(cls: type[T], data: bytes) -> T:
    """Read JSON of a dataclass.

    Raises:
        ValueError: It is no JSON, or a field is unknown, missing or out of range.
    """
    try:
        found: T = _adapter(cls).validate_json(data)
        return found
    except ValidationError as error:
        raise ValueError(f"The request cannot be used: {first_fault(error)}") from None


def first_fault(error: ValidationError, name: str = "") -> str:
    """Return a sentence on the first thing that is wrong.

    Args:
        error: All that is wrong.
        name: What was looked at.
    """
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, [*([name] if name else []), *fault["loc"]]))
    said = fault["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{f'{place:.80}: ' if place else ''}{said:.200}."


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    return TypeAdapter(cls)
