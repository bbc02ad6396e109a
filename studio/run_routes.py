"""What the screens ask about runs over HTTP. Reading only; runs are written by their workers.

Answers are JSON unless said otherwise; whatever cannot be found is {"error": sentence} with 404.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from fastapi.responses import Response

from models.runs import Run, Runs
from models.runs.queue import Queue
from studio.run_curves import pack
from studio.run_shelf import RunShelf, UnknownRun, to_bytes

__all__ = ["RunRoutes"]

Offset = Annotated[int, Query(ge=0, lt=2**53)]
MAX_COMPARED = 200
BINARY = "application/octet-stream"
KEEP = {"Cache-Control": "private, max-age=86400"}
FRESH = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class RunRoutes:
    """The routes below `/runs`."""

    shelf: RunShelf
    queue: Queue

    @classmethod
    def of(cls, runs: Runs, queue: Queue) -> RunRoutes:
        """Return the routes of a workspace's runs."""
        return cls(RunShelf(runs), queue)

    def router(self) -> APIRouter:
        """Return them as a router."""
        router = APIRouter(prefix="/runs")
        router.add_api_route("", self.all)
        # Before the ids, none of which they are.
        router.add_api_route("/curves", self.curves)
        router.add_api_route("/details", self.several)
        router.add_api_route("/{run_id}", self.details)
        router.add_api_route("/{run_id}/news", self.news)
        router.add_api_route("/{run_id}/latent", self.latent)
        router.add_api_route("/{run_id}/samples/{name}", self.sample)
        return router

    def all(self) -> Response:
        """Return a summary of every run, the studio's clock, and how many may run at once."""
        summaries = self.shelf.summaries()
        return _json({"runs": summaries, "now": time.time(), "at_once": self.queue.at_once})

    def details(self, run_id: str) -> Response:
        """Return what a run was asked to do, and how it is doing."""
        return _json(self.shelf.details(self.shelf.get(run_id)))

    def news(self, run_id: str, metrics: Offset = 0, log: Offset = 0) -> Response:
        """Return what came since the offsets of the last answer."""
        return _json(self.shelf.news(self.shelf.get(run_id), metrics, log) | {"now": time.time()})

    def latent(self, run_id: str) -> Response:
        """Return uint32 n, float32 x [n], float32 y [n], uint8 label [n] (255: unlabelled)."""
        codes, labels, step = self.shelf.latent(self.shelf.get(run_id))
        x, y = (np.ascontiguousarray(codes[:, i]) for i in (0, 1))
        count = np.uint32(len(labels)).astype("<u4")
        data = b"".join(part.tobytes() for part in (count, x, y, labels))
        return Response(data, media_type=BINARY, headers=FRESH | {"X-Step": str(step)})

    def sample(self, run_id: str, name: str) -> Response:
        """Return one picture of samples."""
        data = self.shelf.sample(self.shelf.get(run_id), name)
        return Response(data, media_type="image/png", headers=KEEP)

    def curves(self, ids: str) -> Response:
        """Return the epochs of several runs (ids with commas between them) as binary columns.

        Runs that are gone are left out. For the format see `studio.run_curves.pack`.
        """
        curves = {run.id: self.shelf.curves(run) for run in self._those(ids)}
        return Response(pack(curves), media_type=BINARY, headers=FRESH)

    def several(self, ids: str) -> Response:
        """Return {"runs": [details]} of several runs; those that are gone are left out."""
        return _json({"runs": [self.shelf.details(run) for run in self._those(ids)]})

    def _those(self, ids: str) -> list[Run]:
        wanted = list(dict.fromkeys(ids.split(",")))
        if len(wanted) > MAX_COMPARED:
            raise ValueError(f"At most {MAX_COMPARED} runs can be compared at once.")
        found = []
        for run_id in wanted:
            with suppress(UnknownRun):
                found.append(self.shelf.get(run_id))
        return found


def _json(answer: object) -> Response:
    return Response(to_bytes(answer), media_type="application/json", headers=FRESH)
