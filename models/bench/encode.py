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
from typing import Any

import numpy as np
import torch
from numpy.lib.format import open_memmap

from models.checkpoint import CheckpointConfig

__all__ = ["bench_encode", "make_images"]

ROWS_AT_ONCE = 10_000
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
    """
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        for count in counts:
            report(f"{count:,} made images ...")
            images, codes = Path(folder, "images.npy"), Path(folder, f"codes-{count}.npy")
            make_images(images, count, config.model.shape)
            options = ["--dataset", images, "--output", codes, "--device", device, "--json"]
            options += ["--threads", threads, "--workspace", workspace.resolve()]
            rounds.append(_run(["encode", name, *map(str, options)], processes))
    keys = ("examples", "seconds", "examples_per_second", "peak_memory_bytes", "bytes")
    return {
        "name": name,
        "shape": list(config.model.shape),
        "processes": processes,
        "threads": threads,
        "torch": torch.__version__,
        "rounds": [{key: one[key] for key in keys} for one in rounds],
    }


def _run(arguments: list[str], processes: int) -> dict[str, Any]:
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes), "-m"]
    command = [sys.executable, "-m", *(launcher if processes > 1 else []), "models", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("Error:")]
        raise OSError(lines[0].removeprefix("Error: ") if lines else "`encode` failed.")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
