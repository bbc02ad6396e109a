"""The command that trains what a form asks for."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models.forms import launch_fields
from models.runs import Launch

__all__ = ["command_line", "show_command"]

OPTIONS = (
    "epochs",
    "beta",
    "latent_dim",
    "batch_size",
    "learning_rate",
    "seed",
    "validation",
)
"""Fields that have an option of their own on the command line; `--set` takes the others."""


def command_line(
    recipe: str,
    *,
    name: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    launch: Launch | None = None,
    workspace: Path | None = None,
    labels: Path | None = None,
) -> list[str]:
    """Return the arguments of a command that trains the same.

    Args:
        recipe: Name of the recipe.
        name: Name of the checkpoint; None for the recipe's own.
        overrides: What differs from the recipe.
        launch: Where and how it computes.
        workspace: Folder of a person's own files; None for the default one.
        labels: File of the labels that it learns from, if it is given some.
    """
    arguments = ["python", "-m", "models", "train", recipe]
    if name is not None:
        arguments += ["--name", name]
    given = overrides or {}
    for option in OPTIONS:
        if option in given:
            arguments += [_option(option), _text(given[option])]
    if labels is not None:
        arguments += ["--labels", str(labels)]
    for field, value in given.items():
        if field not in OPTIONS:
            arguments += ["--set", f"{field}={_text(value)}"]
    for part in launch_fields():
        value = getattr(launch or Launch(), part.name)
        if value != part.default:
            arguments += [_option(part.name)] + ([] if value is True else [_text(value)])
    if workspace is not None:
        arguments += ["--workspace", str(workspace)]
    return arguments


def show_command(arguments: Iterable[str]) -> str:
    """Return a command line as a shell takes it."""
    return shlex.join(arguments)


def _option(field: str) -> str:
    return "--" + field.replace("_", "-")


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.removesuffix(".0") if isinstance(value, float) else text
