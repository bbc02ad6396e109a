"""`python -m models checkpoints list|show|verify|rename|compact|remove` and more."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Table

from models.atomic import replace_folder
from models.card import body
from models.checkpoint import compacted
from models.checkpoint import verify as verify_files
from models.cli.exchange import add_commands
from models.cli.options import AsJson, Workspace, print_json, workspace_or_default
from models.registry import Registry, RegistryEntry

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="List, check, rename, remove, export and import checkpoints."
)
add_commands(app)
Name = Annotated[str, typer.Argument(help="A checkpoint's name.")]


def _registry(workspace: Workspace) -> Registry:
    return Registry(workspace_or_default(workspace))


@app.command("list")
def list_checkpoints(as_json: AsJson = False, workspace: Workspace = None) -> None:
    """List every checkpoint, shipped and your own, and whether its files are intact."""
    registry = _registry(workspace)
    rows = [_row(entry, registry.is_intact(entry)) for entry in registry.entries()]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "recipe", "dataset", "latent", "test ELBO", "licence", "intact")
    for row in rows:
        metrics = row["metrics"]
        elbo = metrics.get("elbo") if isinstance(metrics, dict) else None
        cells = [row[k] or "-" for k in ("name", "recipe", "dataset", "latent_dim")]
        shown = f"{elbo:.1f}" if isinstance(elbo, int | float) else "-"
        intact = "yes" if row["verified"] else "[red]DAMAGED[/]"
        licence = str(row["licence"] or "-")
        table.add_row(*(escape(str(cell)) for cell in cells), shown, escape(licence), intact)
    Console().print(table)


def _row(entry: RegistryEntry, verified: bool) -> dict[str, object]:
    config = entry.config
    return {
        "name": entry.name,
        "recipe": config.recipe if config else None,
        "dataset": config.data.dataset if config else None,
        "latent_dim": config.model.latent_dim if config else None,
        "metrics": config.metrics if config else {},
        "licence": config.licence if config else None,
        "shipped": entry.shipped,
        "created": config.created if config else None,
        "size": entry.size,
        "verified": verified,
    }


@app.command()
def show(name: Name, workspace: Workspace = None) -> None:
    """Print a checkpoint's card."""
    text = _registry(workspace).open(name).card
    Console().print(Markdown(body(text)))


@app.command()
def verify(name: Name, workspace: Workspace = None) -> None:
    """Compare every file of a checkpoint with its manifest, and load it."""
    _registry(workspace).verify(name)
    typer.echo(f"{name}: every file is intact and the model loads.")


@app.command()
def rename(
    name: Name,
    new: Annotated[str, typer.Argument(help="The new name.")],
    workspace: Workspace = None,
) -> None:
    """Give one of your checkpoints another name."""
    _registry(workspace).rename(name, new)
    typer.echo(f"{name} is now {new}.")


@app.command()
def compact(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders of checkpoints.", exists=True, file_okay=False)
    ],
) -> None:
    """Let checkpoints take less room on disk; nothing in them changes.

    Those of older versions keep codes and thumbnails as they are in memory, which is up to twice
    the size.
    """
    for folder in folders:
        before = verify_files(folder)
        after = compacted(before, folder.name)
        sizes = [sum(map(len, files.values())) for files in (before, after)]
        if sizes[1] < sizes[0]:
            replace_folder(folder, after)
        saved = f"{sizes[1]:,} bytes instead of {sizes[0]:,}"
        typer.echo(f"{folder.name}: {saved if sizes[1] < sizes[0] else 'as small as it gets'}.")


@app.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Delete one of your checkpoints; shipped ones stay."""
    registry = _registry(workspace)
    registry.folder(name)
    if not yes:
        typer.confirm(f"Delete {name} for good?", abort=True)
    registry.remove(name)
    typer.echo(f"{name} is gone.")
