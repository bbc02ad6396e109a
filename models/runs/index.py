"""All runs of a workspace: listing them, and making, claiming and resuming one.

Whatever changes who may work on a run happens under one file lock, so that two starts at once, from
any two processes, end as one run and one refusal.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from models.atomic import remove_folder, write_folder
from models.config import to_json
from models.lock import folder_lock
from models.manifest import to_json_bytes
from models.recipes import Recipe
from models.registry import PRETRAINED, Registry, require_name
from models.runs.config import Launch, RunConfig
from models.runs.folder import Run, RunError, read_run
from models.runs.status import Status, is_at_work, now_running

__all__ = ["Runs", "made"]

RUN_ID = re.compile(r"\d{8}-\d{6}-[A-Za-z0-9][A-Za-z0-9._-]{0,63}-[0-9a-f]{6}\Z")
COUNTED = re.compile(r"-\d{1,4}\Z")


def made(run: Run) -> tuple[str, str]:
    """Return what runs are sorted by: when they were made.

    Many can be made in one second, and the local time of an id goes back in autumn.
    """
    return run.config.created, run.id


class Runs:
    """The runs under `<workspace>/runs`. Safe to share between threads and processes.

    Args:
        workspace: Folder of a person's own files; need not exist yet.
        pretrained: Folder of shipped checkpoints, whose names are taken.
    """

    def __init__(self, workspace: Path, *, pretrained: Path = PRETRAINED) -> None:
        self.workspace = workspace
        self.folder = workspace / "runs"
        self.registry = Registry(workspace, pretrained=pretrained)
        self._resting: dict[str, int] = {}

    def list(self) -> list[Run]:
        """Return every readable run, the newest first."""
        if not self.folder.is_dir():
            return []
        runs = [run for folder in self.folder.iterdir() if (run := self._readable(folder))]
        return sorted(runs, key=made, reverse=True)

    def active(self) -> Sequence[Run]:
        """Return the runs that wait or are being trained, the newest first.

        Asked often and of many: those that rest are looked at again only when their status changed.
        """
        if not self.folder.is_dir():
            return []
        active = []
        for folder in self.folder.iterdir():
            changed = _changed(folder / "status.json")
            if changed is None or self._resting.get(folder.name) == changed:
                continue
            run = self._readable(folder)
            if run is not None and run.status().active:
                active.append(run)
            else:
                self._resting[folder.name] = changed
        return sorted(active, key=made, reverse=True)

    def _readable(self, folder: Path) -> Run | None:
        if RUN_ID.match(folder.name) and folder.is_dir() and not folder.is_symlink():
            with suppress(RunError):
                return read_run(folder)
        return None

    def checkpoints(self) -> dict[str, str]:
        """Return the names that the registry knows runs' checkpoints by, whatever they are now."""
        entries = self.registry.entries()
        return {e.config.run: e.name for e in entries if e.config and e.config.run}

    def get(self, run_id: str) -> Run:
        """Return a run by its id.

        Raises:
            RunError: There is none, or it cannot be read.
        """
        folder = self.folder / run_id
        if RUN_ID.match(run_id) and folder.is_dir() and not folder.is_symlink():
            return read_run(folder)
        raise RunError(f"There is no run {run_id!r:.100}; `python -m models runs list` shows all.")

    def find(self, part: str) -> Run:
        """Return a run by its id, or by an ending or beginning that only it has.

        Raises:
            RunError: There is none, or several, or it cannot be read.
        """
        if not re.match(r"[A-Za-z0-9._-]{3,}\Z", part) or RUN_ID.match(part):
            return self.get(part)
        named = [r for r in self.list() if r.id.endswith(part) or r.id.startswith(part)]
        if len(named) > 1:
            raise RunError(f"{len(named)} runs are called {part}; write more of the id.")
        return named[0] if named else self.get(part)

    def create(
        self,
        recipe: Recipe,
        *,
        name: str | None = None,
        overrides: Mapping[str, object] | None = None,
        launch: Launch | None = None,
        command: str = "",
        parent: str | None = None,
        queued: bool = False,
        project: str = "",
        labels: str | None = None,
    ) -> Run:
        """Make a run's folder.

        Args:
            recipe: The recipe with its overrides applied.
            name: Name of the checkpoint; the recipe's if None. A number is added if a checkpoint
                has it already.
            overrides: What differs from the recipe of that name.
            launch: Where and how it computes.
            command: A command line that does the same.
            parent: Id of the run whose settings it began with.
            labels: The CSV file of the labels that it learns from, if it is given some.
            queued: Whether it waits for a worker; otherwise it belongs to this process at once.
            project: Id of the label project that it is a round of.

        Raises:
            RunError: A run that is queued or being trained has that name.
            CheckpointError: The name is none.
            OSError: The folder cannot be written; nothing is left behind.
        """
        wanted = require_name(name or recipe.name)
        with self._lock():
            final = self.registry.free_name(wanted)
            self._require_no_active(final)
            stamp = f"{datetime.now():%Y%m%d-%H%M%S}-{recipe.name}-{secrets.token_hex(3)}"
            if not RUN_ID.match(stamp):
                raise RunError(f"{recipe.name!r:.80} is no recipe name that a folder could have.")
            run = Run(
                self.folder / stamp,
                RunConfig(
                    id=stamp,
                    name=final,
                    recipe=recipe,
                    overrides=dict(overrides or {}),
                    launch=launch or Launch(),
                    command=command,
                    parent=parent,
                    project=project,
                ),
            )
            status = Status(epochs=recipe.training.epochs)
            if not queued:
                status = now_running(status, "starting")
            files = {
                "run.json": to_json_bytes(to_json(run.config)),
                "status.json": to_json_bytes(to_json(status)),
            }
            if labels is not None:
                files[run.labels.name] = labels.encode()
            write_folder(run.folder, files)
        return run

    def claim(self, run: Run, pid: int | None = None, phase: str = "starting") -> Status:
        """Make a run belong to a process, by default this one, and return its status.

        Raises:
            RunError: Another process works on it, or it has ended.
        """
        with self._lock():
            if not run.folder.is_dir():
                raise RunError(f"Run {run.id} was deleted.")
            status = run.status()
            running = status.state in ("running", "stopping")
            ours = running and is_at_work(status, pid or os.getpid())
            if running and not ours:
                raise RunError(f"Run {run.id} is being trained already, by process {status.pid}.")
            if pid and not ours and status.state in ("stopped", "failed"):
                raise RunError(f"Run {run.id} is {status.state} already: {status.message}")
            if status.state == "finished":
                raise RunError(f"Run {run.id} has ended; its checkpoint is {status.checkpoint}.")
            if status.state != "queued":
                self._require_no_active(run.config.name, but=run)
            if not ours:
                run.stop_file.unlink(missing_ok=True)
            taken = now_running(status, phase, pid)
            run.write_status(taken)
            return taken

    def resume(self, run: Run, *, keep: bool = False, queued: bool = True) -> None:
        """Put a run that stands still into the queue, or take it on.

        Args:
            run: A stopped, interrupted or failed one.
            keep: Whether to register what it has learned instead of training on.
            queued: Whether it waits for a worker; otherwise it belongs to this process at once.

        Raises:
            RunError: It does not stand still, has nothing to keep, or its name is in use.
        """
        with self._lock():
            status = run.status()
            if not status.resumable:
                raise RunError(f"Run {run.id} is {status.state}; there is nothing to resume.")
            if keep and not (run.last.exists() or run.best.exists()):
                raise RunError(f"Run {run.id} has learned nothing yet that could be kept.")
            self._require_no_active(run.config.name, but=run)
            run.stop_file.unlink(missing_ok=True)
            waiting = replace(status, state="queued", phase="", message="", keep=keep)
            run.write_status(waiting if queued else now_running(waiting, "starting"))

    def stop(self, run: Run) -> None:
        """Stop a run: a queued one at once, a running one after its batch.

        Raises:
            RunError: It does not run.
        """
        with self._lock():
            status = run.status()
            if not status.active:
                raise RunError(f"Run {run.id} is {status.state}; there is nothing to stop.")
            if status.state == "queued":
                run.write_status(replace(status, state="stopped", message="Taken off the queue."))
            else:
                run.request_stop()

    def remove(self, run: Run) -> None:
        """Delete a run's folder for good; the checkpoint that it became stays.

        Raises:
            RunError: It is being trained.
        """
        with self._lock():
            if run.status().state in ("running", "stopping"):
                raise RunError(f"Run {run.id} is being trained; stop it before you delete it.")
            remove_folder(run.folder)

    def free_name(self, wanted: str) -> str:
        """Return `wanted`, or it with a number, that neither checkpoint nor active run has.

        Raises:
            CheckpointError: It is no name.
        """
        taken = {run.config.name for run in self.active()}
        name, number = require_name(wanted), 1
        while name in taken or self.registry.free_name(name) != name:
            number += 1
            name = f"{wanted[:58]}-{number}"
        return name

    def next_name(self, name: str) -> str:
        """Return a free name to go on with: after `a-2` comes `a-3`, where `a` is taken too.

        Raises:
            CheckpointError: It is no name.
        """
        first = COUNTED.sub("", name)
        counted = first != name and self.free_name(first) != first
        return self.free_name(first if counted else name)

    def _require_no_active(self, name: str, but: Run | None = None) -> None:
        for run in self.active():
            if run.config.name == name and (but is None or run.id != but.id):
                raise RunError(
                    f"A training called '{name}' is {run.status().state} already (run {run.id}); "
                    "wait for it, stop it, or choose another name."
                )

    def _lock(self) -> AbstractContextManager[None]:
        return folder_lock(self.folder, "runs", RunError)


def _changed(path: Path) -> int | None:
    """Return when a file was last replaced, or None if it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
