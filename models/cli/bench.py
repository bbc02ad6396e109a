"""`python -m models bench WHAT`: speed, and what recipes reach, measured on this machine."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.cli import bench_labels, bench_speed, bench_studio
from models.cli.bench_joint import joint
from models.cli.bench_options import Output, Threads, finish
from models.cli.bench_tabular import tabular
from models.cli.options import Workspace, workspace_or_default
from models.registry import Registry
from models.training.devices import set_threads

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Measure on this machine; prints a table, and JSON on standard output.",
)
app.command()(bench_speed.train)
app.command()(bench_speed.decode)
app.command()(bench_speed.encode)
app.command()(bench_studio.live)
app.command()(bench_studio.startup)
app.command("map")(bench_studio.map_)
app.command()(bench_studio.memory)
app.command()(bench_labels.ssvae)
app.command()(bench_labels.active)
app.command()(bench_labels.labels)
app.command()(joint)
app.command()(tabular)


@app.command()
def faces(
    name: Annotated[
        list[str] | None, typer.Option(help="A face model; may be given several times.")
    ] = None,
    learn: Annotated[
        bool, typer.Option(help="Learn the directions anew instead of taking those kept.")
    ] = False,
    moved: Annotated[
        int | None, typer.Option(min=1, help="Most faces to move for each attribute.")
    ] = None,
    threads: Threads = 1,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Attribute directions on held-out faces, judged by a classifier no training saw."""
    from models import data
    from models.attributes import learn_attributes
    from models.bench.faces import bench_faces

    set_threads(threads)
    folder, console = workspace_or_default(workspace), Console(stderr=True)
    results = {}
    for one in name or ["faces-celeba", "faces-synthetic"]:
        checkpoint = Registry(folder).open(one)
        wanted = checkpoint.config
        dataset = data.load_as(
            wanted.data.dataset,
            wanted.model.shape,
            workspace=folder,
            validation=wanted.data.validation,
        )
        kept = checkpoint.directions
        directions = learn_attributes(checkpoint.model, dataset) if learn or not kept else kept
        if directions is None:
            raise ValueError(f"The data set of '{one}' has no attributes to learn directions from.")
        results[one] = bench_faces(
            checkpoint,
            directions,
            dataset,
            faces=moved,
            report=lambda line: console.print(line, highlight=False),
        )
        console.print(_faces_table(one, results[one]))
    finish({"threads": threads, "models": results}, output)


def _faces_table(name: str, result: dict[str, Any]) -> Table:
    table = Table("measure", "value", "wanted", "met", title=escape(name))
    for row in result["criteria"]:
        value = "" if row["value"] is None else f"{row['value']:.4g}"
        table.add_row(row["what"], value, escape(row["wanted"]), "yes" if row["met"] else "NO")
    return table


@app.command()
def flight(
    name: Annotated[str, typer.Option(help="The checkpoint to fly through.")] = "odyssey-mnist",
    paths: Annotated[int, typer.Option(min=1, help="Paths of each kind.")] = 20,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs of class medoids.")] = 200,
    threads: Threads = 1,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Flight paths: milliseconds each, evenness of the picture, density against straight lines."""
    from models.bench.flight import bench_flight

    set_threads(threads)
    checkpoint = Registry(workspace_or_default(workspace)).open(name)
    if checkpoint.atlas is None:
        raise ValueError(f"Checkpoint '{name}' has no atlas, and flights are measured in one.")
    result = bench_flight(checkpoint.model.decode, checkpoint.atlas, paths=paths, pairs=pairs)
    Console(stderr=True).print(_flight_table(name, result))
    finish({"name": name, "threads": threads, **result}, output)


def _flight_table(name: str, result: dict[str, Any]) -> Table:
    roads = result["roads_against_lines"]
    columns = ("path", "length", "make (ms)", "re-time (ms)", "pictures")
    table = Table(*columns, "step", "re-timed", "worst")
    table.title = f"{escape(name)}: steps are the largest as a multiple of the mean"
    means = roads["mean_density_of_roads"], roads["mean_density_of_lines"]
    table.caption = (
        f"Roads built in {result['roads_ms']:.0f} ms; denser than the straight line for "
        f"{roads['denser_share']:.1%} of {roads['pairs']} pairs ({means[0]:.1f}, {means[1]:.1f})."
    )
    for kind, one in result["kinds"].items():
        steps = ("largest_step_before", "largest_step_after", "worst_step_after")
        times = (f"{one[key]:.1f}" for key in ("length", "make_ms", "retime_ms"))
        pictures = f"{one['retime_pictures']:.0f}"
        table.add_row(kind, *times, pictures, *(f"{one[key]:.2f}" for key in steps))
    return table
