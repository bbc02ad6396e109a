"""`python -m models features DATASET`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from models import data
from models.cli.options import Workspace, workspace_or_default
from models.features.network import FOLDER
from models.features.train import FEATURE_TRAINING, train_features

__all__ = ["features"]


def features(
    dataset: Annotated[str, typer.Argument(help="A data set of pictures; see `data list`.")],
    output: Annotated[
        Path,
        typer.Option(help="Folder for the weights and their card.", file_okay=False),
    ] = FOLDER,
    workspace: Workspace = None,
) -> None:
    """Train the classifier in whose features samples of a data set are judged: a minute.

    Frechet distances are comparable only within one set of features: after this, measure every
    checkpoint of the data set anew.
    """
    loaded = data.load(dataset, workspace=workspace_or_default(workspace), validation=0)
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        task = progress.add_task("training", total=FEATURE_TRAINING.epochs * len(loaded.train))
        trained = train_features(loaded, advance=lambda done: progress.advance(task, done))
    trained.write(output)
    card = trained.card
    console.print(
        f"[bold green]Saved[/] {escape(str(output / f'{dataset}.safetensors'))}: "
        f"{card.accuracy:.2%} of the test pictures right, training pictures score {card.floor:.3f}",
        highlight=False,
        soft_wrap=True,
    )
