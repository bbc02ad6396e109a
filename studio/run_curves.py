"""A run's `metrics.jsonl` as columns of numbers, read on from where the last look ended."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

__all__ = ["MAX_POINTS", "Curves", "newest_losses", "pack", "thinned"]

MAX_POINTS = 2000
TAIL_BYTES = 32_768
FARTHEST_TAIL_BYTES = 4 * 1024 * 1024
# Bytes before the place to read on from: if they changed, the file was cut and written anew.
MARK_BYTES = 64
FIGURES = ("epoch", "step", "time", "learning_rate", "beta", "examples_per_second")
SPLITS = {"train": "train.", "validation": "validation."}
NUMBERS = (float, int)
# A longer silence between two epochs was a pause, not training.
PAUSE = 20.0
LEAST_PAUSE_S = 60.0


@dataclass(slots=True)
class Curves:
    """The epochs of one run as they are written."""

    path: Path
    _offset: int = 0
    _mark: bytes = b""
    _count: int = 0
    _columns: dict[str, list[float]] = field(default_factory=dict)

    def columns(self) -> dict[str, np.ndarray]:
        """Return a column for each figure, float64 [epochs], NaN where an epoch lacks it.

        The figures are `epoch`, `step`, `seconds` (without pauses), `learning_rate`, `beta`,
        `examples_per_second`, and the parts of both losses as `train.total`, `validation.kl` ...
        """
        self._read_on()
        columns = {name: np.array(values) for name, values in self._columns.items()}
        if "time" in columns:
            columns["seconds"] = _seconds(columns.pop("time"))
        return columns

    def _read_on(self) -> None:
        try:
            with self.path.open("rb") as file:
                start = max(0, self._offset - MARK_BYTES)
                file.seek(start)
                if file.read(self._offset - start) != self._mark:
                    self._restart()
                    file.seek(0)
                data = file.read()
        except OSError:
            self._restart()
            return
        whole = data[: data.rfind(b"\n") + 1]
        for raw in whole.splitlines():
            # Steps are most of the lines and no part of these curves.
            if b"epoch" in raw[:32]:
                self._add(_figures(_line(raw)))
        self._offset += len(whole)
        self._mark = (self._mark + whole)[-min(MARK_BYTES, self._offset) :] if self._offset else b""

    def _restart(self) -> None:
        self._offset, self._mark, self._count, self._columns = 0, b"", 0, {}

    def _add(self, figures: dict[str, float]) -> None:
        if "epoch" not in figures:
            return
        for name, values in self._columns.items():
            values.append(figures.pop(name, math.nan))
        for name, value in figures.items():
            self._columns[name] = [math.nan] * self._count + [value]
        self._count += 1


def _line(raw: bytes) -> dict[str, Any]:
    """Return a line of metrics, or nothing for one that is damaged."""
    try:
        line = orjson.loads(raw)
    except ValueError:
        return {}
    return line if isinstance(line, dict) else {}


def _figures(line: dict[str, Any]) -> dict[str, float]:
    if line.get("kind") != "epoch":
        return {}
    figures = {name: line[name] for name in FIGURES if type(line.get(name)) in NUMBERS}
    for split, prefix in SPLITS.items():
        parts = line.get(split)
        if isinstance(parts, dict):
            for name, value in parts.items():
                # bool is a kind of int, but no figure.
                if type(value) in NUMBERS:
                    figures[prefix + name] = value
    return figures


def _seconds(times: np.ndarray) -> np.ndarray:
    """Return seconds from about the start to the end of each epoch, without pauses in between."""
    steps = np.diff(times)
    steps = np.where(np.isfinite(steps) & (steps > 0), steps, 0.0)
    usual = float(np.median(steps)) if steps.size else 0.0
    steps = np.where(steps > max(LEAST_PAUSE_S, PAUSE * usual), usual, steps)
    return usual + np.concatenate([[0.0], np.cumsum(steps)])


def thinned(columns: dict[str, np.ndarray], most: int = MAX_POINTS) -> dict[str, np.ndarray]:
    """Return columns of at most so many points; the first and the last stay."""
    count = len(columns["epoch"]) if "epoch" in columns else 0
    if count <= most:
        return columns
    kept = np.linspace(0, count - 1, most).round().astype(int)
    return {name: values[kept] for name, values in columns.items()}


def pack(curves: dict[str, dict[str, np.ndarray]]) -> bytes:
    """Return curves of several runs as bytes, a tenth of the size and time of JSON.

    First a uint32 with the length of a JSON header, the header `{"runs": [{"id", "points",
    "columns": [names]}]}` filled up with blanks to a multiple of four bytes, then float32 columns
    one after another.
    """
    columns = {run_id: thinned(found) for run_id, found in curves.items()}
    runs = [
        {"id": run_id, "points": len(next(iter(found.values()), ())), "columns": list(found)}
        for run_id, found in columns.items()
    ]
    header = orjson.dumps({"runs": runs})
    header += b" " * (-len(header) % 4)
    data = [
        values.astype("<f4").tobytes() for found in columns.values() for values in found.values()
    ]
    return b"".join([np.uint32(len(header)).astype("<u4").tobytes(), header, *data])


def newest_losses(path: Path) -> tuple[float | None, float | None]:
    """Return the loss in training and held-out loss of the last epoch, from the file's end.

    Before the first epoch has ended it is the loss of the last steps, and None.
    """
    size, length = path.stat().st_size, TAIL_BYTES
    step: float | None = None
    while True:
        for line in _last_lines(path, size, length):
            if line.get("kind") == "epoch":
                return _total(line.get("train")), _total(line.get("validation"))
            if step is None and line.get("kind") == "step":
                step = _total(line)
        if length >= min(size, FARTHEST_TAIL_BYTES):
            return step, None
        length *= 8


def _last_lines(path: Path, size: int, length: int) -> Iterator[dict[str, Any]]:
    """Return the lines within a file's last bytes, the last first."""
    with path.open("rb") as file:
        file.seek(max(0, size - length))
        data = file.read(length)
    raws = data[: data.rfind(b"\n") + 1].splitlines()
    # The first may have been cut in two; no harm, it is not JSON then.
    return map(_line, reversed(raws))


def _total(parts: object) -> float | None:
    total = parts.get("total") if isinstance(parts, dict) else None
    return float(total) if isinstance(total, float | int) and math.isfinite(total) else None
