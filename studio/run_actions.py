"""What a person does to runs from any page: stop, resume, keep, delete, and how many at once.

Every one of these only writes into a run's folder or tells the queue; nothing is trained here.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query

from models.runs import Runs
from models.runs.queue import Queue

__all__ = ["MOST_AT_ONCE", "run_actions", "stop_run"]

MOST_AT_ONCE = 4


def run_actions(runs: Runs, queue: Queue) -> APIRouter:
    """Return the routes; a refusal is a sentence with a status of 422."""
    router = APIRouter()

    state = partial(_state, runs, queue)

    @router.post("/runs/{run_id}/stop")
    def stop(run_id: str) -> dict[str, Any]:
        return stop_run(runs, queue, run_id)

    @router.post("/runs/{run_id}/resume")
    def resume(run_id: str) -> dict[str, Any]:
        runs.resume(runs.get(run_id))
        return state(run_id)

    @router.post("/runs/{run_id}/keep")
    def keep(run_id: str) -> dict[str, Any]:
        """Register what a run has learned so far."""
        runs.resume(runs.get(run_id), keep=True)
        return state(run_id)

    @router.post("/runs/{run_id}/delete")
    def delete(run_id: str) -> dict[str, Any]:
        run = runs.get(run_id)
        runs.remove(run)
        return {"id": run.id, "state": "deleted"}

    @router.post("/queue")
    def change_queue(at_once: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)]) -> dict[str, int]:
        queue.at_once = at_once
        queue.nudge()
        return {"at_once": queue.at_once}

    return router


def stop_run(runs: Runs, queue: Queue, run_id: str) -> dict[str, Any]:
    """Stop a run; what it has learned is kept.

    Raises:
        RunError: There is none, or it is not under way.
    """
    runs.stop(runs.get(run_id))
    return _state(runs, queue, run_id)


def _state(runs: Runs, queue: Queue, run_id: str) -> dict[str, Any]:
    queue.nudge()
    return {"id": run_id, "state": runs.get(run_id).status().state}
