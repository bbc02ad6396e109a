"""One run's folder, as anything that watches it sees it.

run.json          what was asked for
labels.csv        the labels it learns from, if it was given some
rows.txt          which rows of a table it learns from
status.json       how it is doing
metrics.jsonl     a line an epoch and a line every few seconds
log.txt           what it said
history.csv       the epochs as a table, and losses.png as a picture
latent.npz        where a 2-d model puts its examples now
samples/          a picture an epoch
checkpoints/      last and best: all that is needed to go on
stop              a request to stop
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.atomic import write_file
from models.config import from_json, to_json
from models.manifest import to_json_bytes
from models.runs.config import FORMAT, RunConfig
from models.runs.status import Status, is_alive

__all__ = ["Run", "RunError", "read_run"]

LOG_TAIL_BYTES = 65_536
SAMPLE = re.compile(r"epoch-\d{4,}\.png\Z")


class RunError(ValueError):
    """A run cannot be used as asked; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder and what it was asked to do."""

    folder: Path
    config: RunConfig

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.folder.name

    def status(self) -> Status:
        """Return how it is doing now, with `interrupted` and `stopping` found out."""
        written = self.written_status()
        if written.state != "running":
            return written
        if not is_alive(written):
            message = f"Its process ended at step {written.step:,} without a word."
            return replace(written, state="interrupted", message=message)
        return replace(written, state="stopping") if self.stop_file.exists() else written

    def written_status(self) -> Status:
        """Return what `status.json` says; a damaged one counts as interrupted."""
        try:
            return from_json(Status, json.loads((self.folder / "status.json").read_bytes()))
        except (OSError, ValueError, RecursionError):
            return Status(state="interrupted", message="Its status.json cannot be read.")

    def write_status(self, status: Status) -> None:
        """Write `status.json`."""
        write_file(self.folder / "status.json", to_json_bytes(to_json(status)))

    def write_config(self) -> None:
        """Write `run.json`."""
        write_file(self.folder / "run.json", to_json_bytes(to_json(self.config)))

    @property
    def stop_file(self) -> Path:
        """The file that asks a running one to stop."""
        return self.folder / "stop"

    @property
    def last(self) -> Path:
        """The newest resumable state."""
        return self.folder / "checkpoints" / "last.safetensors"

    @property
    def best(self) -> Path:
        """The state with the lowest held-out loss."""
        return self.folder / "checkpoints" / "best.safetensors"

    @property
    def labels(self) -> Path:
        """The labels that it was given; not every run was."""
        return self.folder / "labels.csv"

    @property
    def rows(self) -> Path:
        """Which rows it began to learn from, as `Dataset.rows_digest` has it; of tables only."""
        return self.folder / "rows.txt"

    def metrics(self, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
        """Return the whole lines of `metrics.jsonl` from a byte on, and where to go on from."""
        lines = []
        data = _read_from(self.folder / "metrics.jsonl", offset)
        whole = data[: data.rfind(b"\n") + 1]
        for raw in whole.splitlines():
            try:
                line = json.loads(raw)
            except (ValueError, RecursionError):
                continue
            if isinstance(line, dict):
                lines.append(line)
        return lines, offset + len(whole)

    def log(self, offset: int = 0) -> tuple[str, int]:
        """Return `log.txt` from a byte on, at most its last 64 kB, and where to go on from."""
        path = self.folder / "log.txt"
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            size = 0
        data = _read_from(path, max(offset, size - LOG_TAIL_BYTES))
        return data.decode(errors="replace"), max(offset, size - LOG_TAIL_BYTES) + len(data)

    def samples(self) -> list[Path]:
        """Return the pictures of samples, the newest last."""
        folder = self.folder / "samples"
        try:
            paths = list(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted(
            (p for p in paths if SAMPLE.match(p.name) and not p.is_symlink()),
            key=lambda path: int(path.stem.partition("-")[2]),
        )

    def request_stop(self) -> None:
        """Ask a running one to stop after its current batch; what it learned is kept."""
        if self.status().state == "running":
            write_file(self.stop_file, b"")


def read_run(folder: Path) -> Run:
    """Return the run in a folder.

    Raises:
        RunError: Its run.json is missing, damaged, or of another version.
    """
    try:
        data = json.loads((folder / "run.json").read_bytes())
        written = data.get("format") if isinstance(data, dict) else None
        if written != FORMAT:
            raise RunError(
                f"Run {folder.name} has format {written!r:.20}; this version reads {FORMAT}."
            )
        return Run(folder, from_json(RunConfig, data))
    except OSError:
        raise RunError(f"Run {folder.name} has no readable run.json.") from None
    except RunError:
        raise
    except (ValueError, RecursionError) as error:
        cause = str(error).partition("\n")[0]
        raise RunError(
            f"Run {folder.name} has a damaged run.json: {cause:.300}".rstrip(".") + "."
        ) from None


def _read_from(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read()
    except OSError:
        return b""
