"""`bench memory`: what a studio holds with every shipped model open, and what use makes it grow."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from models.bench.machine import ratio
from models.bench.running import ROOT, Opened, opened_studio, surroundings, wait_until_ready
from models.registry import Registry, RegistryEntry

__all__ = ["WANTED", "bench_memory"]

MB = 1e6
WANTED = {"all_open_mb": 1500, "growth_mb": 50}
BASELINE = "import torch, gradio"
HOUSE = ("/", "/house/stamp", "/registry", "/runs", "/tables", "/labels")
"""What a page asks for whatever its model is"""
OF_A_MODEL = (
    *("/checkpoints/{}", "/checkpoints/{}/points", "/checkpoints/{}/thumbnails", "/registry/{}"),
    *("/flight/{}", "/flight/{}/stars", "/sampling/{}", "/faces/{}", "/traversals/{}"),
)
"""What the tabs ask for when they open a model; those that cannot show it are refused"""
WARM_MOVES, WARM_LABELS = 200, 20
RESTING = 0.2
"""Share of a core below which a studio counts as at rest"""
PATIENCE, PAUSE = 60, 0.5
Report = Callable[[str], None]


def bench_memory(
    *,
    moves: int = 10_000,
    labels: int = 1_000,
    dataset: str = "digits",
    names: list[str] | None = None,
    report: Report = lambda line: None,
) -> dict[str, Any]:
    """Return the resident memory of a studio as models are opened, moved through and labelled in.

    The growth is measured after everything was opened, 200 moves made and some labels given, so
    that it holds what use adds and not what is loaded once; and always when the studio has come to
    rest, because it thinks about labels after they are given.

    Args:
        moves: Positions sent over the live route, in turn over all that show pictures.
        labels: Labels given, each a request of its own.
        dataset: What the label project is of; the small digits need no download.
        names: Shipped checkpoints to open; all of them if None.
        report: Told the memory after each step.
    """
    with TemporaryDirectory() as folder:
        place = Path(folder)
        entries = _chosen(Registry(place), names)
        with opened_studio(place) as studio:
            wait_until_ready(studio)
            watch = _Watch(studio, report)
            for path in HOUSE:
                studio.get(path)
            watch.note("started")
            for entry in entries:
                _open_model(studio, entry)
                watch.note(entry.name)
            shown = [entry for entry in entries if entry.config and _has_pictures(entry)]
            _move(studio, shown, min(moves, WARM_MOVES))
            project = _project(studio, dataset)
            _label(studio, project, range(min(labels, WARM_LABELS)))
            before = watch.note("ready to be used")
            _move(studio, shown, moves)
            moved = watch.note(f"{moves:,} moves")
            _label(studio, project, range(WARM_LABELS, WARM_LABELS + labels))
            after = watch.note(f"{labels:,} labels")
            studio.post(f"/labels/{project}/undo", b'{"key": "bench:undo"}')
    baseline = _baseline()
    opened = before["resident_mb"]
    growth = round(after["resident_mb"] - opened, 1)
    return {
        "models": [entry.name for entry in entries],
        "moves": moves,
        "labels": labels,
        "steps": watch.steps,
        "all_open_mb": opened,
        "growth_mb": {
            "moves": round(moved["resident_mb"] - opened, 1),
            "labels": round(after["resident_mb"] - moved["resident_mb"], 1),
            "both": growth,
        },
        "open_files_growth": after["open_files"] - before["open_files"],
        "baseline_is": f'python -c "{BASELINE}"',
        "baseline_mb": baseline,
        "ratio": ratio(opened, baseline),
        "wanted": {
            "all_open_mb_below": WANTED["all_open_mb"],
            "growth_mb_below": WANTED["growth_mb"],
            "met": opened < WANTED["all_open_mb"] and growth < WANTED["growth_mb"],
        },
    }


class _Watch:
    """Notes what a studio holds after each step."""

    def __init__(self, studio: Opened, report: Report) -> None:
        self.studio, self.report = studio, report
        self.steps: list[dict[str, Any]] = []

    def note(self, what: str) -> dict[str, Any]:
        self._rest()
        held = round(self.studio.memory() / MB, 1)
        step = {"after": what, "resident_mb": held, "open_files": self.studio.open_files()}
        self.steps.append(step)
        self.report(f"{what}: {held:,.0f} MB, {step['open_files']} open files")
        return step

    def _rest(self) -> None:
        """Wait until the studio computes next to nothing, a minute at most."""
        end, before = time.monotonic() + PATIENCE, self._busy()
        while time.monotonic() < end:
            time.sleep(PAUSE)
            now = self._busy()
            if now - before < RESTING * PAUSE:
                return
            before = now

    def _busy(self) -> float:
        times = self.studio.process.cpu_times()
        return float(times.user + times.system)


def _chosen(registry: Registry, names: list[str] | None) -> list[RegistryEntry]:
    entries = registry.entries()
    if names is None:
        return [entry for entry in entries if entry.shipped and entry.error is None]
    for name in names:
        registry.open(name)  # Says so if there is none.
    return [entry for entry in entries if entry.name in names]


def _has_pictures(entry: RegistryEntry) -> bool:
    return entry.config is not None and len(entry.config.model.shape) == 3


def _open_model(studio: Opened, entry: RegistryEntry) -> None:
    assert entry.config is not None
    for path in OF_A_MODEL:
        try:
            studio.get(path.format(entry.name))
        except OSError as error:
            if "status 4" not in str(error):
                raise
    if _has_pictures(entry):
        _move(studio, [entry], 1)
    else:
        studio.get(f"/tables/{entry.config.data.dataset}")
        studio.get(f"/tables/{entry.config.data.dataset}/models")


def _move(studio: Opened, entries: list[RegistryEntry], moves: int) -> None:
    """Send positions over the live route, the next one when the picture is there."""
    if not entries:
        return
    rng = np.random.default_rng(0)
    url = studio.address.replace("http", "ws", 1)
    shares = [moves // len(entries) + (k < moves % len(entries)) for k in range(len(entries))]
    for entry, share in zip(entries, shares, strict=True):
        assert entry.config is not None
        codes = rng.standard_normal((share, entry.config.model.latent_dim), np.float32)
        try:
            with connect(f"{url}/live/{entry.name}?density=1", compression=None) as socket:
                for number, z in enumerate(codes):
                    socket.send(struct.pack("<I", number) + z.tobytes())
                    socket.recv(timeout=30)
        except (WebSocketException, TimeoutError) as error:
            raise OSError(f"The live view of '{entry.name}' broke off: {error}") from None


def _project(studio: Opened, dataset: str) -> str:
    body = {"name": "bench of memory", "dataset": dataset, "checkpoint": None}
    made: dict[str, Any] = json.loads(studio.post("/labels", json.dumps(body).encode()))
    return str(made["id"])


def _label(studio: Opened, project: str, steps: range) -> None:
    """Label one sample a request, and look at how things stand as a page does."""
    about = json.loads(studio.get(f"/labels/{project}"))
    rows, classes = int(about["rows"]), len(about["classes"])
    for step in steps:
        body = {"key": f"bench:{step}", "samples": [step % rows], "label": step % classes}
        studio.post(f"/labels/{project}/steps", json.dumps(body).encode())
        if step % 10 == 0:
            for part in ("state", "colour/mine"):
                studio.get(f"/labels/{project}/{part}")


def _baseline() -> float:
    """Return what the libraries alone hold once they are imported, in MB."""
    code = f"{BASELINE}, psutil\nprint(psutil.Process().memory_info().rss)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=surroundings(), capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"`{BASELINE}` failed; install the studio's requirements first.")
    return round(int(done.stdout.split()[-1]) / MB, 1)
