"""Run folders as a worker leaves them, written in a moment, for tests of what reads them."""

import json
import math
import time
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from models.config import to_json
from models.recipes import get_recipe, with_overrides
from models.runs.config import Launch

STARTED = 1_767_225_600
EPOCH_S = 2.5


def epoch_line(epoch, base=150.0, learning_rate=1e-3, validation=True):
    kl = 6 * (1 - math.exp(-epoch / 5))
    reconstruction = base + 90 * math.exp(-epoch / 10)

    def parts(more):
        return {
            "total": reconstruction + kl + more,
            "reconstruction": reconstruction + more,
            "kl": kl,
            "kl_per_dimension": [kl / 2, kl / 2],
        }

    return {
        "kind": "epoch",
        "time": STARTED + EPOCH_S * epoch,
        "step": 8 * epoch,
        "epoch": epoch,
        "train": parts(0),
        "validation": parts(4) if validation else None,
        "learning_rate": learning_rate,
        "beta": 1.0,
        "examples_per_second": 12_345.6,
    }


def step_line(step, total=170.0):
    return {
        "kind": "step",
        "time": STARTED + step,
        "step": step,
        "epoch": step / 8,
        "total": total,
        "reconstruction": total - 6,
        "kl": 6.0,
        "learning_rate": 1e-3,
        "beta": 1.0,
        "examples_per_second": 12_345.6,
    }


def write_metrics(folder, lines):
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text)


def make_run(workspace, number=0, *, epochs=20, state="finished", name=None, **overrides):
    """Write a run of navigator-digits and return its folder; higher numbers are newer."""
    recipe = with_overrides(get_recipe("navigator-digits"), epochs=epochs, **overrides)
    created = datetime.fromtimestamp(STARTED + 60 * number, UTC)
    run_id = f"{created:%Y%m%d-%H%M%S}-navigator-digits-{number:06x}"
    folder = workspace / "runs" / run_id
    (folder / "samples").mkdir(parents=True)
    config = {
        "format": 1,
        "id": run_id,
        "name": name or f"digits-{number}",
        "recipe": to_json(recipe),
        "overrides": {"epochs": epochs, **overrides},
        "launch": to_json(Launch()),
        "command": "python -m models train navigator-digits",
        "versions": {"python": "3.12.0", "torch": "2.13.0"},
        "created": created.isoformat(timespec="seconds"),
        "parent": None,
    }
    status = {
        "state": state,
        "step": 8 * epochs,
        "steps": 8 * epochs,
        "epoch": float(epochs),
        "epochs": epochs,
        "seconds": EPOCH_S * epochs,
        "examples_per_second": 12_345.6,
        "checkpoint": config["name"] if state == "finished" else None,
    }
    if state == "running":
        # One on another machine is believed as long as it gives signs of life.
        status |= {"phase": "training", "host": "elsewhere", "heartbeat": time.time() + 3600}
    (folder / "run.json").write_text(json.dumps(config))
    (folder / "status.json").write_text(json.dumps(status))
    (folder / "log.txt").write_text("Hello.\n")
    write_metrics(folder, [epoch_line(e, 150.0 + number) for e in range(1, epochs + 1)])
    for epoch in (1, epochs):
        shade = min(255, 40 + 10 * number)
        Image.new("L", (64, 64), shade).save(folder / "samples" / f"epoch-{epoch:04d}.png")
    return folder


def write_latent(folder, count=12, step=7, **arrays):
    given = {
        "codes": np.arange(2 * count, dtype=np.float32).reshape(count, 2),
        "labels": np.arange(count, dtype=np.uint8),
        "step": np.int64(step),
    }
    np.savez(folder / "latent.npz", **(given | arrays))
