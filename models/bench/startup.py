"""`bench startup`: from `python -m studio` to its first page, against importing its libraries."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import URLError

from models.bench.machine import ratio, spread
from models.bench.running import ROOT, Opened, opened_studio, surroundings

__all__ = ["bench_startup"]

WANTED = 1.3
BASELINE = "import torch, gradio"
ANSWER_SECONDS = 60

Report = Callable[[str], None]


def bench_startup(rounds: int, *, report: Report = lambda line: None) -> dict[str, Any]:
    """Return seconds to the first page, and those of the baseline, in turn.

    Every round is a new process of each; the first of both fills the disk's cache, writes byte code
    and does not count. CPU seconds are those of the process until the page is there.

    Args:
        rounds: Of each side.
        report: Told the seconds of each round.
    """
    ours: list[tuple[float, float]] = []
    baseline: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            baseline.append(_imports())
            ours.append(_first_page(Path(folder)))
            counted = f"round {number} of {rounds}" if number else "not counted"
            report(f"{counted}: imports {baseline[-1][0]:.2f} s, first page {ours[-1][0]:.2f} s")
    sides = {"studio": ours[1:], "baseline": baseline[1:]}
    figures: dict[str, Any] = {
        side: {"seconds": spread([wall for wall, _ in times]), "cpu_seconds": _cpu(times)}
        for side, times in sides.items()
    }
    medians = {
        key: ratio(figures["studio"][key]["median"], figures["baseline"][key]["median"])
        for key in ("seconds", "cpu_seconds")
    }
    took = medians["seconds"]
    return {
        "baseline_is": f'python -c "{BASELINE}"',
        **figures,
        "ratio": took,
        "cpu_ratio": medians["cpu_seconds"],
        "wanted": {"ratio_at_most": WANTED, "met": took is not None and took <= WANTED},
    }


def _cpu(times: list[tuple[float, float]]) -> dict[str, Any]:
    return spread([cpu for _, cpu in times])


def _imports() -> tuple[float, float]:
    """Return the seconds of a process that only imports, and its CPU seconds."""
    code = f"{BASELINE}, time\nprint(time.process_time())"
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=surroundings(), capture_output=True, text=True
    )
    spent = time.perf_counter() - start
    if done.returncode:
        raise OSError(f"`{BASELINE}` failed; install the studio's requirements first.")
    return spent, float(done.stdout.split()[-1])


def _first_page(workspace: Path) -> tuple[float, float]:
    start = time.perf_counter()
    with opened_studio(workspace) as studio:
        _page(studio)
        spent = time.perf_counter() - start
        used = studio.process.cpu_times()
        return spent, used.user + used.system


def _page(studio: Opened) -> None:
    """Ask for the first page until it is answered; the port is open before."""
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            studio.get("/")
        except URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
        else:
            return
