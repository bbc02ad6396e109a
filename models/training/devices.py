"""Where to compute, and with how many threads and bits."""

from __future__ import annotations

import os
import time

import torch

__all__ = [
    "available_devices",
    "bf16_is_fast",
    "choose_device",
    "is_out_of_memory",
    "set_threads",
]

KINDS = ("cpu", "cuda", "mps")


def available_devices() -> tuple[str, ...]:
    """Return the kinds of devices that are there: the CPU, then cuda and mps."""
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.mps.is_available()}
    return tuple(kind for kind in KINDS if there[kind])


def choose_device(name: str = "auto") -> torch.device:
    """Return a device that is there.

    Args:
        name: auto (CUDA, else MPS, else the CPU), cpu, cuda, cuda:N or mps.

    Raises:
        ValueError: The name is unknown or the device is not there.
    """
    there = available_devices()
    kind = name.split(":")[0]
    if name == "auto":
        return torch.device(next(k for k in ("cuda", "mps", "cpu") if k in there))
    if kind not in KINDS:
        raise ValueError(f"{name!r:.40} is no device; choose auto, cpu, cuda or mps.")
    if kind not in there:
        raise ValueError(
            f"There is no {kind} device on this machine; there is: {', '.join(there)}."
        )
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"{name!r:.40} is no device; choose auto, cpu, cuda or mps.") from None
    if kind != "cuda" and name != kind:  # torch takes cpu:7, and calls it another device.
        raise ValueError(f"There is one {kind} device; call it {kind}, not {name!r:.40}.")
    if kind == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"There is no {name}; this machine has {torch.cuda.device_count()}.")
    return device


def set_threads(count: int) -> None:
    """Use `count` CPU threads, or every core for 0.

    Raises:
        ValueError: The count is negative.
    """
    if count < 0:
        raise ValueError(f"threads must be 0 or more, not {count}.")
    torch.set_num_threads(count or os.cpu_count() or 1)


def bf16_is_fast(device: torch.device) -> bool:
    """Tell, by measuring, whether bfloat16 multiplies faster than float32 on a device.

    A CPU without bfloat16 instructions emulates them ten times slower.
    """
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    times = {}
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.ones(512, 512, dtype=dtype, device=device)
        best = float("inf")
        for _ in range(5):
            start = time.perf_counter()
            (a @ a).sum().item()
            best = min(best, time.perf_counter() - start)
        times[dtype] = best
    return times[torch.bfloat16] < times[torch.float32]


def is_out_of_memory(error: Exception) -> bool:
    """Tell whether an error says that memory ran out, of whatever device."""
    # The CPU's allocator raises a plain RuntimeError.
    text = str(error)
    return (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or "DefaultCPUAllocator" in text
        or "out of memory" in text.lower()
    )
