"""`python -m models bench joint`: classes of codes that nobody named."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.cli.bench_options import Epochs, Folder, Output, Seeds, Threads, finish
from models.cli.options import Precision, Workspace, workspace_or_default
from models.recipes import get_recipe, with_overrides
from models.settings import read_settings
from models.training.devices import set_threads

__all__ = ["joint"]

RECIPES = ("joint-mnist-10", "joint-mnist-best")


def joint(
    recipe: Annotated[
        list[str] | None, typer.Option(help="A recipe; may be given several times.")
    ] = None,
    seeds: Seeds = 5,
    epochs: Epochs = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=VALUE, such as decoder=network; may be repeated."),
    ] = None,
    precision: Precision = "fp32",
    threads: Threads = 0,
    folder: Folder = None,
    output: Output = None,
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
    finish({"recipes": results}, output)
