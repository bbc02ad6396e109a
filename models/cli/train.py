"""`python -m models train RECIPE`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from models.cli.options import Workspace, workspace_or_default
from models.recipes import RECIPES, get_recipe, with_overrides
from models.registry import Registry
from models.training import ConsoleProgress, CSVHistory
from models.training.devices import choose_device, set_threads
from models.training.recipe import train_recipe

__all__ = ["train"]

RECIPE_HELP = "One of: " + ", ".join(RECIPES) + "."


def train(
    recipe: Annotated[str, typer.Argument(help=RECIPE_HELP)],
    name: Annotated[
        str | None, typer.Option(help="Name of the new checkpoint. [default: the recipe's]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.")] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of the KL; 1 is the ELBO.")] = None,
    latent_dim: Annotated[int | None, typer.Option(help="Number of latent dimensions.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Examples per step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, order and noise.")] = None,
    validation: Annotated[
        int | None, typer.Option(help="Training examples held out to watch over training.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, typer.Option(help="fp32, or bf16 where it is fast.")] = "fp32",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes every core.")] = 0,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile the loss; pays in long trainings.")
    ] = False,
    half: Annotated[
        bool, typer.Option("--half", help="Keep the weights in 16 bits: half the file size.")
    ] = False,
    workspace: Workspace = None,
) -> None:
    """Train a recipe and register the checkpoint.

    Ctrl-C ends the training and keeps what was learned.
    """
    chosen = with_overrides(
        get_recipe(recipe),
        epochs=epochs,
        beta=beta,
        latent_dim=latent_dim,
        batch_size=batch_size,
        learning_rate=learning_rate,
        seed=seed,
        validation=validation,
    )
    set_threads(threads)
    console = Console(stderr=True)
    registry = Registry(workspace_or_default(workspace))
    wanted = registry.free_name(name or recipe)
    history = registry.workspace / "runs" / f"{datetime.now():%Y%m%d-%H%M%S}-{wanted}.csv"
    history.parent.mkdir(parents=True, exist_ok=True)
    folder = train_recipe(
        chosen,
        registry,
        name=wanted,
        device=choose_device(device),
        precision=precision,
        compiled=compile,
        half=half,
        callbacks=[ConsoleProgress(console), CSVHistory(history)],
        report=lambda line: console.print(line, highlight=False),
    )
    console.print(f"[bold green]Saved[/] {escape(str(folder))}", highlight=False, soft_wrap=True)
