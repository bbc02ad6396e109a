"""The command line of the science: every command is a thin layer over a function."""

from __future__ import annotations

import logging
import sys

import typer
from rich.console import Console
from rich.markup import escape

from models.cli import checkpoints, data, labels, runs
from models.cli.attributes import attributes
from models.cli.bench import app as bench
from models.cli.encode import encode
from models.cli.evaluate import evaluate
from models.cli.features import features
from models.cli.figures import figures
from models.cli.infer import infer_split
from models.cli.showcase import app as showcase
from models.cli.sweep import sweep
from models.cli.train import train
from models.training.distributed import TeammateFailed

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="""Train variational autoencoders, measure them, and look after checkpoints and data.

    A first model in a minute, with no download: [bold]python -m models train
    navigator-digits[/bold]. Then open the studio: [bold]python -m studio[/bold].""",
)
app.command()(train)
app.command()(sweep)
app.command()(evaluate)
app.command()(attributes)
app.command()(encode)
app.command("infer")(infer_split)
app.command()(features)
app.command()(figures)
app.add_typer(runs.app, name="runs")
app.add_typer(checkpoints.app, name="checkpoints")
app.add_typer(data.app, name="data")
app.add_typer(labels.app, name="labels")
app.add_typer(bench, name="bench")
app.add_typer(showcase, name="showcase")


def main() -> None:
    """Run a command; what a person can mend is said in one sentence, with exit code 1."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        app(prog_name="python -m models")
    except TeammateFailed:
        sys.exit(1)
    except (ValueError, ArithmeticError, OSError, MemoryError) as error:
        Console(stderr=True).print(
            f"[bold red]Error:[/] {escape(str(error))}", highlight=False, soft_wrap=True
        )
        sys.exit(1)
