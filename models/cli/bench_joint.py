"""`python -m models bench joint`: classes of codes that nobody named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.atomic import write_file
from models.cli.options import Workspace, print_json, workspace_or_default
from models.recipes import get_recipe, with_overrides
from models.settings import read_settings
from models.training.devices import set_threads

__all__ = ["joint"]

RECIPES = ("joint-mnist-10", "joint-mnist-best")


def joint(
    recipe: Annotated[
        list[str] | None, typer.Option(help="A recipe; may be given several times.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds, from 0 on.")] = 5,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs; the recipe's if not given.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE, such as decoder=network; may be repeated."),
    ] = None,
    precision: Annotated[str, typer.Option(help="fp32, or bf16 where it is fast.")] = "fp32",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 takes every core.")] = 0,
    folder: Annotated[
        Path | None,
        typer.Option(help="Keeps each seed that is done, to go on behind it.", file_okay=False),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Also write the JSON to this file.", dir_okay=False)
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Accuracy of the discrete code, found without labels, over five seeds."""
    from models.bench.joint import bench_joint
    from models.training.recipe import load_data

    set_threads(threads)
    console = Console(stderr=True)
    table = Table("recipe", "median", "mean", "worst", "best", "CPU seconds, median")
    results = {}
    for name in recipe or RECIPES:
        chosen = get_recipe(name)
        try:
            changes = {"epochs": epochs, **read_settings(chosen, settings or [])}
            chosen = with_overrides(chosen, **changes)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        result = results[name] = bench_joint(
            chosen,
            load_data(chosen, workspace_or_default(workspace)),
            seeds=range(seeds),
            folder=None if folder is None else folder / name,
            precision=precision,
            report=lambda line: console.print(line, highlight=False),
        )
        shares = (f"{result['accuracy'][key]:.2%}" for key in ("median", "mean", "worst", "best"))
        table.add_row(name, *shares, f"{result['median_cpu_seconds']:.0f}")
    console.print(table)
    print_json({"recipes": results})
    if output:
        write_file(output, (json.dumps({"recipes": results}, indent=2) + "\n").encode())
