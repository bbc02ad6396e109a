"""Options that several benches share, and how each ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from models.atomic import write_file
from models.cli.options import print_json

__all__ = ["Epochs", "Folder", "Output", "Seeds", "Threads", "finish"]

Seeds = Annotated[int, typer.Option(min=1, help="Seeds, from 0 on.")]
Epochs = Annotated[
    int | None, typer.Option(min=1, help="Epochs in all; the recipe's if not given.")
]
Threads = Annotated[int, typer.Option(min=0, help="CPU threads; 0 takes every core.")]
Folder = Annotated[
    Path | None,
    typer.Option(help="Keeps what is done, to go on from after a break.", file_okay=False),
]
Output = Annotated[
    Path | None, typer.Option(help="Also write the JSON to this file.", dir_okay=False)
]


def finish(result: dict[str, Any], output: Path | None) -> None:
    """Print what was measured as JSON, and write it to a file where one is named."""
    print_json(result)
    if output:
        write_file(output, (json.dumps(result, indent=2) + "\n").encode())
