"""`python -m models features DATASET`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, TaskID

from models import data
from models.cli.options import Workspace, workspace_or_default
from models.data import Dataset
from models.features.network import FOLDER
from models.features.train import FEATURE_TRAINING, TrainedFeatures, train_features
from models.features.train_attributes import ATTRIBUTE_TRAININGS, Role, train_attributes

__all__ = ["features"]


def features(
    dataset: Annotated[str, typer.Argument(help="A data set of pictures; see `data list`.")],
    output: Annotated[
        Path,
        typer.Option(help="Folder for the weights and their card.", file_okay=False),
    ] = FOLDER,
    workspace: Workspace = None,
) -> None:
    """Train the classifier in whose features samples of a data set are judged: a minute or two.

    Of a data set with attributes, such as faces, there are two: a guide that training may use, and
    a judge that never sees a training.

    Frechet distances are comparable only within one set of features: after this, measure every
    checkpoint of the data set anew.
    """
    loaded = data.load(dataset, workspace=workspace_or_default(workspace), validation=0)
    console = Console(stderr=True)
    for name, epochs, train in _trainings(loaded):
        with Progress(console=console) as progress:
            task = progress.add_task(name, total=epochs * len(loaded.train))
            trained = train(_Bar(progress, task))
        trained.write(output)
        card = trained.card
        console.print(
            f"[bold green]Saved[/] {escape(str(output / f'{card.dataset}.safetensors'))}: "
            f"{card.accuracy:.2%} of the test pictures right, training pictures score "
            f"{card.floor:.3f}",
            highlight=False,
            soft_wrap=True,
        )


@dataclass(frozen=True, slots=True)
class _Bar:
    """Moves a bar on by the examples done."""

    progress: Progress
    task: TaskID

    def __call__(self, done: int) -> None:
        self.progress.advance(self.task, done)


def _trainings(dataset: Dataset) -> Iterator[tuple[str, int, Callable[[_Bar], TrainedFeatures]]]:
    """Yield name, epochs and function of each training that a data set's features take."""
    if not dataset.attribute_names:
        yield "training", FEATURE_TRAINING.epochs, lambda bar: train_features(dataset, advance=bar)
        return
    for role, choice in ATTRIBUTE_TRAININGS.items():

        def train(bar: _Bar, role: Role = role) -> TrainedFeatures:
            return train_attributes(dataset, role, advance=bar)

        yield role, choice.training.epochs, train
