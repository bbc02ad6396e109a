"""`python -m models train RECIPE`, alone or under torchrun."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from models.cli.options import Device, Precision, Workspace, workspace_or_default
from models.command import command_line, show_command
from models.data import find_root
from models.labels.csv_file import write_labels
from models.recipes import RECIPES, Recipe, get_recipe, with_overrides
from models.registry import Registry
from models.runs import Launch, Run, Runs
from models.runs.execute import execute
from models.runs.folder import read_run
from models.runs.training import follow
from models.settings import read_settings
from models.training import ConsoleProgress
from models.training.callbacks import EPOCHS
from models.training.devices import choose_device, set_threads
from models.training.distributed import Team, team
from models.training.recipe import given_labels, load_data

__all__ = ["go_on", "train"]

FACES = "faces"
"""Stands for the best faces that there are pictures for."""
PHOTOGRAPHED, DRAWN = "faces-celeba", "faces-synthetic"
RECIPE_HELP = (
    "One of: " + ", ".join(RECIPES) + f"; or {FACES}: CelebA's where they are found, else drawn."
)


def train(
    recipe: Annotated[str | None, typer.Argument(help=RECIPE_HELP)] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the new checkpoint. [default: the recipe's]")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.")] = None,
    beta: Annotated[float | None, typer.Option(help="Weight of the KL; 1 is the ELBO.")] = None,
    latent_dim: Annotated[int | None, typer.Option(help="Number of latent dimensions.")] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Examples per step, of all processes together.")
    ] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Highest learning rate.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of weights, order and noise.")] = None,
    validation: Annotated[
        int | None, typer.Option(help="Training examples held out to watch over training.")
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            help="CSV file of labels, with columns Serial,label; 5 a class are drawn without one.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Any other field, e.g. network.dropout=0.2."
        ),
    ] = None,
    device: Device = "auto",
    precision: Precision = "fp32",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 takes every core.")] = 0,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile the loss; pays in long trainings.")
    ] = False,
    half: Annotated[
        bool, typer.Option("--half", help="Keep the weights in 16 bits: half the file size.")
    ] = False,
    auto_batch: Annotated[
        bool, typer.Option("--auto-batch", help="Out of memory, halve the batch once.")
    ] = False,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write TensorBoard's files too.")
    ] = False,
    nice: Annotated[
        int, typer.Option(min=0, max=19, help="How far to step back for other programs.")
    ] = 0,
    every: Annotated[bool, typer.Option("--all", help="Train every recipe in turn.")] = False,
    run: Annotated[
        Path | None,
        typer.Option(
            "--folder", help="Go on with the run in this folder instead.", file_okay=False
        ),
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Train a recipe in a run folder and register the checkpoint.

    Ctrl-C stops after the batch and keeps all that is needed to go on: `runs resume`. Under
    torchrun all processes train one model together.
    """
    if nice and hasattr(os, "nice"):
        os.nice(nice)
    if run is not None:
        if recipe is not None or every:
            raise ValueError("Give either a recipe or --folder, not both.")
        # The standard error of a worker is the log itself.
        go_on(read_run(run), workspace, quiet=not sys.stderr.isatty())
        return
    overrides = {
        key: value
        for key, value in (
            ("epochs", epochs),
            ("beta", beta),
            ("latent_dim", latent_dim),
            ("batch_size", batch_size),
            ("learning_rate", learning_rate),
            ("seed", seed),
            ("validation", validation),
        )
        if value is not None
    }
    launch = Launch(
        device=device,
        precision=precision,
        compile=compile,
        threads=threads,
        half=half,
        auto_batch=auto_batch,
        tensorboard=tensorboard,
    )
    choose_device(device)
    with team(device) as together:
        _set_threads(threads, together)
        folder = workspace_or_default(workspace)
        for row in _rows(recipe, folder, every=every, name=name):
            given = _joined(overrides, read_settings(row, settings or []))
            stopped = _begin(row, given, launch, folder, name, together, labels)
            if stopped:
                break


def _joined(options: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    if twice := sorted(options.keys() & settings.keys()):
        raise ValueError(f"{', '.join(twice)} is given twice, as an option and with --set.")
    return options | settings


def _rows(recipe: str | None, workspace: Path, *, every: bool, name: str | None) -> list[Recipe]:
    """Return the recipes to train."""
    photographs = find_root(get_recipe(PHOTOGRAPHED).data.dataset, workspace) is not None
    absent = "CelebA is not found in $STUDIO_DATASETS or the workspace"
    if every:
        if recipe or name:
            raise ValueError("--all trains every recipe under its own name; leave out both names.")
        if photographs:
            return list(RECIPES.values())
        # They cannot be downloaded, and nobody shall wait for the others to hear it.
        _say(f"{PHOTOGRAPHED} is left out: {absent}.")
        return [row for row in RECIPES.values() if row.name != PHOTOGRAPHED]
    if recipe == FACES:
        recipe = PHOTOGRAPHED if photographs else DRAWN
        _say(f"CelebA is found: {recipe}." if photographs else f"{absent}: {recipe} instead.")
    if recipe is None:
        raise ValueError(f"Name a recipe to train: {', '.join(RECIPES)}.")
    return [get_recipe(recipe)]


def _say(sentence: str) -> None:
    Console(stderr=True).print(sentence, highlight=False, soft_wrap=True)


def _begin(
    row: Recipe,
    overrides: dict[str, Any],
    launch: Launch,
    workspace: Path,
    name: str | None,
    together: Team,
    labels: Path | None,
) -> bool:
    """Train one recipe from its start, and tell whether it was stopped."""
    changed = with_overrides(row, **overrides)
    command = command_line(
        row.name, name=name, overrides=overrides, launch=launch, workspace=workspace, labels=labels
    )

    def create() -> Run:
        return Runs(workspace).create(
            changed,
            name=name,
            overrides=overrides,
            launch=launch,
            command=show_command(command),
            labels=_checked(labels, changed, workspace) if labels else None,
        )

    run = together.leader_only(create)
    if run is None:
        return follow(changed, launch, workspace, together)
    return _do(run, workspace, together)


def _checked(labels: Path, recipe: Recipe, workspace: Path) -> str:
    """Return a file of labels as a run keeps it.

    Raises:
        ValueError: The recipe learns from none, or a line is wrong; the message names it.
    """
    if recipe.training.semi is None:
        raise ValueError(f"{recipe.name} learns nothing from labels; leave out --labels.")
    given = given_labels(recipe, load_data(recipe, workspace), labels)
    assert given is not None
    return write_labels(given.numpy())


def go_on(
    run: Run,
    workspace: Path | None,
    *,
    quiet: bool = False,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """Do the work of a run that is there.

    Args:
        run: The run.
        workspace: Where its data may lie; None for where it lies itself.
        quiet: Whether to speak only to its log.
        prepare: What one process of a team has to do first.
    """
    launch = run.config.launch
    folder = workspace or run.folder.resolve().parents[1]
    try:
        with team(launch.device) as together:
            _set_threads(launch.threads, together)
            together.leader_only(prepare)
            if together.leads:
                _do(run, folder, together, quiet=quiet)
            else:
                follow(run.config.recipe, launch, folder, together)
    except Exception:
        if quiet and run.status().state == "failed":
            raise typer.Exit(1) from None
        raise


class _Terminal(Console):
    """A console whose reader may leave: the training goes on and its log tells the rest."""

    def on_broken_pipe(self) -> None:
        """Fall silent, instead of ending the program."""
        self.quiet = True


def _do(run: Run, workspace: Path, together: Team, *, quiet: bool = False) -> bool:
    """Do a run's work, and tell whether it was stopped."""
    console = _Terminal(stderr=True, quiet=quiet)
    with _log_on(console):
        folder = execute(
            run, Registry(workspace), team=together, callbacks=[ConsoleProgress(console)]
        )
    if folder is None:
        console.print(
            f"[bold]Stopped.[/] Go on: python -m models runs resume {run.id}\n"
            f"Or keep what it has learned: python -m models runs keep {run.id}",
            highlight=False,
            soft_wrap=True,
        )
    else:
        console.print(
            f"[bold green]Saved[/] {escape(str(folder))}", highlight=False, soft_wrap=True
        )
    return folder is None


def _set_threads(threads: int, together: Team) -> None:
    """Share the cores of a machine among the processes on it."""
    if threads == 0 and together.size > 1:
        beside = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
        threads = max(1, (os.cpu_count() or 1) // beside)
    set_threads(threads)


@contextmanager
def _log_on(console: Console) -> Iterator[None]:
    """Show on the terminal what goes into the run's log."""
    handler = logging.Handler()

    def emit(record: logging.LogRecord) -> None:
        with suppress(OSError):  # The terminal may be closed.
            console.print(escape(record.getMessage()), highlight=False, soft_wrap=True)

    handler.emit = emit  # type: ignore[method-assign]
    # How a callback failed is for the log alone, why a run did is said at the end, and the epochs
    # have a table.
    handler.addFilter(
        lambda record: (
            not record.exc_info and record.levelno < logging.ERROR and record.name != EPOCHS.name
        )
    )
    logger = logging.getLogger("models")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
