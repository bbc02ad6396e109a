"""Options that several commands share, and what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from models.registry import default_workspace

__all__ = ["AsJson", "Device", "Precision", "Workspace", "print_json", "workspace_or_default"]

Workspace = Annotated[
    Path | None,
    typer.Option(
        help="Folder of your own data sets, checkpoints and runs. [default: ./workspace]",
        file_okay=False,
    ),
]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Precision = Annotated[str, typer.Option(help="fp32, or bf16 where it is fast.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def workspace_or_default(workspace: Path | None) -> Path:
    """Return the folder given on the command line, or the default one."""
    return workspace or default_workspace()


def print_json(data: object) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
