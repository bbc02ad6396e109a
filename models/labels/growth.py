"""How right the told classes were after so many labels, kept as a small file."""

from __future__ import annotations

import csv
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

__all__ = ["Growth", "Measure"]

MOST = 120
"""Measures that are drawn"""

How = Literal["propagated", "classifier"]
HOWS = get_args(How)


@dataclass(frozen=True, slots=True)
class Measure:
    """One accuracy."""

    labelled: int
    accuracy: float
    how: How
    """Of the training pictures without a label, by what their neighbours say; or of the test
    pictures, by the classifier at the end of a round"""


class Growth:
    """The measures of a project: the newest for each number of labels and way of measuring.

    Args:
        path: A CSV that lines are added to; several processes may.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._newest: dict[tuple[int, How], Measure] = {}
        self._last: Measure | None = None
        self._read = 0

    def add(self, measure: Measure) -> None:
        """Keep a measure."""
        line = f"{measure.labelled},{measure.accuracy:.6f},{measure.how}\n"
        with self._lock, self.path.open("ab") as file:
            # A line that a killed process began shall not swallow this one.
            file.write(f"\n{line}".encode())

    def measures(self) -> list[Measure]:
        """Return what to draw, the fewest labels first."""
        with self._lock:
            self._catch_up()
            found = sorted(self._newest.values(), key=lambda m: (m.labelled, m.how))
        if len(found) > MOST:
            step = len(found) / MOST
            found = [found[int(i * step)] for i in range(MOST - 1)] + found[-1:]
        return found

    def last(self) -> Measure | None:
        """Return the newest measure of all."""
        with self._lock:
            self._catch_up()
            return self._last

    def _catch_up(self) -> None:
        try:
            with self.path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for cells in csv.reader(whole.decode(errors="replace").splitlines()):
            if (measure := _measure(cells)) is not None:
                self._newest[measure.labelled, measure.how] = measure
                self._last = measure


def _measure(cells: list[str]) -> Measure | None:
    try:
        labelled, accuracy, how = cells
        if how in HOWS:
            return Measure(int(labelled), float(accuracy), cast(How, how))
    except ValueError:
        pass
    return None
