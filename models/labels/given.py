"""The labels that a checkpoint has learned from, where its atlas keeps them."""

from __future__ import annotations

from models.checkpoint import Checkpoint
from models.labels.project import Project

__all__ = ["given_labels"]


def given_labels(checkpoint: Checkpoint, project: Project) -> dict[int, int | None]:
    """Return samples of a project with the labels that a checkpoint has learned from.

    Nothing, where the checkpoint keeps none or is about other data.
    """
    given, rows = (getattr(checkpoint.atlas, name, None) for name in ("given", "rows"))
    if given is None or rows is None or checkpoint.config.data.dataset != project.dataset:
        return {}
    classes = len(project.class_names)
    pairs = zip(rows.tolist(), given.tolist(), strict=False)
    return {row: label for row, label in pairs if 0 <= row < project.rows and 0 <= label < classes}
