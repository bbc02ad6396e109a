"""Training: recipes, starting a run, and watching and stopping runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from models.data import is_table
from models.forms import recipe_fields
from models.recipes import RECIPES, get_recipe
from models.runs.queue import Queue
from studio.endpoints.endpoint import Answer, Endpoint
from studio.endpoints.given import Name
from studio.run_actions import stop_run
from studio.run_curves import thinned
from studio.run_shelf import RunShelf
from studio.table_shelf import table_name
from studio.tabs.train.request import MACHINE, default_launch, read_request

__all__ = ["TrainingEndpoints"]

MOST_RUNS = 200
MOST_EPOCHS = 500
FOLDER = "folder:"
HIDDEN = ("launch", "command", "samples")
"""What tells more of the machine than a program needs"""
Run = Annotated[str, Field(min_length=1, max_length=120)]
Settings = Annotated[dict[str, Any], Field(max_length=200)]


@dataclass(frozen=True, slots=True)
class TrainingEndpoints:
    """What the tabs Train and Runs do."""

    queue: Queue = field(repr=False)
    shelf: RunShelf = field(repr=False)

    def all(self) -> list[Endpoint]:
        """Return them."""
        return [
            Endpoint(tab="Train", call=self.recipes),
            Endpoint(tab="Train", call=self.train, writes=True),
            Endpoint(tab="Runs", call=self.runs),
            Endpoint(tab="Runs", call=self.run),
            Endpoint(tab="Runs", call=self.stop_run, writes=True),
        ]

    async def recipes(self, recipe: Name | None = None) -> Answer:
        """List the recipes that can be trained, or the settings of one with their values.

        Args:
            recipe: Name of the one whose settings are wanted.
        """
        if recipe is None:
            listed = [
                {"name": one.name, "summary": one.summary, "dataset": one.data.dataset}
                for one in RECIPES.values()
            ]
            return {"recipes": listed}
        fields = recipe_fields(get_recipe(recipe))
        told = [{"name": f.name, "value": f.shown(f.default), "meaning": f.doc} for f in fields]
        return {"recipe": recipe, "settings": told}

    async def train(
        self,
        recipe: Name,
        name: Annotated[str, Field(max_length=64)] | None = None,
        settings: Settings | None = None,
    ) -> Answer:
        """Put a training into the queue; `run` then says how it is doing.

        Args:
            recipe: What to train, as `recipes` lists it.
            name: What the new model is to be called; a free name after the recipe by default.
            settings: What differs from the recipe, as {"epochs": 20}; `recipes` lists all of one.
        """
        return await asyncio.to_thread(self._train, recipe, name, settings or {})

    def _train(self, recipe: str, name: str | None, settings: Mapping[str, Any]) -> Answer:
        runs = self.queue.runs
        wanted = name or runs.free_name(get_recipe(recipe).name)
        values = _filled(recipe, settings) | {"recipe": recipe, "name": wanted}
        run = read_request(values, runs.workspace).start(runs)
        self.queue.nudge()
        return {"id": run.id, "name": run.config.name, "state": run.status().state}

    async def runs(self, count: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 20) -> Answer:
        """List the trainings, the newest first: state, epoch, losses, and the model they made.

        Args:
            count: 1 to 200.
        """
        found = await asyncio.to_thread(self.shelf.summaries)
        return {"runs": found[:count], "total": len(found)}

    async def run(self, run: Run) -> Answer:
        """Say how a training is doing: state, settings that differ, and the losses of its epochs.

        Args:
            run: Its id, as `runs` or `train` gives it.
        """

        def told() -> Answer:
            found = self.shelf.get(run)
            details = self.shelf.details(found)
            columns = thinned(self.shelf.curves(found), MOST_EPOCHS)
            facts = {key: value for key, value in details.items() if key not in HIDDEN}
            return {**facts, "curves": {key: np.asarray(v) for key, v in columns.items()}}

        return await asyncio.to_thread(told)

    async def stop_run(self, run: Run) -> Answer:
        """Stop a training; what it has learned is kept.

        Args:
            run: Its id.
        """
        runs, queue = self.queue.runs, self.queue
        return await asyncio.to_thread(lambda: stop_run(runs, queue, self.shelf.get(run).id))


def _filled(recipe: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return a filled-in form: the recipe's values, and what differs.

    Raises:
        ValueError: A setting is unknown, or names a folder.
    """
    chosen = str(settings["dataset"]).strip() if "dataset" in settings else None
    if chosen is not None and (chosen.startswith(FOLDER) or _is_elsewhere(chosen)):
        raise ValueError(
            "A program cannot name a folder or a file to learn from; choose it in the tab Train."
        )
    fields = {one.name: one for one in recipe_fields(get_recipe(recipe), chosen)} | MACHINE
    strange = next((name for name in settings if name not in fields), None)
    if strange is not None:
        raise ValueError(
            f"The recipe '{recipe}' has no setting {strange!r:.60}; `recipes` lists those it has."
        )
    usual = {name: field.shown(field.default) for name, field in fields.items()}
    usual |= {name: getattr(default_launch(), name) for name in MACHINE}
    return usual | dict(settings) | ({} if chosen is None else {"dataset": chosen})


def _is_elsewhere(dataset: str) -> bool:
    """Whether a table is named by a path."""
    return is_table(dataset) and table_name(dataset) is None
