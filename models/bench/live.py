"""`bench live`: round trips over the WebSocket of a studio, against a request a picture."""

from __future__ import annotations

import http.client
import json
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from websockets.sync.client import connect

from models.bench.machine import ratio, spread
from models.bench.running import ROOT, running_studio, surroundings
from models.registry import Registry

__all__ = ["bench_live", "running_studio"]

BASELINE = "one HTTP request a change, answered with the picture as a PNG data URL"
PATIENCE = 60
Times = list[float]
View = Callable[[float, Times], None]
"""Looks for so many seconds and notes how long each picture took"""


def bench_live(
    name: str,
    viewers: Sequence[int],
    seconds: float,
    workspace: Path,
    *,
    density: bool = False,
    baseline: bool = True,
) -> dict[str, Any]:
    """Return round-trip milliseconds and pictures a second of 1, 8, ... viewers at once.

    Each viewer sends its next position as soon as the last picture came, without pause. The
    baseline is another process that answers each change as a page of Gradio is redrawn, but without
    Gradio's own work; both stay open, and each number of viewers is measured on one after the
    other.

    Args:
        name: Checkpoint.
        viewers: How many at once, one measurement each.
        seconds: Length of each.
        workspace: Where checkpoints are looked for.
        density: Whether they ask for what lies around each position, too.
        baseline: Whether to measure the other way as well.
    """
    size = Registry(workspace).open(name).config.model.latent_dim
    rounds = []
    with running_studio(workspace) as address, _redrawn(name, workspace, baseline) as port:
        asked = "?density=1" if density else ""
        url = f"{address.replace('http', 'ws', 1)}/live/{name}{asked}"
        for count in viewers:
            one = {"viewers": count, **_measure(partial(_watch, url, size), count, seconds)}
            if port is not None:
                one["baseline"] = _measure(partial(_redraw, port, size), count, seconds)
                one["ratio"] = ratio(one["baseline"]["ms"]["median"], one["ms"]["median"])
            rounds.append(one)
    return {"name": name, "density": density, "baseline_is": BASELINE, "rounds": rounds}


@contextmanager
def _redrawn(name: str, workspace: Path, wanted: bool) -> Iterator[int | None]:
    """Start the baseline and yield its port."""
    if not wanted:
        yield None
        return
    command = [sys.executable, "-m", "models.bench.redraw", name, str(workspace.resolve())]
    with subprocess.Popen(
        command, cwd=ROOT, env=surroundings(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line.strip():
                raise OSError("The baseline did not start; measure with --no-baseline.")
            yield int(line)
        finally:
            process.terminate()


def _measure(view: View, viewers: int, seconds: float) -> dict[str, Any]:
    times: list[Times] = [[] for _ in range(viewers)]
    threads = [threading.Thread(target=view, args=(seconds, kept)) for kept in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [1000 * t for kept in times for t in kept]
    rate = round(len(every) / seconds / viewers, 1)
    return {"ms": spread(every), "frames_per_second_each": rate}


def _watch(url: str, size: int, seconds: float, times: Times) -> None:
    with connect(url, compression=None, open_timeout=PATIENCE) as socket:

        def ask(number: int, z: np.ndarray) -> None:
            socket.send(struct.pack("<I", number) + z.tobytes())
            socket.recv(timeout=PATIENCE)

        _time(ask, size, seconds, times)


def _redraw(port: int, size: int, seconds: float, times: Times) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def ask(number: int, z: np.ndarray) -> None:
        connection.request("POST", "/", json.dumps({"data": z.tolist()}))
        json.loads(connection.getresponse().read())

    _time(ask, size, seconds, times)
    connection.close()


def _time(ask: Callable[[int, np.ndarray], None], size: int, seconds: float, times: Times) -> None:
    """Ask for picture after picture; the first one, for which a model may be opened, is untimed."""
    rng = np.random.default_rng(0)
    ask(0, np.zeros(size, np.float32))
    end, number = time.monotonic() + seconds, 0
    while number == 0 or time.monotonic() < end:
        number += 1
        z = rng.standard_normal(size, dtype=np.float32)
        start = time.perf_counter()
        ask(number, z)
        times.append(time.perf_counter() - start)
