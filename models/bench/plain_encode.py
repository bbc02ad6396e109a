"""The baseline of `bench encode`: one picture after another, as a first script would do it.

    python -m models.bench.plain_encode CHECKPOINT IMAGES.npy WORKSPACE THREADS

takes each array as a picture (PIL), turns it into a tensor, and lets a `DataLoader` hand the model
one at a time. It prints JSON: examples, seconds of the loop, and the peak memory of the process.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader

from models.bench.memory import peak_memory
from models.bench.tutorial import ItemDataset
from models.data import Split
from models.registry import Registry
from models.training.devices import set_threads

__all__ = ["main"]


@torch.no_grad()
def main(name: str, images: str, workspace: str, threads: str) -> None:
    """Encode a file of images, uint8 [N, C, H, W], and print what it took."""
    set_threads(int(threads))
    model = Registry(Path(workspace)).open(name).model
    pixels = torch.from_numpy(np.load(images))
    split = Split(images=pixels, labels=torch.full((len(pixels),), -1))
    start = time.perf_counter()
    means = [model.encode(x).mu for x in DataLoader(ItemDataset(split, "none"), batch_size=1)]
    codes = torch.cat(means).numpy()
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {
                "examples": len(codes),
                "seconds": seconds,
                "peak_memory_bytes": peak_memory(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
