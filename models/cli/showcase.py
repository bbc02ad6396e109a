"""`python -m models showcase ssvae`: three stages of a model, drawn."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from models.cli.options import AsJson, Precision, Workspace, print_json, workspace_or_default
from models.semi.showcase import COURSES, course_of
from models.semi.showcase import showcase as draw_stages
from models.training.callbacks import ConsoleProgress
from models.training.devices import set_threads

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Train in stages, and draw each.")


@app.callback()
def showcases() -> None:
    """Train in stages, and draw each."""


@app.command()
def ssvae(
    output: Annotated[
        Path, typer.Option(help="The folder for figures and checkpoints.", file_okay=False)
    ] = Path("artifacts/showcase"),
    dataset: Annotated[
        str, typer.Option(help=f"{', '.join(COURSES)}; digits needs no download.")
    ] = "mnist",
    images: Annotated[int, typer.Option(min=20, help="Training images that are taken.")] = 12_000,
    labels: Annotated[int, typer.Option(min=1, help="Labels of each class that are given.")] = 5,
    unlabelled_epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs without labels.")
    ] = None,
    labelled_epochs: Annotated[int | None, typer.Option(min=1, help="Epochs with labels.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the weights and the labels.")] = 0,
    precision: Precision = "bf16",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 takes every core.")] = 0,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Draw a model untrained, trained without labels, and trained with a few.

    Writes stage1_latent.png, stage2_latent.png, stage3_latent.png, stage2_recon.png,
    stage3_predictions.png, stage3_certainty.png, comparison.png and two checkpoints.
    """
    console = Console(stderr=True)
    set_threads(threads)
    course = course_of(dataset)
    numbers = draw_stages(
        output,
        dataset=dataset,
        images=images,
        labels_per_class=labels,
        course=dataclasses.replace(
            course,
            unlabelled_epochs=unlabelled_epochs or course.unlabelled_epochs,
            labelled_epochs=labelled_epochs or course.labelled_epochs,
        ),
        seed=seed,
        workspace=workspace_or_default(workspace),
        callbacks=[] if as_json else [ConsoleProgress(console)],
        precision=precision,
        tell=lambda sentence: console.print(f"[bold]{escape(sentence)}[/]", highlight=False),
    )
    if as_json:
        print_json(numbers)
        return
    console.print(
        f"{100 * numbers['test_accuracy'][2]:.2f} % of unseen images told right from "
        f"{numbers['labels']} labels, in {numbers['seconds']:.0f} s; seven figures and two "
        f"checkpoints are in {escape(str(output))}.",
        highlight=False,
        soft_wrap=True,
    )
