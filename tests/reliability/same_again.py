"""Trains and decodes what has to come out the same everywhere; also run by test_determinism.py.

`python same_again.py WORKSPACE CHECKPOINTS COUNT` prints it as JSON.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch

from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from studio.live import DecodeService
from tests.small import losses, small_recipe

PICTURES = 40


def done(workspace, checkpoints, count):
    """Return the losses and weights of trainings, and digests of pictures that 'tiny' decodes."""
    torch.set_num_threads(1)
    registry = Registry(workspace, pretrained=workspace / "none")
    found = {"losses": [], "weights": [], "pictures": []}
    for seed in range(count):
        run = Runs(workspace).create(small_recipe(epochs=2, seed=seed), name=f"seed-{seed}")
        execute(run, registry)
        weights = registry.folder(f"seed-{seed}") / "model.safetensors"
        found["losses"].append(losses(run))
        found["weights"].append(hashlib.sha256(weights.read_bytes()).hexdigest())
    shutil.copytree(checkpoints / "tiny", registry.own / "tiny")
    found["pictures"] = _pictures(registry.open("tiny"), PICTURES * count)
    return found


def _pictures(checkpoint, count):
    import asyncio

    codes = np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)

    async def decoded():
        service = DecodeService()
        return [(await service.decode(checkpoint, code[None])).tobytes() for code in codes]

    loop = asyncio.new_event_loop()
    try:
        pictures = loop.run_until_complete(decoded())
    finally:
        loop.close()
    return [hashlib.sha256(picture).hexdigest() for picture in pictures]


if __name__ == "__main__":
    print(json.dumps(done(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
