"""Whether the studio is well, for whatever watches over it: `/healthz`."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
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
        found = await asyncio.to_thread(disk_faults, self.workspace)
        if not self.queue.alive:
            found.append("The queue of trainings is not looked after.")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self.service.run(lambda: None)
        except Exception:  # Too late, or there is no thread any more.
            found.append("The thread that decodes does not answer.")
        return found


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
