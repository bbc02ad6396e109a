"""`python -m models checkpoints export|import|push|pull`: to and from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from models.cli.options import Workspace, workspace_or_default
from models.registry import Registry

__all__ = ["add_commands"]

Name = Annotated[str, typer.Argument(help="A checkpoint's name.")]
Repository = Annotated[str, typer.Argument(help="A repository of the Hub: owner/name.")]
NewName = Annotated[str | None, typer.Option("--name", help="What to call it here.")]


def export(
    name: Name,
    as_zip: Annotated[bool, typer.Option("--zip", help="One zip file, not a folder.")] = False,
    output: Annotated[
        Path | None, typer.Option(help="Where to. [default: exports in the workspace]")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Copy a checkpoint, verified, into a folder or one zip file."""
    from models.exporting import export_folder, write_zip

    folder = workspace_or_default(workspace)
    write = write_zip if as_zip else export_folder
    typer.echo(str(write(Registry(folder), name, output or folder / "exports")))


def import_(
    source: Annotated[
        Path,
        typer.Argument(help="A checkpoint's folder or zip, .safetensors, or old .pth weights."),
    ],
    recipe: Annotated[
        str | None, typer.Option(help="The recipe whose model bare weights belong to.")
    ] = None,
    name: NewName = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Measure bare weights on the test split.")
    ] = False,
    workspace: Workspace = None,
) -> None:
    """Check a checkpoint or weights from elsewhere, and add them to yours."""
    from models.importing import import_checkpoint

    registry = Registry(workspace_or_default(workspace))
    imported = import_checkpoint(registry, source, recipe=recipe, name=name, measure=measure)
    typer.echo("\n".join([f"{source.name} is now {imported.name}.", *imported.notes]))


def push(
    name: Name,
    repository: Repository,
    public: Annotated[
        bool, typer.Option("--public", help="Let everybody see a new repository.")
    ] = False,
    workspace: Workspace = None,
) -> None:
    """Upload a checkpoint to the Hugging Face Hub; the token is read from $HF_TOKEN."""
    from models import hub

    registry = Registry(workspace_or_default(workspace))
    typer.echo(hub.push(registry, name, repository, private=not public))


def pull(
    repository: Repository,
    revision: Annotated[
        str | None, typer.Option(help="A branch, tag or commit. [default: the main branch]")
    ] = None,
    name: NewName = None,
    workspace: Workspace = None,
) -> None:
    """Download a checkpoint from the Hugging Face Hub, verify it, and add it to yours."""
    from models import hub

    registry = Registry(workspace_or_default(workspace))
    imported = hub.pull(registry, repository, revision=revision, name=name)
    typer.echo("\n".join([f"{repository} is now {imported.name}.", *imported.notes]))


def add_commands(app: typer.Typer) -> None:
    """Add the commands to those for checkpoints."""
    app.command("export")(export)
    app.command("import")(import_)
    app.command("push")(push)
    app.command("pull")(pull)
