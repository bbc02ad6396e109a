"""Runs as the screen reads them: parsed once, and again only where a file has changed."""

from __future__ import annotations

import math
import re
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson

from models.config import to_json
from models.data.npy_header import read_npy_header
from models.runs import Run, RunError, Runs, Status
from models.runs.index import made
from studio.run_curves import Curves, newest_losses

__all__ = ["RunShelf", "UnknownRun", "read_latent", "to_bytes"]

SAMPLE = re.compile(r"epoch-\d{4,}\.png\Z", re.ASCII)
MAX_SAMPLE_BYTES = 16_000_000
MAX_LATENT_BYTES = 100_000
MAX_LATENT_POINTS = 2000
LATENT_ARRAYS = frozenset({"codes.npy", "labels.npy", "step.npy"})
KEPT = 4096

T = TypeVar("T")
Stamp = tuple[int, int] | None


class UnknownRun(RunError):
    """There is no run of that id, or no such file in it."""


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@dataclass(slots=True)
class RunShelf:
    """All runs of a workspace, for screens that look often. Safe to share between threads."""

    runs: Runs
    _kept: dict[tuple[str, str], tuple[Stamp, Any]] = field(default_factory=dict)
    _curves: dict[str, Curves] = field(default_factory=dict)
    _named: tuple[Stamp, dict[str, str]] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def summaries(self) -> list[dict[str, Any]]:
        """Return what a table shows of every readable run, the newest first."""
        if not self.runs.folder.is_dir():
            return []
        found = []
        for folder in self.runs.folder.iterdir():
            run = None if folder.name.startswith(".") else self._run(folder.name)
            if run is not None:
                found.append(run)
        found.sort(key=made, reverse=True)
        self._forget_all_but({run.id for run in found})
        return [self.summary(run) for run in found]

    def _forget_all_but(self, ids: set[str]) -> None:
        """Let go of what was kept of runs that were deleted."""
        with self._lock:
            for gone in self._curves.keys() - ids:
                del self._curves[gone]
            for key in [key for key in self._kept if key[0] not in ids]:
                del self._kept[key]

    def get(self, run_id: str) -> Run:
        """Return a run by its whole id.

        Raises:
            UnknownRun: There is none, or it cannot be read.
        """
        run = self._run(run_id)
        if run is None:
            raise UnknownRun(f"There is no run {run_id!r:.100}; the list shows all.")
        return run

    def summary(self, run: Run) -> dict[str, Any]:
        """Return what a table shows of a run."""
        status, recipe = self._status(run), run.config.recipe
        told = ("state", "phase", "step", "steps", "epoch", "epochs", "seconds")
        told += ("examples_per_second", "message", "heartbeat")
        loss, validation = self._cached(run, "metrics.jsonl", newest_losses, (None, None))
        return {
            "id": run.id,
            "name": run.config.name,
            "recipe": recipe.name,
            "created": run.config.created,
            **{name: getattr(status, name) for name in told},
            "checkpoint": status.checkpoint and self._checkpoints().get(run.id),
            "loss": loss,
            "validation": validation,
            "dataset": recipe.data.dataset,
            "latent_dim": recipe.model.latent_dim,
            "pictures": recipe.model.family != "table",
        }

    def _checkpoints(self) -> dict[str, str]:
        """Return the runs' checkpoints, under the names that they have now."""
        # A folder's time changes with every checkpoint that comes, goes or gets another name.
        stamp = _stamp(self.runs.registry.own)
        with self._lock:
            if self._named is None or stamp != self._named[0]:
                self._named = stamp, self.runs.checkpoints()
            return self._named[1]

    def details(self, run: Run) -> dict[str, Any]:
        """Return everything that a run was asked to do, with its summary."""
        config = run.config
        return self.summary(run) | {
            "config": to_json(config.recipe),
            "overrides": config.overrides,
            "launch": to_json(config.launch),
            "command": config.command,
            "versions": config.versions,
            "parent": config.parent,
            "samples": self.samples(run),
        }

    def news(self, run: Run, metrics: int, log: int) -> dict[str, Any]:
        """Return what came since two byte offsets; `restart` if a file no longer reaches them."""
        restart = _lost(run.folder / "metrics.jsonl", metrics, lines=True)
        restart = _lost(run.folder / "log.txt", log) or restart
        lines, metrics_next = run.metrics(0 if restart else metrics)
        text, log_next = run.log(0 if restart else log)
        latent = self._cached(run, "latent.npz", _latent_or_none, None)
        return {
            "summary": self.summary(run),
            "metrics": lines,
            "metrics_next": metrics_next,
            "log": text,
            "log_next": log_next,
            "samples": self.samples(run),
            "latent_step": latent and latent[2],
            "restart": restart,
        }

    def samples(self, run: Run) -> list[str]:
        """Return the names of a run's pictures, the newest last."""
        return [path.name for path in run.samples() if SAMPLE.match(path.name)]

    def sample(self, run: Run, name: str) -> bytes:
        """Return one picture.

        Raises:
            UnknownRun: There is none of that name, or it is no plain file of the run.
        """
        with suppress(FileNotFoundError):  # The run may be deleted at any moment.
            return self._picture(run, name)
        raise UnknownRun(f"Run {run.id} has no sample {name!r:.100}.")

    def _picture(self, run: Run, name: str) -> bytes:
        path = run.folder / "samples" / name
        # Asked for first: a name with a NUL byte cannot even be looked up.
        plain = SAMPLE.match(name) and path.is_file()
        if not plain or path.resolve().parent != run.folder.resolve() / "samples":
            raise UnknownRun(f"Run {run.id} has no sample {name!r:.100}.")
        if path.is_symlink() or path.stat().st_size > MAX_SAMPLE_BYTES:
            raise UnknownRun(f"Sample {name} of run {run.id} is no picture of the studio's.")
        return path.read_bytes()

    def latent(self, run: Run) -> tuple[np.ndarray, np.ndarray, int]:
        """Return where a 2-d model puts its examples: codes [n, 2], labels [n], and the step.

        Raises:
            UnknownRun: There are none, or they are damaged.
        """
        found = self._cached(run, "latent.npz", _latent_or_none, None)
        if found is None:
            raise UnknownRun(f"Run {run.id} has no readable map of its latent space.")
        return found

    def curves(self, run: Run) -> dict[str, np.ndarray]:
        """Return a run's epochs as columns."""
        with self._lock:
            return self._curves.setdefault(run.id, Curves(run.folder / "metrics.jsonl")).columns()

    def _run(self, run_id: str) -> Run | None:
        if run_id in ("", ".", "..") or not re.fullmatch(r"[A-Za-z0-9._-]{1,120}", run_id):
            return None
        folder = self.runs.folder / run_id
        return self._keep(run_id, folder / "run.json", lambda path: self._read(run_id), None)

    def _read(self, run_id: str) -> Run | None:
        try:
            run = self.runs.get(run_id)
        except RunError:
            return None
        # A part of an id finds a run, too, but is no address.
        return run if run.id == run_id else None

    def _status(self, run: Run) -> Status:
        """An active run's state hangs on its process; of the others the file says all."""
        kept = self._cached(run, "status.json", lambda path: run.status(), None)
        return run.status() if kept is None or kept.active else kept

    def _cached(self, run: Run, name: str, read: Callable[[Path], T], absent: T) -> T:
        return self._keep(run.id, run.folder / name, read, absent)

    def _keep(self, run_id: str, path: Path, read: Callable[[Path], T], absent: T) -> T:
        """Return what `read` makes of a file, made anew only when its time or size has changed."""
        stamp, key = _stamp(path), (run_id, path.name)
        if stamp is None:
            return absent
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] != stamp:
            try:
                kept = (stamp, read(path))
            except FileNotFoundError:  # The run was deleted this moment.
                return absent
            with self._lock:
                if len(self._kept) >= KEPT:
                    self._kept.clear()
                self._kept[key] = kept
        return kept[1]


def _lost(path: Path, offset: int, lines: bool = False) -> bool:
    """Whether a file was cut short, so that an offset into it means nothing any more."""
    if offset <= 0:
        return offset < 0
    try:
        with path.open("rb") as file:
            file.seek(offset - 1)
            before = file.read(1)
    except OSError:
        return True
    # Cut and grown again, the offset would most likely fall into the middle of a line.
    return before != b"\n" if lines else not before


def _latent_or_none(path: Path) -> tuple[np.ndarray, np.ndarray, int] | None:
    try:
        return read_latent(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError, NotImplementedError):
        return None


def read_latent(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """Return codes (float32 [n, 2]), labels (uint8 [n]) and step of a `latent.npz`.

    Raises:
        ValueError: It holds anything else; sizes are checked before anything is unpacked.
        zipfile.BadZipFile: It is no archive.
    """
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if set(names) != LATENT_ARRAYS or len(names) != len(LATENT_ARRAYS):
            raise ValueError(f"{path.name} does not hold codes, labels and step.")
        if any(member.file_size > MAX_LATENT_BYTES for member in members):
            raise ValueError(f"{path.name} is larger than any that a run writes.")
        for member in members:
            # A header of 128 bytes may ask for all the memory there is.
            with archive.open(member) as file:
                shape, _, dtype = read_npy_header(file)
            if math.prod(shape) * dtype.itemsize > MAX_LATENT_BYTES:
                raise ValueError(f"{path.name} claims more numbers than it holds.")
    with np.load(path, allow_pickle=False) as arrays:
        codes, labels, step = (arrays[name] for name in ("codes", "labels", "step"))
    count = len(labels) if labels.ndim == 1 else -1
    sound = codes.shape == (count, 2) and count <= MAX_LATENT_POINTS and step.shape == ()
    kinds = (codes.dtype.kind, labels.dtype, step.dtype.kind) == ("f", np.uint8, "i")
    if not (sound and kinds and np.isfinite(codes).all()):
        raise ValueError(f"{path.name} does not hold {MAX_LATENT_POINTS} points at most.")
    return codes.astype("<f4"), labels, int(step)


def to_bytes(answer: object) -> bytes:
    """Return JSON; a number that is none becomes null."""
    return orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
