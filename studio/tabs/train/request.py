"""What the form asks for, made into a run; and a run made into what the form shows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import CheckpointError
from models.command import command_line, show_command
from models.data import DATASETS, is_dataset, is_table
from models.data.own_folder import FOLDER
from models.data.state import dataset_state
from models.forms import (
    Field,
    FormError,
    filled_in,
    launch_fields,
    recipe_fields,
)
from models.recipes import RECIPES, Recipe, get_recipe
from models.registry import default_workspace, require_name
from models.runs import Launch, Run, RunConfig, Runs
from models.tables.data import TABLE
from models.training.recipe import load_data

__all__ = [
    "DATA_FIELDS",
    "FIELDS",
    "MACHINE",
    "Request",
    "data_sentence",
    "default_launch",
    "devices",
    "read_request",
    "values_of",
]

FIELDS: dict[str, Field] = {
    field.name: field
    for recipe in RECIPES.values()
    for dataset in (None, f"{TABLE}own" if is_table(recipe.data.dataset) else f"{FOLDER}own")
    for field in recipe_fields(recipe, dataset)
}
"""Every field that any recipe has, on its own data or on a person's."""
DATA_FIELDS = ("binarise", "label_column", "normal_class")
"""Those that are asked of some data only."""
MACHINE: dict[str, Field] = {
    field.name: field for field in launch_fields() if field.name != "tensorboard"
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A training that can be started."""

    workspace: Path
    """Where its data set may lie."""

    recipe: Recipe
    """With the overrides applied."""
    name: str
    overrides: dict[str, Any]
    launch: Launch
    command: str

    def start(self, runs: Runs, parent: str | None = None) -> Run:
        """Put it into the queue.

        Raises:
            DataError: It is to learn from a table that cannot be used.
            RunError: A run of that name is queued or being trained.
        """
        if is_table(self.recipe.data.dataset):
            # It takes no longer than a moment: a refusal now is better than a run that fails.
            load_data(self.recipe, self.workspace)
        return runs.create(
            self.recipe,
            name=self.name,
            overrides=self.overrides,
            launch=self.launch,
            command=self.command,
            parent=parent,
            queued=True,
        )


def read_request(values: Mapping[str, Any], workspace: Path) -> Request:
    """Check a filled-in form.

    Args:
        values: `recipe`, `name`, and by their names the fields of the recipe and the machine.
        workspace: Where data sets lie and the run will.

    Raises:
        FormError: A sentence for everything that cannot be used.
    """
    recipe = get_recipe(values["recipe"])
    faults: list[str] = []
    overrides: dict[str, Any] = {}
    launch, name = default_launch(), (values["name"] or "").strip()
    try:
        recipe, overrides = filled_in(recipe, values)
        state = dataset_state(recipe.data.dataset, workspace)
        if state.state == "incomplete":
            part = (
                f"{recipe.data.dataset} is not whole: " if recipe.data.dataset in DATASETS else ""
            )
            faults.append(f"{part}{state.sentence}")
    except FormError as error:
        faults += error.faults
    try:
        require_name(name)
    except CheckpointError as error:
        faults.append(str(error) if name else "The new model needs a name.")
    try:
        launch = _launch(values)
    except ValueError as error:
        faults.append(str(error))
    if faults:
        raise FormError(faults)
    own = None if workspace == default_workspace() else workspace
    command = command_line(
        values["recipe"], name=name, overrides=overrides, launch=launch, workspace=own
    )
    return Request(
        workspace=workspace,
        recipe=recipe,
        name=name,
        overrides=overrides,
        launch=launch,
        command=show_command(command),
    )


def _launch(values: Mapping[str, Any]) -> Launch:
    read = {name: field.read(values[name]) for name, field in MACHINE.items()}
    if read["device"] not in devices():
        raise ValueError(f"device must be one of {', '.join(devices())}.")
    return Launch(**read)


def data_sentence(name: str, workspace: Path) -> str:
    """Say where a data set lies, or that there is none of that name."""
    if not is_dataset(name):
        return f"There is no data set {name!r:.80}; choose one, or write folder:PATH or table:NAME."
    return dataset_state(name, workspace).sentence


def values_of(config: RunConfig) -> dict[str, Any]:
    """Return what the form shows to ask for the same again."""
    shown = {field.name: field.shown(field.default) for field in recipe_fields(config.recipe)}
    for name, field in MACHINE.items():
        shown[name] = field.shown(getattr(config.launch, name))
    if shown["device"] not in devices():
        shown["device"] = "auto"
    return shown | {"recipe": config.recipe.name}


def default_launch() -> Launch:
    """Return a launch that leaves a core to the studio."""
    return Launch(threads=max(1, (os.cpu_count() or 2) - 1))


def devices() -> list[str]:
    """Return the devices that are there."""
    there = ["auto", "cpu"]
    there += [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    return [*there, "mps"] if torch.mps.is_available() else there
