"""`python -m models sweep RECIPE --set FIELD=VALUE,VALUE`."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from models.cli.options import (
    AsJson,
    Device,
    Precision,
    Workspace,
    print_json,
    workspace_or_default,
)
from models.config import to_json
from models.recipes import RECIPES, get_recipe
from models.registry import Registry
from models.runs import Launch, Runs
from models.sweep import Row, Sweep, make_grid, run_sweep
from models.sweep.cluster import require_ray, run_on_ray
from models.sweep.results import to_table
from models.sweep.workers import Workers
from models.training.devices import choose_device

__all__ = ["sweep"]


def sweep(
    recipe: Annotated[str, typer.Argument(help="One of: " + ", ".join(RECIPES) + ".")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE,VALUE",
            help="Values of a field; several --set are combined. Widths: 64,64x64 or [64],[64,64].",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data, of each.")] = None,
    name: Annotated[
        str | None, typer.Option(help="What the checkpoints' names begin with.")
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, help="Trainings at once.")] = 1,
    ray: Annotated[
        bool, typer.Option("--ray", help="Train on a Ray cluster; needs the extra [sweep].")
    ] = False,
    ray_address: Annotated[
        str | None,
        typer.Option(help="The cluster; implies --ray. [default: $RAY_ADDRESS, or a local one]"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Mean it with more than 200.")] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew, even if the same sweep is there.")
    ] = False,
    device: Device = "auto",
    precision: Precision = "fp32",
    threads: Annotated[
        int, typer.Option(min=0, help="CPU threads of each; 0 shares the cores among them.")
    ] = 0,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Train a recipe with every combination of some values; results as one table.

    The same command again goes on with a sweep that was cut off and skips what is finished.
    """
    on_ray = ray or ray_address is not None
    if on_ray:
        require_ray()
    else:
        choose_device(device)
    grid = make_grid(
        get_recipe(recipe), settings or [], overrides={"epochs": epochs}, name=name, many=yes
    )
    launch = _launch(device, precision, threads, parallel, on_ray)
    folder = workspace_or_default(workspace)
    decides = {k: v for k, v in to_json(launch).items() if k in ("device", "precision")}
    opened = Sweep.open(folder / "sweeps", grid, decides, fresh=fresh)
    console = Console(stderr=True)
    say = _Speaker(console, opened)
    say.begin()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = Workers(Runs(folder), Registry(folder), launch)
    try:
        if on_ray:
            run_on_ray(opened, workers, address=ray_address, on_end=say.ended)
        else:
            run_sweep(
                opened, workers, parallel=parallel, on_end=say.ended, on_interrupt=workers.stop
            )
    except KeyboardInterrupt:
        say.line("[bold]Stopped.[/] The same command again goes on from here.")
        sys.exit(130)
    if as_json:
        print_json([to_json(row) for row in opened.rows])
    else:
        # Into a file or pipe a table is not squeezed into 80 columns.
        wide = None if sys.stdout.isatty() else 160
        Console(width=wide).print(to_table(grid.recipe, opened.rows))
    say.line(f"[bold green]Written[/] {escape(str(opened.folder / 'results.csv'))} and .json")


def _launch(device: str, precision: str, threads: int, parallel: int, on_ray: bool) -> Launch:
    cores = 1 if on_ray else max(1, (os.cpu_count() or 1) // parallel)
    if precision not in ("fp32", "bf16"):
        raise ValueError(f"{precision!r:.40} is no precision; choose fp32 or bf16.")
    return dataclasses.replace(Launch(device=device, threads=threads or cores), precision=precision)


class _Speaker:
    """Says on the terminal how far a sweep is."""

    def __init__(self, console: Console, sweep: Sweep) -> None:
        self.console = console
        self.sweep = sweep

    def line(self, text: str) -> None:
        """Print a line."""
        self.console.print(text, highlight=False, soft_wrap=True)

    def begin(self) -> None:
        """Say what is to be done."""
        total, left = len(self.sweep.rows), len(self.sweep.left)
        done = f"; {total - left} are finished already" if left < total else ""
        self.line(f"{total} trainings{done}: {escape(str(self.sweep.folder))}")

    def ended(self, row: Row) -> None:
        """Say how a point ended."""
        done = sum(one.state in ("finished", "failed") for one in self.sweep.rows)
        elbo = row.metrics.get("elbo")
        what = f"ELBO {elbo:.2f}" if elbo is not None else escape(row.error or row.state)
        self.line(f"{done} of {len(self.sweep.rows)}  {escape(row.name)}: {what}")
