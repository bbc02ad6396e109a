"""One label project's folder.

<workspace>/labels/<id>/
    project.json         what it is; its name is the only thing that ever changes
    labels.sqlite        every label ever given
    rounds/, current     what training leaves behind
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ConfigDict

from models.config import from_json
from models.labels.errors import LabelError
from models.labels.store import LabelStore

__all__ = ["ID", "Project", "ProjectConfig", "is_project", "read_project", "require_title"]

FORMAT = 1
ID = re.compile(r"[0-9a-f]{12}\Z")
MOST_NAME = 60


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectConfig:
    """What `project.json` holds."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    name: str
    """What a person calls it"""
    dataset: str
    checkpoint: str | None = None
    """Name of the checkpoint that it began from"""
    rows: int
    """Samples: the rows of the training split, nothing of it held out"""
    class_names: tuple[str, ...]
    created: str = field(default_factory=_now)
    format: int = FORMAT

    def __post_init__(self) -> None:
        """Check what the rest of a project relies on."""
        if self.rows < 1 or not 1 <= len(self.class_names) <= 1000:
            raise ValueError("a project has at least one row and 1 to 1,000 classes.")


@dataclass(frozen=True, slots=True)
class Project:
    """One project's folder and what it is."""

    folder: Path
    config: ProjectConfig

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.config.id

    @property
    def name(self) -> str:
        """What a person calls it."""
        return self.config.name

    @property
    def dataset(self) -> str:
        """The data set's name."""
        return self.config.dataset

    @property
    def checkpoint(self) -> str | None:
        """Name of the checkpoint that it began from."""
        return self.config.checkpoint

    @property
    def rows(self) -> int:
        """How many samples there are."""
        return self.config.rows

    @property
    def class_names(self) -> tuple[str, ...]:
        """One a class."""
        return self.config.class_names

    @property
    def labels_file(self) -> Path:
        """Every label ever given."""
        return self.folder / "labels.sqlite"

    def open_labels(self) -> LabelStore:
        """Open its labels.

        Raises:
            LabelError: The file is damaged, foreign or newer; it stays as it is.
        """
        return LabelStore(self.labels_file, self.rows, len(self.class_names))


def require_title(name: str) -> str:
    """Return a project's name without the space around it.

    Raises:
        LabelError: It is empty, too long, or has characters that cannot be seen.
    """
    title = unicodedata.normalize("NFC", name.strip())
    if not 1 <= len(title) <= MOST_NAME or not title.isprintable():
        raise LabelError(
            f"{name!r:.80} is no name for a project; use 1 to {MOST_NAME} characters on one line."
        )
    return title


def is_project(folder: Path) -> bool:
    """Tell whether a folder's name says that it is a project's."""
    return bool(ID.match(folder.name)) and folder.is_dir() and not folder.is_symlink()


def read_project(folder: Path) -> Project:
    """Return the project in a folder.

    Raises:
        LabelError: Its project.json is missing, damaged, or of another version.
    """
    try:
        found = json.loads((folder / "project.json").read_bytes())
        written = found.get("format") if isinstance(found, dict) else None
        if written != FORMAT:
            raise LabelError(
                f"Project {folder.name} has format {written!r:.20}; this version reads {FORMAT}."
            )
        return Project(folder, replace(from_json(ProjectConfig, found), id=folder.name))
    except OSError:
        raise LabelError(f"Project {folder.name} has no readable project.json.") from None
    except LabelError:
        raise
    except (ValueError, RecursionError) as error:
        cause = str(error).partition("\n")[0]
        raise LabelError(
            f"Project {folder.name} has a damaged project.json: {cause:.300}".rstrip(".") + "."
        ) from None
