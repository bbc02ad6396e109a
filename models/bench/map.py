"""`bench map`: the points of a map as the studio sends them, against the same as JSON."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np

from models.bench.machine import ratio, spread
from models.bench.running import opened_studio, wait_until_ready
from models.latent.atlas import Atlas
from models.registry import Registry

__all__ = ["as_json", "bench_map", "read_points"]

BASELINE = "the same numbers as JSON, from a server that does nothing else"


def bench_map(name: str, rounds: int, workspace: Path) -> dict[str, Any]:
    """Return milliseconds from the request to arrays in memory, and bytes, binary and as JSON.

    Args:
        name: A checkpoint with a map.
        rounds: Requests of each kind, in turn, after the first.
        workspace: Where checkpoints are looked for.

    Raises:
        ValueError: The checkpoint has no map.
    """
    atlas = Registry(workspace).open(name).atlas
    if atlas is None:
        raise ValueError(f"Checkpoint '{name}' has no map; choose one with encoded points.")
    with opened_studio(workspace) as studio, _told(atlas) as plain:
        wait_until_ready(studio)
        binary = f"{studio.address}/checkpoints/{name}/points"
        first, sent = _timed(binary, read_points)
        _, plain_sent = _timed(plain, json.loads)
        pairs = [
            (_timed(binary, read_points)[0], _timed(plain, json.loads)[0]) for _ in range(rounds)
        ]
    ours, theirs = (spread(list(times)) for times in zip(*pairs, strict=True))
    return {
        "name": name,
        "points": len(atlas),
        "baseline_is": BASELINE,
        "binary": {"first_ms": round(first, 3), "ms": ours, "bytes": sent},
        "json": {"ms": theirs, "bytes": plain_sent},
        "ratio": ratio(theirs["median"], ours["median"]),
        "bytes_ratio": ratio(plain_sent, sent),
    }


def read_points(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return x, y and classes [N] of the studio's answer."""
    count = int(np.frombuffer(data, "<u4", 1)[0])
    xy = np.frombuffer(data, "<f4", 2 * count, 4).reshape(2, count)
    return xy[0], xy[1], np.frombuffer(data, np.uint8, count, 4 + 8 * count)


def as_json(atlas: Atlas) -> bytes:
    """Return the first two coordinates and the classes of all points as text."""
    codes = atlas.codes
    x, y = codes[:, 0], codes[:, min(1, codes.shape[1] - 1)]
    points = {"x": x.tolist(), "y": y.tolist(), "labels": atlas.labels.tolist()}
    return json.dumps(points, separators=(",", ":")).encode()


def _timed(url: str, read: Callable[[bytes], object]) -> tuple[float, int]:
    """Return the milliseconds until an answer is read, and its bytes."""
    start = time.perf_counter()
    with urlopen(url, timeout=60) as answer:
        data = answer.read()
    read(data)
    return 1000 * (time.perf_counter() - start), len(data)


@contextmanager
def _told(atlas: Atlas) -> Iterator[str]:
    """Serve the points as JSON, made anew for each request, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = as_json(atlas)
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
