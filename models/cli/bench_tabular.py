"""`python -m models bench tabular`: VAEs of tables beside classical methods."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.atomic import write_file
from models.cli.options import print_json
from models.training.devices import set_threads

__all__ = ["tabular"]

NAMES = ("iris", "wine")


def tabular(
    table: Annotated[
        list[str] | None, typer.Option(help="iris or wine; both if not given.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds, from 0 on.")] = 10,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs; the recipes' own if not given.")
    ] = None,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 takes every core.")] = 1,
    output: Annotated[
        Path | None, typer.Option(help="Also write the JSON to this file.", dir_okay=False)
    ] = None,
) -> None:
    """VAE and beta-VAE of Iris and Wine beside PCA, t-SNE and anomaly scores, over ten seeds."""
    from models.bench.tabular import bench_tabular

    names = table or list(NAMES)
    if unknown := [name for name in names if name not in NAMES]:
        raise ValueError(f"{unknown[0]!r:.40} is no table to measure on; choose iris or wine.")
    set_threads(threads)
    console = Console(stderr=True)
    results: dict[str, Any] = {}
    for name in names:
        result = results[name] = bench_tabular(
            name,
            seeds=range(seeds),
            epochs=epochs,
            report=lambda line: console.print(line, highlight=False, soft_wrap=True),
        )
        for shown in _shown(name, result):
            console.print(shown)
    print_json({"tables": results})
    if output:
        write_file(output, (json.dumps({"tables": results}, indent=2) + "\n").encode())


def _shown(name: str, result: dict[str, Any]) -> list[Table]:
    means = Table("method", "5-NN, held out", "k-means ARI", "silhouette", title=name)
    for method, one in result["means"].items():
        means.add_row(method, *(f"{one[key]:.3f}" for key in ("knn", "ari", "silhouette")))
    scores = Table("score", "AUROC, one class normal")
    for score, value in result["auroc"].items():
        scores.add_row(score, f"{value:.4f}")
    criteria = Table("measure", "value", "wanted", "met")
    for row in result["criteria"]:
        met = "yes" if row["met"] else "NO"
        criteria.add_row(row["what"], f"{row['value']:.4f}", row["wanted"], met)
    return [means, scores, criteria]
