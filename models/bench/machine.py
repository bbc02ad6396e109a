"""What a figure was measured on, how measurements spread, and how two of them compare."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import torch

__all__ = ["installed", "machine", "ratio", "spread"]

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "scikit-learn", "gradio", "fastapi")
"""Whose versions every result names; only their metadata is read."""


def machine(load: float | None = None) -> dict[str, Any]:
    """Return versions, processor, cores, threads, load and the time.

    Args:
        load: Of the minute before the measurement; that of the last minute if None.
    """
    if load is None and hasattr(os, "getloadavg"):
        load = os.getloadavg()[0]
    here = {name: there for name in PACKAGES if (there := installed(name))}
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "load": None if load is None else round(load, 2),
        "versions": {"python": platform.python_version(), **here},
    }


def installed(name: str) -> str | None:
    """Return the version of an installed package, without importing it, or None."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    if told.exists():
        for line in told.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def spread(times: Sequence[float], *, digits: int = 3) -> dict[str, Any]:
    """Return the median, the 95th percentile and the number of some measurements.

    Raises:
        ValueError: There are none.
    """
    if not times:
        raise ValueError("Nothing was measured; give the measurement more time.")
    middle, high = np.percentile(times, [50, 95]).round(digits).tolist()
    return {"median": middle, "p95": high, "n": len(times)}


def ratio(ours: float, baseline: float, *, digits: int = 3) -> float | None:
    """Return ours as a multiple of the baseline, or None where that is nothing."""
    return round(ours / baseline, digits) if baseline else None
