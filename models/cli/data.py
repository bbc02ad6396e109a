"""`python -m models data list|fetch`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.cli.options import AsJson, Workspace, print_json, workspace_or_default
from models.data import DATASETS, find_root, load

__all__ = ["app"]

WITH_SCIKIT_LEARN = "comes with scikit-learn"
BUILT_IN = {
    "digits": WITH_SCIKIT_LEARN,
    "faces-synthetic": "drawn here",
    "iris": WITH_SCIKIT_LEARN,
    "wine": WITH_SCIKIT_LEARN,
}

app = typer.Typer(no_args_is_help=True, help="See which data sets are here, and fetch others.")


@app.command("list")
def list_datasets(as_json: AsJson = False, workspace: Workspace = None) -> None:
    """List the data sets: what each is, its terms, and where it lies."""
    folder = workspace_or_default(workspace)
    rows = [
        {"name": name, "about": about, "place": _place(name, find_root(name, folder))}
        for name, about in DATASETS.items()
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "about", "place")
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)


def _place(name: str, root: object) -> str:
    if name in BUILT_IN:
        return BUILT_IN[name]
    return str(root) if root else "not here yet"


@app.command()
def fetch(
    name: Annotated[
        str,
        typer.Argument(help="One of: " + ", ".join(DATASETS) + ", folder:<path> or table:<path>."),
    ],
    workspace: Workspace = None,
) -> None:
    """Download a data set into the workspace, draw it, or check the one that is there."""
    dataset = load(name, workspace=workspace_or_default(workspace))
    typer.echo(
        f"{name}: {len(dataset.train) + len(dataset.validation):,} training and "
        f"{len(dataset.test):,} test examples, from {dataset.source}."
    )
    if dataset.attribute_names:
        typer.echo(f"Attributes: {', '.join(dataset.attribute_names)}.")
