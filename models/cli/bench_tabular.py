"""`python -m models bench tabular`: VAEs of tables beside classical methods."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.cli.bench_options import Epochs, Output, Seeds, Threads, finish
from models.training.devices import set_threads

__all__ = ["tabular"]

NAMES = ("iris", "wine")


def tabular(
    table: Annotated[
        list[str] | None, typer.Option(help="iris or wine; both if not given.")
    ] = None,
    seeds: Seeds = 10,
    epochs: Epochs = None,
    threads: Threads = 1,
    output: Output = None,
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
    finish({"tables": results}, output)


def _shown(name: str, result: dict[str, Any]) -> list[Table]:
    from models.tables.anomalies import SCORES

    means = Table("method", "5-NN, held out", "k-means ARI", "silhouette", title=name)
    for method, one in result["means"].items():
        means.add_row(method, *(f"{one[key]:.3f}" for key in ("knn", "ari", "silhouette")))
    scores = Table("score", "AUROC, one class normal")
    counted = result["components"]
    for score, value in result["auroc"].items():
        dims = {"error": counted["VAE"], "elbo": counted["VAE"], "pca": counted["PCA"]}.get(score)
        # PCA in as many dimensions as this VAE would rebuild every row.
        scores.add_row(f"{SCORES[score]}, {dims}-d" if dims else SCORES[score], f"{value:.4f}")
    criteria = Table("measure", "value", "wanted", "met")
    for row in result["criteria"]:
        met = "yes" if row["met"] else "NO"
        criteria.add_row(row["what"], f"{row['value']:.4f}", row["wanted"], met)
    return [means, scores, criteria]
