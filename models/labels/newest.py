"""The newest model of a project, and what lies beside it.

    rounds/<round>/model/              its checkpoint
    rounds/<round>/state.safetensors   where its training goes on
    rounds/<round>/view.safetensors    what it makes of the pictures
    rounds/<round>/graph.safetensors   nearest neighbours among them
    current                            the name of the newest round, written last

A round's folder is whole before `current` names it, so that whatever is killed at any moment leaves
the round before, whole. Before the first round the view and the graph of the model that the project
begins from are kept in `rounds/begin-<digest>/`.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from pathlib import Path

from models.atomic import remove_folder, remove_leftovers, write_file
from models.checkpoint import CheckpointConfig, load_checkpoint
from models.labels.errors import UnknownProject
from models.labels.pictures import load_dataset
from models.labels.project import Project
from models.preprocessing import DataConfig
from models.recipes import RECIPES, Recipe, with_overrides
from models.registry import Registry, UnknownCheckpoint
from models.ssvae import SSVAEConfig
from models.training.recipe import new_model
from models.vae import VAE

__all__ = ["Newest", "current_round", "newest", "publish", "recipe_for"]

LOG = logging.getLogger(__name__)
ROUND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")


@dataclass(frozen=True, slots=True, eq=False)
class Newest:
    """A project's newest model."""

    name: str
    """Of the folder below `rounds`"""
    folder: Path
    model: VAE
    data: DataConfig
    config: CheckpointConfig | None
    """None for an untrained one"""
    classes: int

    @property
    def known(self) -> int:
        """How many labels its classifier has learned from; 0 where it tells no classes."""
        if not self.tells or self.config is None:
            return 0
        count = self.config.metrics.get("num_labels", 0)
        return count if isinstance(count, int) else 0

    @property
    def tells(self) -> bool:
        """Whether it has a classifier for the project's classes."""
        config = self.model.config
        return isinstance(config, SSVAEConfig) and config.classes == self.classes

    @property
    def view_file(self) -> Path:
        """What it makes of the pictures."""
        return self.folder / "view.safetensors"

    @property
    def graph_file(self) -> Path:
        """Nearest neighbours."""
        return self.folder / "graph.safetensors"

    @property
    def state_file(self) -> Path:
        """Where its training goes on."""
        return self.folder / "state.safetensors"


def current_round(project: Project) -> str | None:
    """Return the name of the newest round, if there was one."""
    try:
        name = (project.folder / "current").read_text("ascii").strip()
    except (OSError, ValueError):
        return None
    return name if ROUND.match(name) else None


def newest(project: Project, registry: Registry) -> Newest:
    """Return a project's newest model: of its last round, its checkpoint, or an untrained one.

    Raises:
        CheckpointError: It cannot be read; the message names the cause.
        DataError: An untrained one needs pictures to start from, and there are none.
        UnknownProject: It was deleted meanwhile.
    """
    classes = len(project.class_names)
    if name := current_round(project):
        folder = project.folder / "rounds" / name
        found = load_checkpoint(folder / "model")
        return Newest(name, folder, found.model, found.config.data, found.config, classes)
    if project.checkpoint is not None:
        try:
            found = registry.open(project.checkpoint, "cpu")
            return _begun(project, found.digest[:16], found.model, found.config.data, found.config)
        except UnknownCheckpoint as error:
            # Its labels are worth more than a model that somebody has removed.
            LOG.warning("Label project %s begins from an untrained model: %s", project.id, error)
    recipe = recipe_for(project)
    dataset = load_dataset(project.dataset, registry.workspace, recipe.model.shape)
    return _begun(project, f"untrained-{recipe.name}", new_model(recipe, dataset), recipe.data)


def _begun(
    project: Project,
    what: str,
    model: VAE,
    data: DataConfig,
    config: CheckpointConfig | None = None,
) -> Newest:
    name = f"begin-{what}"
    rounds = project.folder / "rounds"
    try:
        rounds.mkdir(exist_ok=True)
    except FileNotFoundError:  # A folder made anew would hold labels of no project.
        raise UnknownProject(f"The label project '{project.name}' was just deleted.") from None
    folder = rounds / name
    folder.mkdir(exist_ok=True)
    return Newest(name, folder, model, data, config, len(project.class_names))


def publish(project: Project, name: str) -> None:
    """Let a round's folder, which is whole, be the newest; those before it go."""
    write_file(project.folder / "current", name.encode("ascii"))
    for folder in (project.folder / "rounds").iterdir():
        if folder.name != name and ROUND.match(folder.name):
            remove_folder(folder)
    for folder in (project.folder, project.folder / "rounds"):
        remove_leftovers(folder)  # Of rounds that were killed: tens of megabytes each.


def recipe_for(project: Project, now: Newest | None = None) -> Recipe:
    """Return what a project's rounds train: its newest model, or what suits its data set."""
    config = now.config if now is not None and now.tells else None
    if config is not None:
        return Recipe(
            name=config.recipe,
            summary=f"A round of the label project '{project.name}'.",
            model=config.model,
            data=replace(config.data, dataset=project.dataset, validation=0),
            training=config.training,
            licence=config.licence,
        )
    rows = [row for row in RECIPES.values() if isinstance(row.model, SSVAEConfig)]
    of_set = [row for row in rows if row.data.dataset == project.dataset]
    recipe = (of_set or rows)[0]
    data = replace(recipe.data, dataset=project.dataset, validation=0)
    sizes: dict[str, object] = {"classes": len(project.class_names)}
    if now is not None:
        sizes["shape"] = now.model.config.shape
    return with_overrides(replace(recipe, data=data), **sizes)
