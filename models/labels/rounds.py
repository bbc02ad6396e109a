"""Rounds of training: a project's newest model learns from the labels given so far.

A round is a run like any other, made by `begin_round` and done by a worker process with
`models.labels.round_work`. Labels given while it is under way are for the next one.
"""

from __future__ import annotations

import re
from dataclasses import replace

from models.labels.errors import LabelError
from models.labels.live import end_live
from models.labels.newest import newest, recipe_for
from models.labels.project import Project
from models.recipes import Recipe
from models.registry import Registry
from models.runs.config import Launch
from models.runs.folder import Run, RunError
from models.runs.index import Runs

__all__ = ["MOST_EPOCHS", "active_round", "begin_round", "last_round", "require_at_rest"]

MOST_EPOCHS = 500


def begin_round(
    project: Project, registry: Registry, runs: Runs, epochs: int, *, queued: bool = True
) -> Run:
    """Let a project's model be trained for some epochs.

    Args:
        project: The project.
        registry: Where its checkpoint is.
        runs: Where the run goes.
        epochs: How many.
        queued: Whether it waits for a worker; otherwise it belongs to this process.

    Raises:
        LabelError: One is under way, or there cannot be so many epochs.
    """
    if not 1 <= epochs <= MOST_EPOCHS:
        raise LabelError(f"A round has 1 to {MOST_EPOCHS} epochs, not {epochs}.")
    _require_none(project, runs)
    recipe = _recipe(project, registry, epochs)
    end_live(project)
    try:
        return runs.create(
            recipe,
            name=_run_name(project),
            overrides={"epochs": epochs},
            launch=Launch(precision="bf16"),
            queued=queued,
            project=project.id,
        )
    except RunError:
        # Another request may have been faster; that names a run of which a person knows nothing.
        _require_none(project, runs)
        raise


def _require_none(project: Project, runs: Runs) -> None:
    if active_round(project, runs) is not None:
        raise LabelError(
            f"'{project.name}' is being trained already; stop that or wait for its end."
        )


def _recipe(project: Project, registry: Registry, epochs: int) -> Recipe:
    now = newest(project, registry)
    recipe = recipe_for(project, now)
    training = replace(recipe.training, epochs=epochs)
    if training.semi is not None and not now.state_file.exists():
        # A person who has labelled something wants to see in the first round what came of it; and
        # what was trained elsewhere has its epochs without labels behind it.
        free = 0 if now.tells and now.config else min(training.semi.label_free_epochs, epochs - 2)
        semi = replace(training.semi, label_free_epochs=max(0, free))
        training = replace(training, semi=semi)
    return replace(recipe, training=training)


def active_round(project: Project, runs: Runs) -> Run | None:
    """Return the round of a project that waits or is under way."""
    return next((run for run in runs.active() if run.config.project == project.id), None)


def require_at_rest(project: Project, runs: Runs) -> None:
    """Check that a project may be deleted.

    Raises:
        LabelError: It is being trained.
    """
    if active_round(project, runs) is not None:
        raise LabelError(f"'{project.name}' is being trained; stop that before you delete it.")


def last_round(project: Project, runs: Runs) -> Run | None:
    """Return the newest round of a project, however it stands; reads every run."""
    return next((run for run in runs.list() if run.config.project == project.id), None)


def _run_name(project: Project) -> str:
    plain = re.sub(r"[^A-Za-z0-9]+", "-", project.name).strip("-").lower()[:40]
    return f"labels-{plain}-{project.id[:6]}" if plain else f"labels-{project.id}"
