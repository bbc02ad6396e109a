"""One of several processes that train together; run by test_teams.py under torchrun.

`team_trainer.py FOLDER`: each process trains every case and leaves `CASE-RANK.json` with its losses
and, after each epoch, a checksum of its parameters. Then the team stops a run of its own in the
workspace FOLDER, and goes on with one that was stopped by a single process.
"""

import hashlib
import json
import sys
from pathlib import Path

import torch

from models import data
from models.registry import Registry
from models.runs import Runs
from models.runs.execute import execute
from models.runs.training import follow
from models.training import Callback, Trainer
from models.training.distributed import ALONE, team
from models.training.recipe import new_model
from tests.small import small_recipe

CONVOLUTIONAL = {
    "network.kind": "convolutional",
    "network.channels": (4, 8),
    "network.normalisation": "batch",
    "network.dropout": 0.0,
}
CASES = {
    "dropout": {},
    "free-bits": {"free_bits": 1.0, "latent_dim": 3},
    "uneven": {"batch_size": 101},
    "one-left": {"batch_size": 94, "average": 0.0},
    "batch-norm": CONVOLUTIONAL | {"batch_size": 250},
}


class Checksums(Callback):
    """Of all parameters and buffers after each epoch."""

    def __init__(self):
        self.sums = []

    def on_epoch_end(self, trainer):
        tensors = trainer.model.state_dict().values()
        joined = b"".join(tensor.contiguous().numpy().tobytes() for tensor in tensors)
        self.sums.append(hashlib.sha256(joined).hexdigest())


def train(overrides, together, checksums):
    """Return the losses of each epoch: the training's and the held-out ones."""
    recipe = small_recipe(**overrides)
    dataset = data.load("digits", validation=5000)
    trainer = Trainer(
        new_model(recipe, dataset), recipe.training, callbacks=[checksums], team=together
    )
    history = trainer.fit(dataset.train, dataset.validation)
    rows = [(r.train, r.validation) for r in history]
    return [[p.total, p.reconstruction, p.kl] for row in rows for p in row]


class StopAt(Callback):
    """Stops a training at a step."""

    def __init__(self, step):
        self.step = step

    def on_step(self, trainer):
        if trainer.progress.step == self.step:
            trainer.stop()


def work(run, registry, together, *callbacks):
    """Do a run as the leader or as one that follows."""
    if together.leads:
        execute(run, registry, team=together, callbacks=callbacks)
    else:
        follow(small_recipe(epochs=4), run and run.config.launch, registry.workspace, together)


def main(folder):
    torch.set_num_threads(1)
    registry = Registry(folder, pretrained=folder / "none")
    runs = Runs(folder)
    with team("cpu") as together:
        for name, overrides in CASES.items():
            checksums = Checksums()
            losses = train(overrides, together, checksums)
            found = {"losses": losses, "checksums": checksums.sums}
            (folder / f"{name}-{together.rank}.json").write_text(json.dumps(found))
        [stopped] = [run for run in runs.list() if run.config.name == "alone"]
        ours = stopped
        if together.leads:
            ours = runs.create(small_recipe(epochs=4), name="team")
        work(ours, registry, together, StopAt(17))
        work(stopped, registry, together)


__all__ = ["ALONE", "CASES", "Checksums", "StopAt", "train"]

if __name__ == "__main__":
    main(Path(sys.argv[1]))
