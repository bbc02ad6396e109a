"""Which checkpoints and trainings belong to a table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.checkpoint import CheckpointConfig
from models.data import DataError
from models.numbers import finite_number
from models.recipes import Recipe
from models.registry import Registry, RegistryEntry
from models.runs import Run, Runs
from models.tables.config import TableConfig
from studio.kept_tables import KeptTable
from studio.run_shelf import RunShelf, UnknownRun
from studio.table_shelf import TableShelf, UnknownTable, table_name

__all__ = ["KINDS", "GoneTable", "TableModels", "called", "column_names", "kind_of"]
__all__ += ["knows_other_rows"]

KINDS = ("vae", "beta")
MOST_ENDED = 6
"""Trainings that have ended of which a page is told"""


@dataclass(frozen=True, slots=True)
class GoneTable:
    """A table of which only models are left."""

    name: str
    entries: tuple[RegistryEntry, ...]

    @property
    def config(self) -> CheckpointConfig:
        """What the newest of its models says of it."""
        found = self.entries[0].config
        assert found is not None
        return found

    @property
    def sentence(self) -> str:
        """Why its rows cannot be shown."""
        if table_name(self.config.data.dataset) is None:
            return (
                f"The table '{self.name}' lies outside the studio's own folder; add its CSV file "
                f"here under the name {self.name} to see its rows."
            )
        return (
            f"The table '{self.name}' is not here any more: its models can still be drawn from, "
            "but not be compared with its rows."
        )


@dataclass(frozen=True, slots=True)
class TableModels:
    """Finds the models of tables."""

    registry: Registry
    tables: TableShelf
    runs: RunShelf

    @classmethod
    def of(cls, registry: Registry, tables: TableShelf, runs: Runs) -> TableModels:
        """Return the models of a workspace's tables."""
        return cls(registry, tables, RunShelf(runs))

    def by_table(self) -> dict[str, list[RegistryEntry]]:
        """Return the checkpoints of each table by its name, the newest first."""
        found: dict[str, list[RegistryEntry]] = {}
        for entry in self.registry.entries():
            if entry.config is not None and isinstance(entry.config.model, TableConfig):
                found.setdefault(called(entry.config.data.dataset), []).append(entry)
        for entries in found.values():
            entries.sort(key=_age, reverse=True)
        return found

    def gone(self) -> list[GoneTable]:
        """Return the tables of which only models are left."""
        here = {name.lower() for name in self.tables.names()}
        return [
            GoneTable(name, tuple(entries))
            for name, entries in sorted(self.by_table().items())
            if name.lower() not in here
        ]

    def gone_table(self, name: str) -> GoneTable | None:
        """Return one of them, or None."""
        return next((gone for gone in self.gone() if gone.name == name), None)

    def fitting(self, name: str) -> list[RegistryEntry]:
        """Return the models of a table that know its columns, the newest first."""
        entries = self.by_table().get(name, [])
        if name not in self.tables.names():
            return entries
        columns = self.tables.get(name).table.columns
        return [e for e in entries if e.config and _columns(e.config) == columns]

    def require(self, name: str, model: str) -> RegistryEntry:
        """Return a model of a table.

        Raises:
            DataError: It is none of that table, or knows other columns.
        """
        of_table = self.by_table().get(name, [])
        for entry in self.fitting(name):
            if entry.name == model:
                return entry
        if any(entry.name == model for entry in of_table):
            raise DataError(
                f"'{model}' was trained on a table '{name}' of other columns; train it anew."
            )
        raise DataError(f"{model!r:.80} is no model of the table '{name}'; choose another.")

    def describe(self, name: str) -> dict[str, Any]:
        """Return a table's models, the two to begin with, and its trainings.

        Raises:
            UnknownTable: There is none of that name.
        """
        if name not in self.tables.names() and self.gone_table(name) is None:
            raise UnknownTable(f"There is no table {name!r:.80}; the list shows all.")
        kept = self.tables.get(name) if name in self.tables.names() else None
        models = [model_facts(entry, kept) for entry in self.fitting(name)]
        return {
            "models": models,
            "shown": {kind: _first(models, kind) for kind in KINDS},
            "training": self.trainings(name),
        }

    def trainings(self, name: str) -> list[dict[str, Any]]:
        """Return the trainings on a table that are under way or ended last, the newest first."""
        found, ended = [], 0
        for summary in self.runs.summaries():
            if called(summary["dataset"]) != name:
                continue
            active = summary["state"] in ("queued", "running", "stopping")
            ended += not active
            if active or ended <= MOST_ENDED:
                # It may have been deleted this moment.
                with suppress(UnknownRun):
                    found.append(summary | _run_facts(self.runs.get(summary["id"])))
        return found

    def curves(self, run_id: str) -> dict[str, np.ndarray] | None:
        """Return a run's epochs as columns, or None if it is not there any more."""
        with suppress(UnknownRun):
            return self.runs.curves(self.runs.get(run_id))
        return None

    def active(self, name: str) -> list[Run]:
        """Return the runs on a table that wait or are being trained."""
        active = self.runs.runs.active()
        return [run for run in active if called(run.config.recipe.data.dataset) == name]


def model_facts(entry: RegistryEntry, kept: KeptTable | None = None) -> dict[str, Any]:
    """Return what a list shows of a model beside its table, if that is here."""
    config = entry.config
    assert config is not None
    model = config.model
    assert isinstance(model, TableConfig)
    return {
        "name": entry.name,
        "kind": kind_of(config.recipe, config.training.beta),
        "beta": config.training.beta,
        "latent_dim": model.latent_dim,
        "shipped": entry.shipped,
        "created": config.created,
        "recipe": config.recipe,
        "scaling": model.scaling,
        "likelihood": model.likelihood,
        "epochs": int(finite_number(config.metrics.get("epochs")) or config.training.epochs),
        "normal_class": config.data.normal_class,
        "run": config.run,
        "other_rows": kept is not None and knows_other_rows(kept, config),
    }


def knows_other_rows(kept: KeptTable, config: CheckpointConfig) -> bool:
    """Whether a model learned other rows than it would now, as after a table was replaced.

    Of a model that does not say which rows it learned nothing is known.
    """
    learned = config.metrics.get("rows_digest")
    return isinstance(learned, str) and learned != kept.digest(config.data.normal_class)


def kind_of(recipe: str, beta: float) -> str:
    """Return 'beta' for a beta-VAE, else 'vae': by its recipe's name, or else by its beta."""
    return "beta" if recipe.endswith("-beta") or beta > 1 else "vae"


def _run_facts(run: Run) -> dict[str, Any]:
    recipe: Recipe = run.config.recipe
    return {
        "kind": kind_of(recipe.name, recipe.training.beta),
        "beta": recipe.training.beta,
        "normal_class": recipe.data.normal_class,
    }


def _first(models: Iterable[dict[str, Any]], kind: str) -> str | None:
    """Return the newest model of a kind, one of these rows and of all classes if there is one."""
    of_kind = (model for model in models if model["kind"] == kind)
    best = sorted(of_kind, key=lambda model: (model["other_rows"], bool(model["normal_class"])))
    return str(best[0]["name"]) if best else None


def called(dataset: str) -> str:
    """Return what a data set's table is called here; one from elsewhere after its file."""
    name = table_name(dataset)
    if name is None:
        file = re.split(r"[/\\]", dataset.removeprefix("table:"))[-1].removesuffix(".csv")
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", file).strip("-_")[:48] or "table"
    return name


def column_names(config: CheckpointConfig) -> tuple[str, ...]:
    """Return the columns of a model of rows, numbered where it does not name them."""
    assert isinstance(config.model, TableConfig)
    return config.model.columns or tuple(f"column {i + 1}" for i in range(config.model.shape[0]))


def _columns(config: CheckpointConfig) -> tuple[str, ...]:
    assert isinstance(config.model, TableConfig)
    return config.model.columns


def _age(entry: RegistryEntry) -> tuple[bool, str, str]:
    assert entry.config is not None
    return not entry.shipped, entry.config.created, entry.name
