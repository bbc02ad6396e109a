"""Options that several benches share, and how each ends."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.atomic import write_file
from models.cli.options import print_json

__all__ = ["Epochs", "Folder", "Output", "Seeds", "Threads", "finish", "say", "show"]

LOAD = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
"""Of the last minute, before anything was measured"""
WIDTH = 120
"""Letters of a line in a log, where tables are not cut to a screen"""

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


def say(line: str) -> None:
    """Tell on standard error what is being measured."""
    Console(stderr=True).print(line, highlight=False, markup=False)


def show(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, caption: str | None = None
) -> None:
    """Print a table on standard error; numbers stand at the right."""
    table = Table(title=escape(title), caption=escape(caption) if caption else None)
    for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
        numbers = any(isinstance(cell, int | float) for cell in cells)
        table.add_column(column, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(escape(_written(cell)) for cell in row))
    console = Console(stderr=True)
    if not console.is_terminal:
        console.width = WIDTH
    console.print(table)


def _written(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def finish(result: dict[str, Any], output: Path | None) -> None:
    """Print what was measured, and on what, as JSON; write it to a file where one is named."""
    from models.bench.machine import machine

    result = {"machine": machine(load=LOAD), **result}
    print_json(result)
    if output:
        write_file(output, (json.dumps(result, indent=2) + "\n").encode())
