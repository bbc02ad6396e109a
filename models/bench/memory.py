"""The most memory that this process has used."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

__all__ = ["peak_memory"]


def peak_memory() -> int:
    """Return the peak of the resident memory of this process, in bytes."""
    # getrusage would count what the process that started this one had used by then.
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # There is none on Windows.

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
