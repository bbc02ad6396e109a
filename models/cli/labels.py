"""`python -m models labels list|create|export|import|undo|redo|delete`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.atomic import write_file
from models.cli.options import AsJson, Workspace, print_json, workspace_or_default
from models.labels import LabelError, Preview, Project, Step, preview, write_labels
from models.labels.projects import Projects
from models.labels.rounds import require_at_rest
from models.registry import Registry
from models.runs import Runs

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="List, make and delete label projects; their labels as CSV."
)
Name = Annotated[str, typer.Argument(help="A label project's name or id.")]
SHOWN = 10


def _projects(workspace: Workspace) -> Projects:
    folder = workspace_or_default(workspace)
    return Projects(folder, Registry(folder))


@app.command("list")
def list_projects(as_json: AsJson = False, workspace: Workspace = None) -> None:
    """List every label project, and how many of its samples have a label."""
    rows = [_row(project) for project in _projects(workspace).list()]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "id", "data set", "checkpoint", "labelled", "samples", "created")
    for row in rows:
        labelled = "[red]DAMAGED[/]" if row["error"] else f"{row['labelled']:,}"
        words = [escape(str(row[k] or "-")) for k in ("name", "id", "dataset", "checkpoint")]
        table.add_row(*words, labelled, f"{row['rows']:,}", str(row["created"])[:10])
    Console().print(table)


def _row(project: Project) -> dict[str, object]:
    counts: tuple[int, ...] = ()
    error = None
    try:
        with project.open_labels() as labels:
            counts = labels.counts()
    except LabelError as damage:
        error = str(damage)
    return {
        "id": project.id,
        "name": project.name,
        "dataset": project.dataset,
        "checkpoint": project.checkpoint,
        "rows": project.rows,
        "labelled": sum(counts),
        "counts": dict(zip(project.class_names, counts, strict=False)),
        "created": project.config.created,
        "error": error,
    }


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    dataset: Annotated[str, typer.Option(help="A data set: mnist, fashion-mnist or digits.")],
    checkpoint: Annotated[
        str | None, typer.Option(help="The checkpoint to begin from; see `checkpoints list`.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Begin a label project."""
    made = _projects(workspace).create(name, dataset, checkpoint)
    typer.echo(f"{made.name} ({made.id}): {made.rows:,} samples of {made.dataset} to label.")


@app.command()
def export(
    name: Name,
    output: Annotated[
        Path | None, typer.Option(help="The CSV file; standard output if left out.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Write a project's labels as CSV: columns Serial and label."""
    project = _projects(workspace).find(name)
    with project.open_labels() as labels:
        text = write_labels(labels.current(), project.class_names)
        labelled = sum(labels.counts())
    if output is None:
        typer.echo(text, nl=False)
        return
    write_file(output, text.encode())
    typer.echo(f"{labelled:,} labels of {project.name} are in {output}.")


@app.command("import")
def import_labels(
    name: Name,
    file: Annotated[Path, typer.Argument(help="A CSV file with columns Serial and label.")],
    only_preview: Annotated[
        bool, typer.Option("--preview", help="Only tell what would change.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Take labels over from a CSV file, as one step that can be undone.

    Samples without a line keep the label they have; an empty label removes one.
    """
    project = _projects(workspace).find(name)
    with project.open_labels() as labels:
        found = preview(file, labels.current(), project.class_names)
        _require_right(found)
        typer.echo(
            f"{project.name}: {found.added:,} new, {found.changed:,} changed, {found.same:,} the "
            f"same, {found.removed:,} removed."
        )
        if only_preview or not found.changes:
            return
        if not yes:
            typer.confirm("Take them over?", abort=True)
        step = labels.assign(found.changes, source="import")
    typer.echo(f"{step.labelled:,} samples have a label now.")


def _require_right(found: Preview) -> None:
    if not found.problems:
        return
    first = "\n".join(found.problems[:SHOWN])
    left = len(found.problems) - SHOWN
    more = f"\nand {left} lines more." if left > 0 else ""
    raise LabelError(f"nothing was imported.\n{first}{more}")


@app.command()
def undo(name: Name, workspace: Workspace = None) -> None:
    """Take a project's last step back."""
    with _projects(workspace).find(name).open_labels() as labels:
        _tell(labels.undo(), "undo")


@app.command()
def redo(name: Name, workspace: Workspace = None) -> None:
    """Do again what was undone last."""
    with _projects(workspace).find(name).open_labels() as labels:
        _tell(labels.redo(), "redo")


def _tell(step: Step, what: str) -> None:
    if not step.samples:
        typer.echo(f"There is nothing to {what}.")
        return
    changed = "1 label" if len(step.samples) == 1 else f"{len(step.samples):,} labels"
    typer.echo(f"{changed} changed; {step.labelled:,} samples have a label now.")


@app.command()
def delete(
    name: Name,
    typed: Annotated[
        str | None, typer.Option("--confirm", help="The project's name, instead of being asked.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Delete a project for good, with its labels and what it trained."""
    projects = _projects(workspace)
    project = projects.find(name)
    require_at_rest(project, Runs(workspace_or_default(workspace)))
    if typed is None:
        typed = typer.prompt(f"Type {project.name} to delete it with all its labels")
    projects.delete(project.id, typed)
    typer.echo(f"{project.name} is gone.")
