"""`python -m models bench ssvae|active|labels`: what few labels give, and how fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.cli.bench_options import Epochs, Folder, Output, Seeds, Threads, finish
from models.cli.options import Precision, Workspace, workspace_or_default
from models.recipes import Recipe, get_recipe, with_overrides
from models.training.devices import set_threads

__all__ = ["active", "labels", "ssvae"]

RecipeName = Annotated[str, typer.Option("--recipe", help="The recipe to measure.")]
Free = Annotated[
    int | None, typer.Option(min=0, help="Of these, without labels; the recipe's if not given.")
]


def ssvae(
    recipe: RecipeName = "ssvae-mnist",
    seeds: Seeds = 5,
    labels: Annotated[
        list[int] | None, typer.Option(min=2, help="Labels; may be given several times.")
    ] = None,
    epochs: Epochs = None,
    label_free_epochs: Free = None,
    precision: Precision = "fp32",
    threads: Threads = 0,
    folder: Folder = None,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Accuracy from 50 and 100 random labels over five seeds, and what each costs."""
    from models.bench.ssvae import bench_ssvae
    from models.training.recipe import load_data

    set_threads(threads)
    chosen = _chosen(recipe, epochs, label_free_epochs)
    console = Console(stderr=True)
    result = bench_ssvae(
        chosen,
        load_data(chosen, workspace_or_default(workspace)),
        seeds=range(seeds),
        labels=labels or [50, 100],
        folder=folder,
        precision=precision,
        report=lambda line: console.print(line, highlight=False),
    )
    console.print(_accuracies(result))
    finish(result, output)


def _chosen(recipe: str, epochs: int | None, label_free_epochs: int | None) -> Recipe:
    return with_overrides(
        get_recipe(recipe), epochs=epochs, **{"semi.label_free_epochs": label_free_epochs}
    )


def _accuracies(result: dict[str, Any]) -> Table:
    table = Table("labels", "mean", "worst", "best", "CPU seconds, at most", title=result["recipe"])
    for count, one in result["labels"].items():
        shares = (f"{one[key]:.2%}" for key in ("mean", "worst", "best"))
        table.add_row(count, *shares, f"{one['most_cpu_seconds']:.0f}")
    return table


def active(
    recipe: RecipeName = "ssvae-mnist",
    seeds: Seeds = 5,
    queue: Annotated[
        list[str] | None, typer.Option(help="A queue; may be given several times.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Labels to give, one at a time.")] = 60,
    epochs: Epochs = None,
    label_free_epochs: Free = None,
    precision: Precision = "fp32",
    threads: Threads = 0,
    plot: Annotated[
        Path | None, typer.Option(help="Also draw the curves in this PNG.", dir_okay=False)
    ] = None,
    folder: Folder = None,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Labels needed to 95 %: a queue's against random ones, on models that have seen no label."""
    from models.bench.active import Ground, bench_active, draw_curves
    from models.bench.kept import claim
    from models.bench.ssvae import Seed
    from models.training.recipe import load_data

    set_threads(threads)
    chosen = _chosen(recipe, epochs, label_free_epochs)
    console = Console(stderr=True)

    def say(line: str) -> None:
        console.print(line, highlight=False)

    dataset = load_data(chosen, workspace_or_default(workspace))
    claim(folder, chosen)

    def grounds() -> Iterator[Ground]:
        for seed in range(seeds):
            one = Seed(
                recipe=chosen,
                dataset=dataset,
                seed=seed,
                folder=folder,
                precision=precision,
                report=say,
            )
            yield Ground.of(one.model(), dataset, chosen.data.binarise)

    result = bench_active(grounds(), queue or ["coverage", "random"], count=count, report=say)
    if plot is not None:
        draw_curves(result, plot)
    table = Table("queue", "labels to 95 %, median", "each seed")
    for how, one in result["queues"].items():
        middle = one["median"] or f"more than {count}"
        table.add_row(how, str(middle), ", ".join(str(n or "-") for n in one["labels_needed"]))
    console.print(table)
    finish({"recipe": chosen.name, **result}, output)


def labels(
    count: Annotated[int, typer.Option(min=100, help="Examples.")] = 60_000,
    steps: Annotated[int, typer.Option(min=1, help="Labels to give.")] = 1000,
    threads: Threads = 0,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """From a key to a label that is kept, what it tells of the others, and what to label next."""
    from models.bench.labels import bench_labels

    set_threads(threads)
    console = Console(stderr=True)
    result = bench_labels(
        count,
        workspace_or_default(workspace),
        steps=steps,
        report=lambda line: console.print(line, highlight=False),
    )
    finish(result, output)
