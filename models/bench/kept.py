"""What a bench keeps of what is done, so that one that was broken off goes on from there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.atomic import write_file
from models.config import to_json
from models.recipes import Recipe

__all__ = ["claim", "once"]


def claim(folder: Path | None, recipe: Recipe) -> None:
    """Make a folder that keeps what is done of a recipe, or see that it is such a one.

    Args:
        folder: The folder; nothing is kept if it is None.
        recipe: What is measured.

    Raises:
        ValueError: It keeps that of a recipe with other settings.
    """
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recipe.json"
    mine = to_json(recipe)
    if not path.exists():
        _write(path, mine)
    elif json.loads(path.read_text()) != mine:
        raise ValueError(f"{folder} keeps a bench of other settings; name another folder.")


def once(folder: Path | None, name: str, measured: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the figures that a folder keeps under a name, or measure and keep them.

    Args:
        folder: A claimed folder; nothing is kept if it is None.
        name: The file's, without its ending.
        measured: Takes the measure.
    """
    path = None if folder is None else folder / f"{name}.json"
    if path is not None and path.exists():
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept
    found = measured()
    if path is not None:
        _write(path, found)
    return found


def _write(path: Path, found: object) -> None:
    write_file(path, (json.dumps(found, indent=2) + "\n").encode())
