"""What the form asks for, made into a run; and a run made into what the form shows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from models.checkpoint import CheckpointError
from models.data.state import dataset_state
from models.forms import (
    Field,
    FormError,
    command_line,
    filled_in,
    launch_fields,
    recipe_fields,
    show_command,
)
from models.recipes import RECIPES, Recipe, get_recipe
from models.registry import default_workspace, require_name
from models.runs import Launch, Run, RunConfig, Runs

__all__ = [
    "FIELDS",
    "MACHINE",
    "Request",
    "default_launch",
    "devices",
    "read_request",
    "values_of",
]

FIELDS: dict[str, Field] = {
    field.name: field for recipe in RECIPES.values() for field in recipe_fields(recipe)
}
"""Every field that any recipe has."""
MACHINE: dict[str, Field] = {
    field.name: field for field in launch_fields() if field.name != "tensorboard"
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A training that can be started."""

    recipe: Recipe
    """With the overrides applied."""
    name: str
    overrides: dict[str, Any]
    launch: Launch
    command: str

    def start(self, runs: Runs, parent: str | None = None) -> Run:
        """Put it into the queue.

        Raises:
            RunError: A run of that name is queued or being trained.
        """
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
            faults.append(f"{recipe.data.dataset} is not whole: {state.sentence}")
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
