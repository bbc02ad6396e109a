"""`bench live`: round trips over the WebSocket of a studio that runs in its own process."""

from __future__ import annotations

import os
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
from websockets.sync.client import connect

from models.registry import Registry

__all__ = ["bench_live", "running_studio"]

START_SECONDS = 60


@contextmanager
def running_studio(workspace: Path) -> Iterator[str]:
    """Start a studio on a free port and yield its address; it is stopped afterwards.

    Raises:
        OSError: It did not answer within a minute.
    """
    command = [sys.executable, "-m", "studio", "--port", "0", "--workspace", str(workspace)]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        command, cwd=root, env=os.environ.copy(), stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            line = next((text for text in process.stdout if "http://" in text), "")
            if not line:
                raise OSError("The studio did not start; try `python -m studio` to see why.")
            address = "http://" + line.split("http://")[1].split()[0]
            _wait_until_ready(address)
            yield address
        finally:
            process.terminate()


def _wait_until_ready(address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise OSError(f"The studio at {address} did not answer within {START_SECONDS} seconds.")


def bench_live(
    name: str, viewers: list[int], seconds: float, workspace: Path, *, density: bool = False
) -> dict[str, Any]:
    """Return the round-trip milliseconds and frames a second of 1, 8, ... viewers at once.

    Each viewer sends its next position as soon as the last picture came, without pause.

    Args:
        name: Checkpoint.
        viewers: How many at once, one measurement each.
        seconds: Length of each.
        workspace: Where checkpoints are looked for.
        density: Whether they ask for what lies around each position, too.
    """
    latent_dim = Registry(workspace).open(name).config.model.latent_dim
    with running_studio(workspace) as address:
        asked = "?density=1" if density else ""
        url = f"{address.replace('http', 'ws', 1)}/live/{name}{asked}"
        rounds = [_measure(url, latent_dim, count, seconds) for count in viewers]
    return {"name": name, "density": density, "rounds": rounds}


def _measure(url: str, latent_dim: int, viewers: int, seconds: float) -> dict[str, Any]:
    times: list[list[float]] = [[] for _ in range(viewers)]
    threads = [
        threading.Thread(target=_view, args=(url, latent_dim, seconds, kept)) for kept in times
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [t for kept in times for t in kept]
    return {
        "viewers": viewers,
        "p50_ms": round(1000 * statistics.median(every), 2),
        "p95_ms": round(1000 * float(np.percentile(every, 95)), 2),
        "frames_per_second_each": round(len(every) / seconds / viewers, 1),
    }


def _view(url: str, latent_dim: int, seconds: float, times: list[float]) -> None:
    rng = np.random.default_rng(0)
    with connect(url, compression=None) as socket:
        end, sequence = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            sequence += 1
            z = rng.standard_normal(latent_dim, dtype=np.float32)
            start = time.perf_counter()
            socket.send(struct.pack("<I", sequence) + z.tobytes())
            socket.recv(timeout=10)
            times.append(time.perf_counter() - start)
