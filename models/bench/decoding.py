"""`bench decode`: milliseconds to decode 1 to 400 images, as the studio does and otherwise.

The studio decodes on one thread and in inference mode. The baseline is the same model called as a
script calls it: with all of torch's threads, and with autograd's records. Where onnxruntime is
installed the same decoder runs in it too, on one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from models.bench.machine import installed, ratio, spread
from models.onnx_decoder import OnnxDecoder, OnnxUnavailable
from models.training.devices import set_threads
from models.vae import VAE

__all__ = ["SIZES", "bench_decode"]

SIZES = (1, 4, 9, 16, 64, 400)
BASELINE = "the same model called plainly: torch's default threads, autograd on"
ROUNDS = 5
WARM = 3


def bench_decode(
    model: VAE, *, sizes: Sequence[int] = SIZES, seconds: float = 0.5
) -> dict[str, Any]:
    """Return the milliseconds of each way for each number of images.

    Args:
        model: In eval mode, on the CPU.
        sizes: Images at once.
        seconds: Spent on each way and size, in five rounds that take turns.
    """
    every = torch.get_num_threads()
    ways: dict[str, tuple[int, Callable[[Tensor], object]]] = {
        "studio": (1, lambda z: _inferred(model, z)),
        "baseline": (every, lambda z: model.decode(z).detach().numpy()),
    }
    skipped, largest = None, None
    try:
        faster = OnnxDecoder(model)
        ways["onnxruntime"] = (1, lambda z: faster(z.numpy()))
        largest = faster.difference
    except OnnxUnavailable as reason:
        skipped = str(reason)
    generator = torch.Generator().manual_seed(0)
    found: dict[str, Any] = {}
    for size in sizes:
        z = torch.randn(size, model.config.latent_dim, generator=generator)
        times = _in_turn(ways, z, seconds / ROUNDS)
        one: dict[str, Any] = {way: spread(kept) for way, kept in times.items()}
        middle = one["studio"]["median"]
        one["ratio"] = ratio(one["baseline"]["median"], middle)
        if "onnxruntime" in one:
            one["onnxruntime_ratio"] = ratio(middle, one["onnxruntime"]["median"])
        found[str(size)] = one
    set_threads(every)
    return {
        "unit": "ms",
        "threads": {way: threads for way, (threads, _) in ways.items()},
        "baseline_is": BASELINE,
        "onnxruntime": installed("onnxruntime") if skipped is None else None,
        "onnxruntime_skipped": skipped,
        "onnxruntime_largest_difference": largest,
        "sizes": found,
    }


@torch.inference_mode()
def _inferred(model: VAE, z: Tensor) -> object:
    return model.decode(z).numpy()


def _in_turn(
    ways: dict[str, tuple[int, Callable[[Tensor], object]]], z: Tensor, seconds: float
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (threads, decode) in ways.items():
            torch.set_num_threads(threads)
            for _ in range(WARM):
                decode(z)
            end = time.perf_counter() + seconds
            while True:
                start = time.perf_counter()
                decode(z)
                done = time.perf_counter()
                times[way].append(1000 * (done - start))
                if done > end:
                    break
    return times
