"""`bench encode`: rate and peak memory of `encode` on made images, few and many.

Each measurement is the real command in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.lib.format import open_memmap

from models.bench.machine import ratio, spread
from models.checkpoint import CheckpointConfig

__all__ = ["bench_encode", "make_images"]

ROWS_AT_ONCE = 10_000
BASELINE = "a DataLoader of single pictures (PIL to tensor), one at a time through the model"
ROOT = Path(__file__).resolve().parents[2]


def make_images(path: Path, count: int, shape: tuple[int, ...]) -> None:
    """Write made images, uint8 [count, *shape], without holding them all in memory."""
    images = open_memmap(path, "w+", np.uint8, (count, *shape))
    rng = np.random.default_rng(0)
    for start in range(0, count, ROWS_AT_ONCE):
        rows = min(ROWS_AT_ONCE, count - start)
        images[start : start + rows] = rng.integers(0, 256, (rows, *shape), np.uint8)
    images.flush()


def bench_encode(
    name: str,
    config: CheckpointConfig,
    *,
    counts: Sequence[int],
    threads: int,
    processes: int,
    device: str,
    workspace: Path,
    report: Callable[[str], None],
    rounds: int = 1,
    baseline_count: int = 0,
) -> dict[str, Any]:
    """Return examples a second and peak memory for each number of images.

    Args:
        name: The checkpoint to encode with.
        config: What it is.
        counts: Numbers of images; the memory for them shall be the same.
        threads: CPU threads of each process; 0 takes every core.
        processes: Processes that share the images.
        device: auto, cpu, cuda or mps.
        workspace: Where the checkpoint is looked for.
        report: Called with a line before each measurement.
        rounds: Measurements of each number, and of the baseline.
        baseline_count: Images that the baseline encodes; 0 leaves it out.
    """
    found = []
    baseline = None
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder, "images.npy")
        for count in counts:
            report(f"{count:,} made images ...")
            make_images(images, count, config.model.shape)
            options = ["--dataset", images, "--device", device, "--json", "--threads", threads]
            options += ["--workspace", workspace.resolve(), "--output"]
            arguments = ["encode", name, *map(str, options)]
            places = [str(Path(folder, f"codes-{count}-{number}.npy")) for number in range(rounds)]
            found.append(_summed([_run([*arguments, place], processes) for place in places]))
        if baseline_count:
            report(f"{baseline_count:,} made images, one by one ...")
            make_images(images, baseline_count, config.model.shape)
            asked = ["models.bench.plain_encode", name, images, workspace.resolve(), threads]
            command = [sys.executable, "-m", *map(str, asked)]
            baseline = _summed([_answer(command) for _ in range(rounds)])
            for one in found:
                rates = one["examples_per_second"], baseline["examples_per_second"]
                one["ratio"] = ratio(*rates)
    return {
        "name": name,
        "shape": list(config.model.shape),
        "processes": processes,
        "threads": threads,
        "rounds": found,
        "baseline_is": BASELINE,
        "baseline": baseline,
    }


def _summed(times: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what several measurements of the same come to."""
    seconds = spread([one["seconds"] for one in times])
    examples = times[0]["examples"]
    return {
        "examples": examples,
        "seconds": seconds,
        "examples_per_second": round(examples / median(one["seconds"] for one in times), 1),
        "peak_memory_bytes": max(one["peak_memory_bytes"] for one in times),
    }


def _run(arguments: list[str], processes: int) -> dict[str, Any]:
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m"]
    return _answer(
        [sys.executable, "-m", *(launcher if processes > 1 else []), "models", *arguments]
    )


def _answer(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
        raise OSError(lines[0].removeprefix("Error: ") if lines else "Encoding failed.")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
