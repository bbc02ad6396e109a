"""The label projects that are open in this studio, and the threads that serve them."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import torch

from models.labels.desk import Desk, step_back
from models.labels.errors import LabelError, NotKept, UnknownProject
from models.labels.live import end_live, is_live
from models.labels.project import Project
from models.labels.projects import Projects
from models.labels.rounds import active_round, begin_round, last_round, require_at_rest
from models.registry import Registry
from models.runs import Run, Runs
from models.runs.queue import Queue

__all__ = ["LabelDesks", "OpenDesk"]

MOST_OPEN = 3
"""Of those that no page asks for; a project of 60,000 digits takes about 120 MB"""
MOST_USED = 8
RESTING_S = 10.0
"""A page asks every second"""
BUSY_S = 1.0
"""Whoever asked for it just now may be about to use it"""
TRIES = 3

T = TypeVar("T")


class _LetGo(NotKept):
    """The project was closed before anything was done to it."""


@dataclass(slots=True, eq=False)
class OpenDesk:
    """A project at hand, with a thread of its own for its labels."""

    desk: Desk
    last: Run | None
    """Its newest round"""
    training: bool = False
    """Whether that was under way when it was looked at last"""
    used: float = 0.0
    """When it was asked for last, by a clock that is never set"""
    commits: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="commit")
    )

    async def commit(self, work: Callable[[], T]) -> T:
        """Do something to the labels: in order, and behind nothing but other labels.

        Raises:
            NotKept: The project was let go of meanwhile, and nothing was done.
        """
        try:
            done = asyncio.get_running_loop().run_in_executor(self.commits, work)
        except RuntimeError:
            raise _LetGo("The project was just closed; try again.") from None
        return await done

    def close(self) -> None:
        """Let it go, once what was begun is done."""
        self.commits.shutdown()
        self.desk.close()


class LabelDesks:
    """Opens projects, keeps the few that were used last, and trains them. Safe between threads.

    Args:
        registry: Checkpoints, and the workspace.
        runs: Where rounds go.
        queue: Starts them.
    """

    def __init__(self, registry: Registry, runs: Runs, queue: Queue) -> None:
        self.registry = registry
        self.runs = runs
        self.queue = queue
        self.projects = Projects(registry.workspace, registry)
        self._open: dict[str, OpenDesk] = {}
        self._lock = threading.RLock()
        self._opening: dict[str, threading.Lock] = {}
        # Torch's threads are counted for each thread that uses it: a glance shall wait for no work.
        self._science = _executor("labels-science", torch.get_num_threads())
        self._glance = _executor("labels-glance", 1)
        self._files = _executor("labels-files", torch.get_num_threads(), step_back)

    async def at_length(self, work: Callable[[], T]) -> T:
        """Do what takes a second or more, one such thing at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._science, work)

    async def to_a_file(self, work: Callable[[], T]) -> T:
        """Do what may take a minute, behind everything else; one at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._files, work)

    async def at_a_glance(self, work: Callable[[], T]) -> T:
        """Do what takes milliseconds."""
        return await asyncio.get_running_loop().run_in_executor(self._glance, work)

    def close(self) -> None:
        """Close every project."""
        with self._lock:
            found = list(self._open.values())
            self._open.clear()
        for opened in found:
            opened.close()
        for executor in (self._science, self._glance, self._files):
            executor.shutdown(cancel_futures=True)

    async def get(self, project_id: str) -> OpenDesk:
        """Return a project at hand, which is opened unless it is open.

        Raises:
            UnknownProject: There is none of that id.
            LabelError: Its labels cannot be read.
            CheckpointError: Its model cannot be read.
            DataError: There are no pictures.
        """
        return self._known(project_id) or await asyncio.to_thread(self.opened, project_id)

    async def commit(self, project_id: str, work: Callable[[Desk], T]) -> T:
        """Do something to a project's labels, in order; opened again if it was just let go of.

        Raises:
            NotKept: More projects are in use than can be open; nothing was done.
            LabelError: As for `get`; so do the other errors.
        """
        tries = 0
        while True:
            opened = await self.get(project_id)
            try:
                return await opened.commit(partial(work, opened.desk))
            except _LetGo:
                tries += 1
                if tries == TRIES:
                    raise

    def _known(self, project_id: str) -> OpenDesk | None:
        """Return a project that is open; not one that was removed: its labels would be lost."""
        with self._lock:
            opened = self._open.get(project_id)
            if opened is None or not (opened.desk.project.folder / "project.json").exists():
                return None
            self._open[project_id] = self._open.pop(project_id)  # The one used last comes last.
            opened.used = time.monotonic()
            return opened

    def opened(self, project_id: str) -> OpenDesk:
        """Return the same, in a thread that may wait."""
        try:
            project = self.projects.get(project_id)
        except UnknownProject:
            self._let_go(project_id)
            raise
        with self._lock:
            opening = self._opening.setdefault(project_id, threading.Lock())
        with opening:
            if (known := self._known(project_id)) is not None:
                return known
            opened = OpenDesk(Desk(project, self.registry), last_round(project, self.runs))
            opened.used = time.monotonic()
            with self._lock:
                self._open[project_id] = opened
                spare = self._spare()
        for one in spare:
            one.close()
        return opened

    def _spare(self) -> list[OpenDesk]:
        """Take out those that are too many: opened again at each question, none would get ready."""
        now, found = time.monotonic(), []
        for project_id, opened in list(self._open.items()):
            count, unused = len(self._open), now - opened.used
            if unused > (BUSY_S if count > MOST_USED else RESTING_S) and count > MOST_OPEN:
                found.append(self._open.pop(project_id))
        return found

    def _let_go(self, project_id: str) -> None:
        with self._lock:
            self._opening.pop(project_id, None)
            opened = self._open.pop(project_id, None)
        if opened is not None:
            opened.close()

    def rename(self, project_id: str, name: str) -> Project:
        """Call a project something else.

        Raises:
            LabelError: There is no such project, or the name is taken or none.
        """
        project = self.projects.rename(project_id, name)
        with self._lock:
            if opened := self._open.get(project_id):
                opened.desk.project = project
        return project

    def delete(self, project_id: str, typed_name: str) -> None:
        """Delete a project for good.

        Raises:
            LabelError: There is no such project, the name is another, or it is being trained.
        """
        project = self.projects.get(project_id)
        require_at_rest(project, self.runs)
        if typed_name.strip() != project.name:
            raise LabelError(
                f"Type the project's name, {project.name}, to delete it with all its labels."
            )
        self._let_go(project_id)
        self.projects.delete(project_id, typed_name)

    def begin(self, opened: OpenDesk, epochs: int) -> Run:
        """Train a project's model for some epochs.

        Raises:
            LabelError: It is being trained, or there cannot be so many epochs.
        """
        run = begin_round(opened.desk.project, self.registry, self.runs, epochs)
        opened.last = run
        self.queue.nudge()
        return run

    def stop(self, opened: OpenDesk) -> None:
        """Stop a project's training; what it has learned is kept.

        Raises:
            LabelError: It is not being trained.
        """
        run = active_round(opened.desk.project, self.runs)
        if run is None:
            raise LabelError(f"'{opened.desk.project.name}' is not being trained.")
        self.runs.stop(run)
        self.queue.nudge()

    def round_of(self, opened: OpenDesk) -> Run | None:
        """Return a project's newest round, after taking over what it has left."""
        project = opened.desk.project
        active = active_round(project, self.runs)
        if active is not None:
            opened.last = active
        elif opened.training or is_live(project):
            end_live(project)  # It may have ended without a word.
            opened.desk.nudge()
        opened.training = active is not None
        if opened.last is not None and not opened.last.folder.is_dir():
            opened.last = None  # Somebody has removed it from the list of runs.
        return opened.last


def _executor(
    name: str, threads: int, first: Callable[[], None] = lambda: None
) -> ThreadPoolExecutor:
    def begin() -> None:
        first()
        torch.set_num_threads(threads)

    return ThreadPoolExecutor(1, thread_name_prefix=name, initializer=begin)
