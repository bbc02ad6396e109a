"""`python -m tests.load.browsers`: a process that does what N browsers do.

Each behaves as the page does. Sixty times a second it wishes for another place; at most one request
is on its way, and only the newest wish is kept while it is. Every other second or so, somebody in
front of it does something else: looks at the list of checkpoints, at the map, at a path.

It prints two lines of JSON: one when measuring begins, one with all that was measured.
"""

from __future__ import annotations

import asyncio
import json
import random
import struct
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx
import numpy as np
import typer
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

MOVES_A_SECOND = 60
THINKING_S = 2.0
"""Between two calls of one person, on average"""
PATIENCE_S = 30
SWING = 2.5
"""How far from the middle the hand goes"""


@dataclass(slots=True, kw_only=True)
class Plan:
    """What all browsers of a measurement have in common."""

    address: str
    model: str
    seconds: float
    warm_up: float
    login: tuple[str, str] | None = None
    start: float = float("inf")
    """When measuring begins; endless until all are there"""

    def measures(self, at: float) -> bool:
        """Tell whether what began at a time counts."""
        return self.start <= at < self.start + self.seconds

    @property
    def over(self) -> bool:
        """Whether nothing more counts."""
        return time.perf_counter() >= self.start + self.seconds


@dataclass(slots=True)
class Browser:
    """One of them, and what it has seen."""

    plan: Plan
    number: int
    round_trips: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    wanted: bytes | None = None
    sent_at: float | None = None
    dimensions: int = 0
    moves: int = 0

    async def visit(self, ready: asyncio.Queue[None], go: asyncio.Event) -> None:
        """Open the studio, and once all have, live until measuring is over."""
        limits = httpx.Limits(max_connections=2)
        try:
            async with httpx.AsyncClient(
                base_url=self.plan.address, limits=limits, timeout=PATIENCE_S, verify=False
            ) as client:
                socket = await self._open(client)
                ready.put_nowait(None)
                await go.wait()
                async with socket:
                    await self._live(client, socket)
        except* (httpx.HTTPError, OSError, WebSocketException, ValueError) as found:
            for error in found.exceptions:
                self.faults[f"{type(error).__name__}: {str(error)[:200]}"] += 1
        finally:
            ready.put_nowait(None)  # Whoever failed is not waited for.

    async def _open(self, client: httpx.AsyncClient) -> ClientConnection:
        """Load the page and its data, and connect the live view with the cookies of the page."""
        plan = self.plan
        (await client.get("/", follow_redirects=True)).raise_for_status()
        if plan.login:
            form = {"username": plan.login[0], "password": plan.login[1]}
            (await client.post("/login", data=form)).raise_for_status()
        about = (await client.get(f"/checkpoints/{plan.model}")).raise_for_status().json()
        self.dimensions = about["latent_dim"]
        (await client.get(f"/checkpoints/{plan.model}/points")).raise_for_status()
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return await connect(
            f"{plan.address.replace('http', 'ws', 1)}/live/{plan.model}?density=1",
            additional_headers={"Cookie": cookies} if cookies else {},
            compression=None,
            open_timeout=PATIENCE_S,
        )

    async def _live(self, client: httpx.AsyncClient, socket: ClientConnection) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look(socket))
            thinking = group.create_task(self._think(client))
            await self._move(socket)
            thinking.cancel()

    async def _move(self, socket: ClientConnection) -> None:
        """Wish for another place at each frame of the screen."""
        # Screens do not draw in step with each other.
        due = time.perf_counter() + random.random() / MOVES_A_SECOND
        while not self.plan.over:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due = max(due + 1 / MOVES_A_SECOND, time.perf_counter() - 0.1)
            self.moves += 1
            angles = (self.moves / 50 + self.number) * np.arange(1, self.dimensions + 1)
            place = (SWING * np.sin(angles)).astype("<f4")
            self.wanted = struct.pack("<I", self.moves) + place.tobytes()
            await self._send(socket)
        await socket.close()

    async def _send(self, socket: ClientConnection) -> None:
        if self.wanted is None or self.sent_at is not None:
            return
        message, self.wanted = self.wanted, None
        self.sent_at = time.perf_counter()
        await socket.send(message)

    async def _look(self, socket: ClientConnection) -> None:
        """Take each picture, and send the wish that came meanwhile."""
        async for message in socket:
            now, sent_at = time.perf_counter(), self.sent_at
            self.sent_at = None
            if isinstance(message, str):
                self.faults[message[:200]] += 1
            elif sent_at is not None and self.plan.measures(now):
                self.round_trips.append(now - sent_at)
            if not self.plan.over:
                await self._send(socket)
        if not self.plan.over:
            self.faults["The live view was closed."] += 1

    async def _think(self, client: httpx.AsyncClient) -> None:
        """Do something else now and then."""
        calls = self._calls()
        turn = self.number
        await asyncio.sleep(random.random() * THINKING_S)
        while not self.plan.over:
            began = time.perf_counter()
            try:
                answer = await client.get(calls[turn % len(calls)])
            except httpx.HTTPError as error:
                self.faults[type(error).__name__] += 1
            else:
                if answer.status_code != 200:
                    self.faults[f"{calls[turn % len(calls)][:60]}: {answer.status_code}"] += 1
                elif self.plan.measures(began):
                    self.calls.append(time.perf_counter() - began)
            turn += 1
            await asyncio.sleep(THINKING_S * random.uniform(0.5, 1.5))

    def _calls(self) -> list[str]:
        """Return what is asked for in turn: three things to read, three to be decoded."""
        here = f"/checkpoints/{self.plan.model}"
        a, b = (",".join([number] * self.dimensions) for number in ("-1", "1"))
        around = "manifold?x0=-2&x1=2&y0=-2&y1=2&nx=10&ny=10"
        path = f"path?a={a}&b={b}&steps=8"
        decoded = [around, path] if self.dimensions == 2 else [path]
        return ["/registry", *(f"{here}/{part}" for part in (*decoded, "points", "sample", path))]


async def measure(plan: Plan, count: int) -> dict[str, Any]:
    """Return what browsers of a plan see, all together."""
    browsers = [Browser(plan, number) for number in range(count)]
    ready: asyncio.Queue[None] = asyncio.Queue()
    go = asyncio.Event()
    visits = [asyncio.create_task(browser.visit(ready, go)) for browser in browsers]
    for _ in browsers:
        await ready.get()
    go.set()
    await asyncio.sleep(plan.warm_up)
    plan.start = time.perf_counter()
    print(json.dumps({"measuring": True}), flush=True)
    busy = time.process_time()
    await asyncio.sleep(plan.seconds)
    busy, wall = time.process_time() - busy, time.perf_counter() - plan.start
    await asyncio.wait(visits, timeout=PATIENCE_S)
    return summary(browsers, plan.seconds) | {"client_cpu": round(busy / wall, 3)}


def summary(browsers: list[Browser], seconds: float) -> dict[str, Any]:
    """Return the figures of one measurement: times in milliseconds, frames a second of each."""
    frames = [len(browser.round_trips) / seconds for browser in browsers]
    trips = [1000 * t for browser in browsers for t in browser.round_trips]
    calls = [1000 * t for browser in browsers for t in browser.calls]
    faults = sum((browser.faults for browser in browsers), Counter[str]())
    return {
        "browsers": len(browsers),
        "frames_median": _percentile(frames, 50),
        "frames_worst": _percentile(frames, 0),
        "trip_p50_ms": _percentile(trips, 50),
        "trip_p95_ms": _percentile(trips, 95),
        "calls": len(calls),
        "call_p50_ms": _percentile(calls, 50),
        "call_p95_ms": _percentile(calls, 95),
        "errors": sum(faults.values()),
        "faults": dict(faults.most_common(5)),
    }


def _percentile(values: list[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 1) if values else None


def main(
    address: str,
    count: int,
    seconds: float,
    model: str = "navigator-mnist",
    warm_up: float = 2.0,
    login: Annotated[str, typer.Option(envvar="STUDIO_AUTH", show_envvar=False)] = "",
) -> None:
    """Measure COUNT browsers at ADDRESS for SECONDS."""
    name, _, password = login.partition(":")
    plan = Plan(
        address=address,
        model=model,
        seconds=seconds,
        warm_up=warm_up,
        login=(name, password) if login else None,
    )
    print(json.dumps(asyncio.run(measure(plan, count))), flush=True)


if __name__ == "__main__":
    sys.exit(typer.run(main))
