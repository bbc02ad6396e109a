"""One function that programs can call, and what stands around it: checks, room, clear refusals."""

from __future__ import annotations

import asyncio
import errno
import inspect
import logging
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import gradio as gr
from pydantic import TypeAdapter, ValidationError

from studio.bodies import first_fault
from studio.endpoints.answers import plain
from studio.waiting import Busy

__all__ = ["Answer", "Endpoint", "Refusal", "Room"]

AT_ONCE, WAITING = 4, 32
LOG = logging.getLogger(__name__)

Answer = dict[str, Any]


class Refusal(gr.Error):
    """What a program is told when it cannot have what it asks for: one sentence, no trace."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, print_exception=False)

    def __str__(self) -> str:
        return self.message


@dataclass(slots=True, eq=False)
class Room:
    """Lets a few programs in at once and a few more wait. It belongs to the event loop's thread."""

    at_once: int = AT_ONCE
    waiting: int = WAITING
    _inside: asyncio.Semaphore = field(init=False, repr=False)
    _count: int = 0

    def __post_init__(self) -> None:
        """Open it."""
        self._inside = asyncio.Semaphore(self.at_once)

    async def run(self, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do what somebody asks, once there is room.

        Raises:
            Busy: Too many are waiting.
        """
        if self._count >= self.at_once + self.waiting:
            raise Busy("Too many programs ask at once; try again in a moment.")
        self._count += 1
        try:
            async with self._inside:
                return await work()
        finally:
            self._count -= 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """A function that programs can call by its name.

    Its docstring is what they are told: a paragraph, and a line for each argument.
    """

    tab: str
    call: Callable[..., Awaitable[Answer]]
    writes: bool = False
    """Whether it changes anything; if so it is no tool of the MCP server"""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.call.__name__

    @property
    def arguments(self) -> list[str]:
        """What it takes; what may be left out ends in '?'."""
        named = inspect.signature(self.call).parameters.values()
        return [p.name + ("" if p.default is p.empty else "?") for p in named]

    @property
    def summary(self) -> str:
        """The first sentence about it."""
        return (inspect.getdoc(self.call) or "").partition("\n")[0]

    def guarded(self, room: Room) -> Callable[..., Awaitable[Answer]]:
        """Return the function as Gradio may offer it: arguments checked, every fault a sentence."""
        hints = typing.get_type_hints(self.call)
        told = inspect.signature(self.call)
        parameters = [p.replace(annotation=hints[name]) for name, p in told.parameters.items()]
        adapters: dict[str, TypeAdapter[Any]] = {}

        @wraps(self.call)
        async def call(*given: Any) -> Answer:
            try:
                if not adapters:
                    adapters.update(_adapters(self.call))
                asked = _checked(adapters, told.bind(*given).arguments)
                answer = await room.run(lambda: self.call(**asked))
                return await asyncio.to_thread(plain, answer)
            except (ValueError, OSError) as error:
                raise Refusal(_sentence(error)) from None
            except Exception:
                LOG.exception("The endpoint %s failed.", self.name)
                raise Refusal(UNFORESEEN) from None

        # Gradio makes the clients' documentation of these, and knows nothing of bounds.
        call.__annotations__ = hints
        call.__signature__ = told.replace(  # type: ignore[attr-defined]
            parameters=parameters, return_annotation=hints["return"]
        )
        return call


UNFORESEEN = "The studio made a mistake with this request; its log says which."


def _adapters(call: Callable[..., Any]) -> dict[str, TypeAdapter[Any]]:
    hints = typing.get_type_hints(call, include_extras=True)
    return {name: TypeAdapter(hint) for name, hint in hints.items() if name != "return"}


def _checked(adapters: dict[str, TypeAdapter[Any]], given: dict[str, Any]) -> dict[str, Any]:
    checked = {}
    for name, value in given.items():
        try:
            checked[name] = adapters[name].validate_python(value)
        except ValidationError as error:
            raise ValueError(f"This cannot be used: {first_fault(error, name)}") from None
    return checked


def _sentence(error: ValueError | OSError) -> str:
    if isinstance(error, ValueError):
        return str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full, so this was not kept; make room and try again."
    LOG.error("The system refused something.", exc_info=error)
    return UNFORESEEN
