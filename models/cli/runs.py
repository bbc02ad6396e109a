"""`python -m models runs list|show|watch|stop|resume|keep|remove`."""

from __future__ import annotations

import os
import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from models.cli.options import AsJson, Workspace, print_json, workspace_or_default
from models.config import to_json
from models.runs import Run, Runs
from models.runs.worker import start_worker

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Watch, stop, resume and delete trainings.")
RunId = Annotated[str, typer.Argument(help="A run's id, or the end of it.")]
WATCH_S = 0.5


def _runs(workspace: Workspace) -> Runs:
    return Runs(workspace_or_default(workspace))


@app.command("list")
def list_runs(as_json: AsJson = False, workspace: Workspace = None) -> None:
    """List every run, the newest first: how it is doing and what became of it."""
    rows = [_row(run) for run in _runs(workspace).list()]
    if as_json:
        print_json(rows)
        return
    table = Table(Column("run", no_wrap=True), "state", "epochs", "checkpoint", "note")
    for row in rows:
        epochs = f"{row['epoch']:.1f} of {row['epochs']}"
        cells = (row["id"], row["state"], epochs, row["checkpoint"], row["message"])
        table.add_row(*(escape(str(cell or "-")) for cell in cells))
    Console().print(table)


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.config.name,
        "recipe": run.config.recipe.name,
        "created": run.config.created,
        **to_json(run.status()),
    }


@app.command()
def show(run_id: RunId, workspace: Workspace = None) -> None:
    """Print what a run was asked to do, how it is doing, and its last losses, as JSON."""
    run = _runs(workspace).find(run_id)
    lines, _ = run.metrics()
    epochs = [line for line in lines if line.get("kind") == "epoch"]
    last = epochs[-1] if epochs else None
    print_json({"run": to_json(run.config), "status": to_json(run.status()), "last_epoch": last})


@app.command()
def watch(run_id: RunId, workspace: Workspace = None) -> None:
    """Follow a run's log until it ends; Ctrl-C ends the watching, not the run."""
    run, offset = _runs(workspace).find(run_id), 0
    while True:
        status = run.status()
        text, offset = run.log(offset)
        typer.echo(text, nl=False)
        if not status.active:
            typer.echo(f"{run.id}: {status.state} {status.message}".rstrip())
            return
        time.sleep(WATCH_S)


@app.command()
def stop(run_id: RunId, workspace: Workspace = None) -> None:
    """Stop a run after its batch, or take it off the queue; it can go on later."""
    runs = _runs(workspace)
    run = runs.find(run_id)
    runs.stop(run)
    typer.echo(f"{run.id}: {run.status().state}.")


@app.command()
def resume(
    run_id: RunId,
    background: Annotated[
        bool, typer.Option("--background", help="Train in a process of its own.")
    ] = False,
    workspace: Workspace = None,
) -> None:
    """Go on with a stopped, interrupted or failed run, exactly where it stood.

    Under torchrun all processes go on together; each needs to see the run's folder.
    """
    _again(_runs(workspace), run_id, background=background, keep=False)


@app.command()
def keep(run_id: RunId, workspace: Workspace = None) -> None:
    """Register what a run that stands still has learned, without training on."""
    _again(_runs(workspace), run_id, background=False, keep=True)


def _again(runs: Runs, run_id: str, *, background: bool, keep: bool) -> None:
    from models.cli.train import go_on

    run = runs.find(run_id)
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and (keep or background):
        raise ValueError("Several processes can only train on together; leave torchrun out.")
    if background:
        runs.resume(run, keep=keep)
        process = start_worker(runs, run)
        typer.echo(f"{run.id}: goes on in process {process.pid}.")
        return
    # One in the queue could be taken by a studio that looks after it.
    go_on(run, runs.workspace, prepare=lambda: runs.resume(run, keep=keep, queued=False))


@app.command()
def remove(
    run_id: RunId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Delete a run's folder; the checkpoint that it became stays."""
    runs = _runs(workspace)
    run = runs.find(run_id)
    if not yes:
        typer.confirm(f"Delete {run.id} for good?", abort=True)
    runs.remove(run)
    typer.echo(f"{run.id} is gone.")
