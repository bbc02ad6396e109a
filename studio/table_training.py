"""Training the models of a table: ordinary runs, one for each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import ConfigDict, StrictInt

from models.command import command_line, show_command
from models.data import DataError
from models.recipes import get_recipe, with_overrides
from models.registry import default_workspace
from models.runs import Launch, Run, Runs
from models.tables.data import table_dataset
from models.training.config import TrainingConfig
from studio.kept_tables import KeptTable
from studio.table_models import KINDS, TableModels, kind_of
from studio.tabs.train.request import default_launch

__all__ = ["TrainRequest", "begin"]

MOST_EPOCHS = 20_000
MOST_BETA = 1000.0
NAMES = {"vae": "vae", "beta": "beta-vae"}
STEPS = 6000
"""About the most that a training takes of which nobody has said how long it is to be"""
LEAST_EPOCHS = 5
LARGEST_BATCH = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainRequest:
    """What a page asks to be trained."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    epochs: StrictInt | None = None
    """The recipe's if None"""
    beta: float | None = None
    """Of the beta-VAE; the recipe's if None"""
    normal_class: str = ""
    """The only class to learn; all if empty"""
    which: list[Literal["vae", "beta"]] = field(default_factory=lambda: list(KINDS))

    def __post_init__(self) -> None:
        """Check every range."""
        if self.epochs is not None and not 1 <= self.epochs <= MOST_EPOCHS:
            raise ValueError(f"epochs must lie in 1..{MOST_EPOCHS:,}, not {self.epochs:,}.")
        if self.beta is not None and not 0 <= self.beta <= MOST_BETA:
            raise ValueError(f"beta must lie in 0..{MOST_BETA:g}, not {self.beta:g}.")
        if not self.which:
            raise ValueError("which must name vae, beta or both.")


def begin(models: TableModels, name: str, asked: TrainRequest, runs: Runs) -> list[Run]:
    """Put the models of a table into the queue; of two who ask at once, one is refused.

    Raises:
        UnknownTable: There is none of that name.
        DataError: Too few rows are of the class, or such a model is being trained already.
        RunError: Another process took a name meanwhile.
    """
    wanted = [kind for kind in KINDS if kind in asked.which]
    with models.tables.changing():
        kept = models.tables.get(name)
        for run in models.active(name):
            recipe = run.config.recipe
            if kind_of(recipe.name, recipe.training.beta) in wanted:
                raise DataError(
                    f"'{run.config.name}' is {run.status().state} already on the table "
                    f"'{name}'; wait for it or stop it."
                )
        return [_begin(kept, kind, asked, runs) for kind in wanted]


def _begin(kept: KeptTable, kind: str, asked: TrainRequest, runs: Runs) -> Run:
    recipe = get_recipe(_recipe(kept, kind, asked.normal_class))
    overrides: dict[str, Any] = {}
    if recipe.data.dataset != kept.dataset:
        overrides["dataset"] = kept.dataset
    if kept.own:
        overrides |= {"label_column": kept.label} | _length(recipe.training, len(kept.table))
    if asked.normal_class:
        overrides["normal_class"] = asked.normal_class
    if asked.epochs is not None:
        overrides["epochs"] = asked.epochs
    if kind == "beta" and asked.beta is not None:
        overrides["beta"] = asked.beta
    changed = with_overrides(recipe, **overrides)
    # Only looks whether that can be trained: a refusal now is better than a run that fails.
    table_dataset(
        kept.table,
        kept.name,
        validation=changed.data.validation,
        normal_class=asked.normal_class,
    )
    name = runs.free_name(_wanted(kept.name, kind, asked.normal_class))
    launch = _launch()
    own = None if runs.workspace == default_workspace() else runs.workspace
    command = command_line(
        recipe.name, name=name, overrides=overrides, launch=launch, workspace=own
    )
    return runs.create(
        changed,
        name=name,
        overrides=overrides,
        launch=launch,
        command=show_command(command),
        queued=True,
    )


def _recipe(kept: KeptTable, kind: str, normal_class: str) -> str:
    """Return the name of the recipe to train."""
    base = "table" if kept.own else kept.name
    if normal_class:
        base = "table-anomalies"
    return f"{base}-beta" if kind == "beta" else base


def _length(usual: TrainingConfig, rows: int) -> dict[str, int]:
    """Return a batch and a number of epochs that train a large table in seconds, too."""
    if rows * usual.epochs <= STEPS * usual.batch_size:
        return {}
    batch = max(usual.batch_size, min(LARGEST_BATCH, rows // 100))
    epochs = max(LEAST_EPOCHS, min(usual.epochs, STEPS * batch // rows))
    return {"batch_size": batch, "epochs": epochs}


def _launch() -> Launch:
    # So small a network is slower anywhere else.
    return replace(default_launch(), device="cpu")


def _wanted(table: str, kind: str, normal_class: str) -> str:
    """Return a name for a new model, none that comes with the studio."""
    only = re.sub(r"[^A-Za-z0-9]+", "-", normal_class).strip("-")[:12]
    return "-".join(part for part in (table[:40], only, NAMES[kind]) if part)
