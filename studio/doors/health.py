"""Whether the studio is well, for whatever watches over it: `/healthz`."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from models.runs.queue import Queue
from studio.live import DecodeService

__all__ = ["Health"]

KEPT_S = 1.0
PATIENCE_S = 5.0
LEAST_FREE_BYTES = 64_000_000


@dataclass(slots=True, kw_only=True)
class Health:
    """Looks at what everything else needs; one look serves all who ask within a second."""

    service: DecodeService
    queue: Queue
    workspace: Path
    title: str
    _faults: list[str] = field(default_factory=list)
    _looked: float = -KEPT_S
    _disk: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "disk"))

    def router(self) -> APIRouter:
        """Return the route."""
        router = APIRouter()
        router.add_api_route("/healthz", self.answer, methods=["GET", "HEAD"])
        return router

    async def answer(self) -> JSONResponse:
        """Answer 200, or 503 with what is wrong."""
        if time.monotonic() - self._looked >= KEPT_S:
            # Noted before, so that many who ask at once do not all look.
            self._looked = time.monotonic()
            self._faults = await self.faults()
        said: dict[str, Any] = {"status": "ok", "studio": self.title}
        if self._faults:
            said |= {"status": "failing", "faults": self._faults}
        headers = {"Cache-Control": "no-store"}
        return JSONResponse(said, status_code=503 if self._faults else 200, headers=headers)

    async def faults(self) -> list[str]:
        """Return what is wrong, a sentence each; they name no path and no person."""
        loop = asyncio.get_running_loop()
        looking = loop.run_in_executor(self._disk, disk_faults, self.workspace)
        disk, decodes = await asyncio.gather(
            _in_time(looking, "The disk does not answer."),
            _in_time(self.service.run(lambda: []), "The thread that decodes does not answer."),
        )
        queue = [] if self.queue.alive else ["The queue of trainings is not looked after."]
        return [*disk, *queue, *decodes]


async def _in_time(looking: Awaitable[list[str]], fault: str) -> list[str]:
    """Wait for a look at something, but not for long."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await looking
    except Exception:  # Too late, or there is no thread any more.
        return [fault]


def disk_faults(workspace: Path) -> list[str]:
    """Return what is wrong with the folder that things are kept in."""
    there = next(path for path in (workspace, *workspace.absolute().parents) if path.is_dir())
    found = []
    try:
        if there == workspace:
            with tempfile.TemporaryFile(dir=there) as file:
                file.write(b"x")
        elif not os.access(there, os.W_OK):
            raise PermissionError
    except OSError:
        found.append("The workspace cannot be written to.")
    if shutil.disk_usage(there).free < LEAST_FREE_BYTES:
        found.append(f"The disk has less than {LEAST_FREE_BYTES // 10**6} MB left.")
    return found
