"""What can be taken out of a label project: labels, codes, figures, a checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from tempfile import TemporaryFile
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from models.labels.csv_file import write_labels
from models.labels.desk import Desk
from models.labels.exporting import figures_zip, write_latent
from models.labels.registering import register_model
from studio.bodies import received_json
from studio.label_desks import LabelDesks
from studio.label_requests import Named

__all__ = ["LabelExports"]

PIECE = 1 << 18
MEDIA = {
    "labels.csv": "text/csv",
    "latent.npz": "application/octet-stream",
    "figures.zip": "application/zip",
}


@dataclass(frozen=True, slots=True)
class LabelExports:
    """The routes below `/labels/{project}/export`."""

    desks: LabelDesks = field(repr=False)

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/labels/{project}/export")
        router.add_api_route("/checkpoint", self.checkpoint, methods=["POST"])
        router.add_api_route("/{file}", self.file)
        return router

    async def file(
        self, project: str, file: Literal["labels.csv", "latent.npz", "figures.zip"]
    ) -> Response:
        """Return a file to keep."""
        desk = (await self.desks.get(project)).desk
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        if file == "latent.npz":
            chunks = await self.desks.to_a_file(partial(_latent, desk))
            return StreamingResponse(chunks, media_type=MEDIA[file], headers=headers)
        if file == "figures.zip":
            data = await self.desks.to_a_file(partial(figures_zip, desk))
        else:
            data = (await asyncio.to_thread(lambda: write_labels(desk.store.current()))).encode()
        return Response(data, media_type=MEDIA[file], headers=headers)

    async def checkpoint(self, project: str, request: Request) -> dict[str, Any]:
        """Put the newest model into the registry under a name, and return the name it got."""
        desk = (await self.desks.get(project)).desk
        name = (await received_json(request, Named)).name
        make = partial(register_model, desk, self.desks.registry, name)
        return {"name": (await self.desks.to_a_file(make)).name}


def _latent(desk: Desk) -> Iterator[bytes]:
    """Return the content of a file piece by piece; it is made before this returns."""

    def pieces() -> Iterator[bytes]:
        # Not in memory: of 60,000 pictures it has tens of megabytes.
        with TemporaryFile() as file:
            write_latent(desk, file)
            file.seek(0)
            yield b""
            while piece := file.read(PIECE):
                yield piece

    found = pieces()
    next(found)
    return found
