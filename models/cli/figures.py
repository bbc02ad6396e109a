"""`python -m models figures NAME --output DIR`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from rich.console import Console
from rich.markup import escape

from models import data
from models.atomic import write_file
from models.checkpoint import Checkpoint
from models.cli.options import AsJson, Device, Workspace, print_json, workspace_or_default
from models.data import Dataset
from models.data.state import dataset_state
from models.latent.traversals import QUANTILES, Spacing
from models.registry import Registry
from models.training.devices import choose_device

__all__ = ["figures"]


def figures(
    name: Annotated[str, typer.Argument(help="A checkpoint; see `checkpoints list`.")],
    output: Annotated[Path, typer.Option(help="The folder for the files.", file_okay=False)] = Path(
        "artifacts/figures"
    ),
    dataset: Annotated[
        str | None, typer.Option(help="Examples of this data set. [default: the checkpoint's own]")
    ] = None,
    low: Annotated[float, typer.Option(help="Where traversals begin, in deviations.")] = -3.0,
    high: Annotated[float, typer.Option(help="Where they end.")] = 3.0,
    quantiles: Annotated[
        bool, typer.Option("--quantiles", help="From 5 % to 95 % of the prior, in even shares.")
    ] = False,
    steps: Annotated[int, typer.Option(help="Pictures of a row.")] = 11,
    rows: Annotated[int, typer.Option(min=1, max=64, help="Most continuous rows.")] = 16,
    around: Annotated[
        int | None, typer.Option(min=1, help="Traverse around this example of reconstructions.png.")
    ] = None,
    plane: Annotated[
        str | None,
        typer.Option(help="Two dimensions, such as 1,4. [default: those that tell most]"),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Up to five columns of a table for its pair plot, by number.")
    ] = None,
    normal: Annotated[
        str | None, typer.Option(help="The usual class of a table; the others are anomalies.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the samples.")] = 0,
    device: Device = "auto",
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Draw what a checkpoint does, as PNG files: reconstructions, samples, traversals, planes.

    Without its data set, the examples are those that the checkpoint keeps. The figures of a table's
    model are those of its rows: latent plane, reconstructions, pairs, errors, anomalies.
    """
    from models.figures.checkpoint import Range, draw
    from models.figures.examples import examples_of

    folder = workspace_or_default(workspace)
    checkpoint = Registry(folder, device=choose_device(device)).open(name)
    drawn: Iterator[tuple[str, Image.Image | bytes]]
    if len(checkpoint.config.model.shape) == 1:
        drawn = _table(checkpoint, dataset, folder, columns, normal, seed)
    else:
        if quantiles:
            low, high = QUANTILES
        spacing: Spacing = "quantiles" if quantiles else "even"
        drawn = draw(
            checkpoint,
            examples_of(checkpoint, _dataset(checkpoint, dataset, folder)),
            Range(low=low, high=high, steps=steps, spacing=spacing),
            around=None if around is None else around - 1,
            dimensions=_two(plane),
            rows=rows,
            seed=seed,
        )
    output.mkdir(parents=True, exist_ok=True)
    files = []
    for file, figure in drawn:
        if isinstance(figure, bytes):
            content = figure
        else:
            stream = io.BytesIO()
            figure.save(stream, format="PNG", optimize=True)
            content = stream.getvalue()
        write_file(output / file, content)
        files.append(file)
    if as_json:
        print_json({"name": name, "output": str(output), "files": files})
        return
    Console().print(
        f"{len(files)} figures of {escape(name)} are in {escape(str(output))}: "
        f"{escape(', '.join(files))}.",
        highlight=False,
        soft_wrap=True,
    )


def _dataset(checkpoint: Checkpoint, asked: str | None, folder: Path) -> Dataset | None:
    """Load the data set asked for, or the checkpoint's own where nothing has to be fetched."""
    config = checkpoint.config
    name = asked or config.data.dataset
    if asked is None and dataset_state(name, folder).state not in ("present", "built-in"):
        return None
    validation = config.data.validation if asked is None else None
    return data.load_as(name, config.model.shape, workspace=folder, validation=validation)


def _table(
    checkpoint: Checkpoint,
    asked: str | None,
    folder: Path,
    columns: str | None,
    normal: str | None,
    seed: int,
) -> Iterator[tuple[str, Image.Image]]:
    from models.figures.table_study import study
    from models.figures.tables import draw_table

    config = checkpoint.config
    # The label column is the checkpoint's, of another table too: it is what tells classes apart.
    table = data.load_table(
        asked or config.data.dataset, workspace=folder, label_column=config.data.label_column
    )
    seen = study(
        checkpoint.name, checkpoint.model.cpu(), table, config.metrics, config.data.normal_class
    )
    chosen = [] if columns is None else [n - 1 for n in _numbers(columns, "--columns", "1,3,4")]
    if any(not 0 <= n < len(table.columns) for n in chosen) or len(chosen) > 5:
        raise ValueError(f"--columns takes up to five numbers from 1 to {len(table.columns)}.")
    names = list(table.class_names)
    if normal is not None and normal not in names:
        raise ValueError(f"--normal is one of {', '.join(names)!s:.200}, not {normal!r:.40}.")
    usual = None if normal is None else names.index(normal)
    yield from draw_table(seen, chosen, usual, seed)


def _two(said: str | None) -> tuple[int, int] | None:
    if said is None:
        return None
    numbers = _numbers(said, "--plane", "1,4")
    if len(numbers) != 2:
        raise ValueError(f"--plane takes two dimensions such as 1,4, not {said!r:.40}.")
    return numbers[0] - 1, numbers[1] - 1


def _numbers(said: str, option: str, example: str) -> list[int]:
    numbers = [part.strip() for part in said.split(",")]
    if not all(n.isascii() and n.isdigit() and len(n) < 6 for n in numbers):
        raise ValueError(f"{option} takes numbers such as {example}, not {said!r:.40}.")
    return [int(n) for n in numbers]
