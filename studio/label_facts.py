"""What the labeler's pages are told of projects, labels and rounds, as JSON and bytes.

Shapes: N samples, K classes, H and W height and width, C channels.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from torch import Tensor

from models.data import DATASETS, find_root
from models.labels.desk import Desk
from models.labels.project import Project
from models.labels.store import Step
from models.registry import Registry
from models.runs import Run
from models.semi.acquisition import QUEUES

__all__ = [
    "NOTHING",
    "colours",
    "describe_desk",
    "describe_round",
    "describe_sample",
    "describe_standing",
    "places_to_begin",
    "points",
    "project_facts",
    "step_facts",
]

NOTHING = 255
"""The byte of a sample without a class"""
SETS = {"mnist": 60_000, "fashion-mnist": 60_000, "digits": 1540}
"""Data sets with classes to tell, and their training pictures"""
ROUND_STATES = {
    "queued": "waiting",
    "running": "running",
    "stopping": "stopping",
    "stopped": "finished",
    "finished": "finished",
}
PHASES = {
    "starting": "The training starts.",
    "loading": "Loading the pictures.",
    "saving": "Looking at all the pictures anew.",
}


def project_facts(project: Project, labelled: int) -> dict[str, Any]:
    """Return what a list of projects shows of one."""
    return {
        "id": project.id,
        "name": project.name,
        "dataset": project.dataset,
        "checkpoint": project.checkpoint,
        "labelled": labelled,
        "rows": project.rows,
        "created": project.config.created,
    }


def places_to_begin(registry: Registry) -> dict[str, Any]:
    """Return the data sets and checkpoints that a project can begin with."""
    sets = []
    for name, rows in SETS.items():
        title = DATASETS[name].partition(":")[0]
        here = name == "digits" or find_root(name, registry.workspace) is not None
        why = (
            ""
            if here
            else f"{title} is not on this machine; `python -m models data fetch {name}` gets it."
        )
        sets.append(
            {"name": name, "title": title, "here": here, "rows": rows, "classes": 10, "why": why}
        )
    found = [
        {
            "name": entry.name,
            "dataset": entry.config.data.dataset,
            "classes": len(entry.config.class_names),
            "given": _count(entry.config.metrics.get("num_labels")),
        }
        for entry in registry.entries()
        if entry.config is not None
        and len(entry.config.model.shape) == 3
        and entry.config.data.dataset in SETS
    ]
    return {"datasets": sets, "checkpoints": found}


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def describe_desk(desk: Desk) -> dict[str, Any]:
    """Return what a page needs to know of a project before it draws anything."""
    project = desk.project
    names = list(project.class_names)
    digits = [str(k) for k in range(len(names))]
    return {
        "id": project.id,
        "name": project.name,
        "rows": project.rows,
        "shape": list(desk.pictures.images.shape[1:]),
        "classes": names,
        "keys": digits if len(names) <= 10 else None,
        "has_truth": desk.pictures.truth is not None,
        "dataset": project.dataset,
        "checkpoint": project.checkpoint,
        "sentence": desk.pictures.sentence,
        "latent_dim": desk.sight.model.model.config.latent_dim,
        "queues": [
            {"name": name, "title": queue.title, "meaning": queue.meaning}
            for name, queue in QUEUES.items()
        ],
        "versions": versions(desk),
    }


def versions(desk: Desk, step: int | None = None) -> dict[str, int]:
    """Return numbers that change with what they are called by."""
    sight = desk.sight
    return {
        "labels": desk.store.standing().id if step is None else step,
        "points": sight.points,
        "predictions": sight.predictions,
        "truth": 0,
    }


def counted(step: Step) -> dict[str, Any]:
    """Return how the labels stand after a step."""
    return {
        "counts": list(step.counts),
        "labelled": step.labelled,
        "undo": step.undo,
        "redo": step.redo,
    }


def step_facts(desk: Desk, step: Step) -> dict[str, Any]:
    """Return what became of a request to label, undo or redo."""
    return {
        "step": step.id,
        **counted(step),
        "samples": list(step.samples),
        "labels": list(step.labels),
        "versions": versions(desk, desk.store.standing().id),
    }


def describe_standing(desk: Desk) -> dict[str, Any]:
    """Return how a project stands, but for its rounds."""
    standing, last = desk.store.standing(), desk.growth.last()
    return {
        "versions": versions(desk, standing.id),
        "ready": {
            "map": round(desk.map_share, 4),
            "graph": round(desk.spread.share, 4),
            "sentence": desk.sentence,
        },
        **counted(standing),
        "told": desk.sight.told.how,
        "growth": [
            {"labelled": m.labelled, "accuracy": m.accuracy, "how": m.how}
            for m in desk.growth.measures()
        ],
        "accuracy": None if last is None else {"how": last.how, "value": last.accuracy},
    }


def describe_round(run: Run | None) -> dict[str, Any] | None:
    """Return how a project's newest round stands; its epochs are counted from its own first."""
    if run is None:
        return None
    status, epochs = run.status(), run.config.recipe.training.epochs
    begun = max(0, status.epochs - epochs)
    # A training counts its epochs over the whole life of the model.
    per_epoch = status.steps / status.epochs if status.steps and status.epochs else 0.0
    at = max(0.0, status.epoch - begun) if status.steps else 0.0
    state = ROUND_STATES.get(status.state, "failed")
    sentence = status.message
    if state == "waiting":
        sentence = "It waits for its turn."
    elif state == "running":
        sentence = PHASES.get(status.phase, f"Epoch {min(epochs, int(at) + 1)} of {epochs}.")
    elif state == "stopping":
        sentence = "It stops; what was learned is kept."
    return {
        "run": run.id,
        "state": state,
        "epoch": round(at, 4),
        "epochs": epochs,
        "step": max(0, status.step - round(begun * per_epoch)),
        "steps": round(epochs * per_epoch),
        "sentence": sentence,
        "history": list(_epochs(run, begun)),
    }


def _epochs(run: Run, begun: int) -> Iterable[dict[str, Any]]:
    for line in run.metrics()[0]:
        if line.get("kind") != "epoch" or not isinstance(line.get("train"), dict):
            continue
        losses = {k: v for k, v in line["train"].items() if isinstance(v, float | int)}
        parts = line["train"].get("parts")
        if isinstance(parts, dict):
            losses |= {k: v for k, v in parts.items() if isinstance(v, float | int)}
        yield {"epoch": line["epoch"] - begun, **losses}


def points(desk: Desk) -> tuple[bytes, int]:
    """Return uint32 N and float32 xy [N, 2] (NaN: not on the map), and their version."""
    sight, pictures = desk.sight, desk.pictures
    xy = sight.view.xy.numpy().astype("<f4")
    if not pictures.all_here:
        spread = np.full((pictures.samples, 2), np.nan, "<f4")
        spread[pictures.rows] = xy
        xy = spread
    return np.uint32(pictures.samples).astype("<u4").tobytes() + xy.tobytes(), sight.points


def colours(desk: Desk, kind: str) -> tuple[bytes, int]:
    """Return a byte a sample: its class (255: none), or a certainty of 0 to 254; and a version."""
    sight, pictures = desk.sight, desk.pictures
    if kind == "mine":
        # The version first: labels that come meanwhile are asked for once more.
        version = desk.store.standing().id
        mine = desk.store.current()
        return np.where(mine < 0, NOTHING, mine).astype(np.uint8).tobytes(), version
    if kind == "true":
        found = np.full(len(pictures), NOTHING, np.uint8)
        if pictures.truth is not None:
            found = np.where(pictures.truth < 0, NOTHING, pictures.truth).astype(np.uint8)
        return pictures.spread(found, NOTHING).tobytes(), 0
    certainty, classes = sight.told.probabilities.max(1)
    unknown = sight.view.xy[:, 0].isnan().numpy() | (sight.told.how == "nothing")
    if kind == "predicted":
        found = np.where(unknown, NOTHING, classes.numpy()).astype(np.uint8)
        return pictures.spread(found, NOTHING).tobytes(), sight.predictions
    found = np.where(unknown, 0, (certainty.numpy() * 254).round()).astype(np.uint8)
    return pictures.spread(found, 0).tobytes(), sight.predictions


def describe_sample(desk: Desk, sample: int) -> dict[str, Any]:
    """Return all that is known of one sample."""
    image, reconstruction, code = desk.portrait(sample)
    at, told = desk.pictures.at(sample), desk.sight.told
    shares = told.probabilities[at]
    known = told.how != "nothing"
    truth = desk.pictures.truth
    mine = int(desk.store.current()[sample])
    event = desk.store.last_event(sample) if mine >= 0 else None
    return {
        "row": sample,
        "picture": _encoded(image),
        "reconstruction": _encoded(reconstruction),
        "shape": [*image.shape[1:], image.shape[0]],
        "predicted": int(shares.argmax()) if known else None,
        "certainty": float(shares.max()) if known else None,
        "probabilities": [round(p, 5) for p in shares.tolist()],
        "how": told.how,
        "true": None if truth is None or truth[at] < 0 else int(truth[at]),
        "mine": None if mine < 0 else mine,
        "code": code.tolist(),
        "source": event and event.source,
        "time": event and datetime.fromtimestamp(event.time, UTC).isoformat(timespec="seconds"),
    }


def _encoded(image_CHW: Tensor) -> str:
    return base64.b64encode(image_CHW.permute(1, 2, 0).contiguous().numpy().tobytes()).decode()
