"""Label projects: a data set, the labels somebody gives it, and the model that learns from them.

Each is a folder under `<workspace>/labels`, whose name, the id, never changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

from models import data
from models.atomic import remove_folder, remove_leftovers, write_file, write_folder
from models.config import to_json
from models.data import DataError
from models.data.own_folder import FOLDER
from models.labels.errors import LabelError, UnknownProject
from models.labels.project import (
    ID,
    Project,
    ProjectConfig,
    is_project,
    read_project,
    require_title,
)
from models.lock import folder_lock
from models.manifest import to_json_bytes
from models.registry import Registry

__all__ = ["Projects"]

ROWS = {"mnist": 60_000, "fashion-mnist": 60_000}
"""Training rows of data sets that a project may be about before they are on the machine"""


class Projects:
    """The projects under `<workspace>/labels`. Safe to share between threads and processes.

    Args:
        workspace: Folder of a person's own files; need not exist yet.
        registry: Where the checkpoints are that projects begin from.
    """

    def __init__(self, workspace: Path, registry: Registry) -> None:
        self.workspace = workspace
        self.folder = workspace / "labels"
        self.registry = registry

    def list(self) -> list[Project]:
        """Return every readable project, the oldest first."""
        if not self.folder.is_dir():
            return []
        found = []
        for folder in self.folder.iterdir():
            if is_project(folder):
                with suppress(LabelError):
                    found.append(read_project(folder))
        return sorted(found, key=lambda project: (project.config.created, project.id))

    def get(self, project_id: str) -> Project:
        """Return a project by its id.

        Raises:
            UnknownProject: There is none.
            LabelError: It cannot be read.
        """
        folder = self.folder / project_id if ID.match(project_id) else None
        if folder is None or not is_project(folder):
            raise UnknownProject(f"There is no label project {project_id!r:.80}.")
        return read_project(folder)

    def find(self, what: str) -> Project:
        """Return a project by its id or its name.

        Raises:
            UnknownProject: There is none.
            LabelError: It cannot be read.
        """
        for project in self.list():
            if what in (project.id, project.name):
                return project
        if ID.match(what):
            return self.get(what)
        raise UnknownProject(
            f"There is no label project {what!r:.80}; `python -m models labels list` shows all."
        )

    def create(
        self,
        name: str,
        dataset: str,
        checkpoint: str | None = None,
        *,
        rows: int | None = None,
        class_names: Sequence[str] | None = None,
    ) -> Project:
        """Begin a project.

        Args:
            name: Any text of 1 to 60 characters that no other project has.
            dataset: A data set's name.
            checkpoint: The checkpoint to begin from.
            rows: How many samples; found out from the data if None.
            class_names: What the classes are called; found out from the data or the checkpoint if
                None.

        Raises:
            LabelError: The name is taken or none, or the data set cannot be labelled.
            CheckpointError: There is no such checkpoint.
            DataError: The data set is not here.
            OSError: The folder cannot be written; nothing is left behind.
        """
        wanted = require_title(name)
        if dataset.startswith(FOLDER):
            raise LabelError(
                "A folder of your own pictures cannot be labelled; choose mnist, fashion-mnist or "
                "digits."
            )
        if data.is_table(dataset):
            raise LabelError(
                f"{dataset} is a table, and what is labelled here are pictures; choose mnist, "
                "fashion-mnist or digits."
            )
        if not data.is_dataset(dataset):
            raise LabelError(
                f"There is no data set {dataset!r:.80}; choose one of {', '.join(data.DATASETS)}."
            )
        if rows is None or class_names is None:
            found_rows, found_names = self._extent(dataset, checkpoint)
            rows = found_rows if rows is None else rows
            class_names = found_names if class_names is None else class_names
        elif checkpoint is not None:
            self.registry.folder(checkpoint)
        if not class_names:
            raise LabelError(f"{dataset} has no classes, so there is nothing to label it with.")
        with self._lock():
            self._require_free(wanted)
            config = ProjectConfig(
                id=secrets.token_hex(6),
                name=wanted,
                dataset=dataset,
                checkpoint=checkpoint,
                rows=rows,
                class_names=tuple(class_names),
            )
            folder = self.folder / config.id
            write_folder(folder, {"project.json": to_json_bytes(to_json(config))})
        project = Project(folder, config)
        project.open_labels().close()
        return project

    def rename(self, project_id: str, name: str) -> Project:
        """Call a project something else.

        Raises:
            LabelError: There is none (`UnknownProject`), or the name is taken or none.
        """
        wanted = require_title(name)
        with self._lock():
            project = self.get(project_id)
            self._require_free(wanted, but=project)
            config = replace(project.config, name=wanted)
            write_file(project.folder / "project.json", to_json_bytes(to_json(config)))
        return Project(project.folder, config)

    def delete(self, project_id: str, typed_name: str) -> None:
        """Delete a project for good: its labels, its history and what it trained.

        Args:
            project_id: Its id.
            typed_name: Its name, to confirm.

        Raises:
            LabelError: There is none (`UnknownProject`), or the name is another.
        """
        with self._lock():
            project = self.get(project_id)
            if typed_name.strip() != project.name:
                raise LabelError(
                    f"Type the project's name, {project.name}, to delete it with all its labels."
                )
            remove_folder(project.folder)
            remove_leftovers(self.folder)

    def _extent(self, dataset: str, checkpoint: str | None) -> tuple[int, tuple[str, ...]]:
        """Return how many samples there are and what their classes are called."""
        config = None if checkpoint is None else self.registry.open(checkpoint, "cpu").config
        known = () if config is None else config.class_names
        if config is not None and known and config.data.dataset == dataset and dataset in ROWS:
            return ROWS[dataset], known  # Both are told without reading 50 MB.
        try:
            loaded = data.load(dataset, workspace=self.workspace, validation=0, download=False)
        except DataError:
            if checkpoint is None or dataset not in ROWS:
                raise
            return ROWS[dataset], known
        return len(loaded.train), loaded.class_names or known

    def _require_free(self, name: str, but: Project | None = None) -> None:
        for project in self.list():
            same = project.name.casefold() == name.casefold()
            if same and (but is None or project.id != but.id):
                raise LabelError(f"There is a project {project.name} already; choose another name.")

    def _lock(self) -> AbstractContextManager[None]:
        return folder_lock(self.folder, "projects", LabelError)
