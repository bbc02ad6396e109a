"""`python -m models bench train|decode|encode`: the science, against other ways to do it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from models.cli.bench_options import Output, Threads, finish, say, show
from models.cli.options import Device, Workspace, workspace_or_default
from models.registry import Registry
from models.training.devices import set_threads

__all__ = ["decode", "encode", "train"]


def train(
    recipe: Annotated[
        list[str] | None,
        typer.Option(help="A recipe; may be given several times. [default: navigator-mnist]"),
    ] = None,
    every_family: Annotated[bool, typer.Option("--all", help="One recipe of each family.")] = False,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            help="same (the same network the tutorial way), tutorial (its own network) or pythae; "
            "may be given several times. [default: same and pythae]"
        ),
    ] = None,
    baseline_epochs: Annotated[int, typer.Option(min=1, help="Epochs of each baseline.")] = 10,
    epochs: Annotated[int, typer.Option(min=1, help="Length of the recipe's schedule.")] = 8,
    threads: Threads = 0,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """CPU seconds to the held-out ELBO of other ways to train, and the share of the peak."""
    from models.bench.training import FAMILIES, bench_train, load_for, shortened
    from models.recipes import get_recipe

    set_threads(threads)
    names = list(FAMILIES) if every_family else recipe or ["navigator-mnist"]
    for name in names:
        shortened(get_recipe(name), epochs)  # What cannot be is told before an hour of work.
    results: dict[str, Any] = {}
    for name in names:
        loaded = load_for(name, workspace_or_default(workspace))
        say(name)
        results[name] = bench_train(
            *loaded,
            baselines=baseline or ["same", "pythae"],
            baseline_epochs=baseline_epochs,
            epochs=epochs,
            report=say,
        )
    rows = []
    for name, one in results.items():
        ours, peak = one["ours"], one["peak"]
        share = f"{peak['share']:.1%} of {peak['matmul_gflops']:,.0f} GFLOP/s"
        pace = f"{ours['examples_per_second']:,.0f}"
        rows.append([name, "as it is", ours["cpu_seconds"], ours["elbo"], "", pace, share])
        for way, base in one["baselines"].items():
            times = base["ratio"] if base["ratio"] else "not reached"
            elbo = round(base["elbo"], 3)
            rows.append(["", way, base["cpu_seconds"], elbo, times, "", ""])
    columns = ["recipe", "way", "CPU seconds", "held-out ELBO", "times as fast", "examples/s"]
    show("training", [*columns, "share of the peak"], rows)
    finish({"recipes": results}, output)


def decode(
    name: Annotated[
        list[str] | None,
        typer.Option(help="A checkpoint; may be given several times. [default: navigator-mnist]"),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.01, help="Spent on each way and number of images.")
    ] = 1.0,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Milliseconds to decode 1 to 400 images: as the studio does, plainly, and by onnxruntime."""
    from models.bench.decoding import bench_decode

    registry = Registry(workspace_or_default(workspace))
    results: dict[str, Any] = {}
    for one in name or ["navigator-mnist"]:
        model = registry.open(one).model
        say(f"{one} ...")
        result = results[one] = bench_decode(model, seconds=seconds)
        if result["onnxruntime_skipped"]:
            say(f"Without onnxruntime: {result['onnxruntime_skipped']}")
        ways = list(result["threads"])
        columns = ["images", *(f"{way} {part}" for way in ways for part in ("median", "p95"))]
        rows = [
            [
                int(size),
                *(at[way][part] for way in ways for part in ("median", "p95")),
                at["ratio"],
                at.get("onnxruntime_ratio", ""),
            ]
            for size, at in result["sizes"].items()
        ]
        caption = f"Milliseconds; the baseline is {result['baseline_is']}."
        columns += ["baseline / studio", "studio / onnxruntime"]
        show(one, columns, rows, caption=caption)
    finish({"models": results}, output)


def encode(
    name: Annotated[str, typer.Option(help="The checkpoint to encode with.")] = "navigator-mnist",
    count: Annotated[
        list[int] | None, typer.Option(min=1, help="Made images; may be given several times.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of each number.")] = 3,
    baseline_count: Annotated[
        int, typer.Option(min=0, help="Images that the baseline encodes; 0 leaves it out.")
    ] = 5_000,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share them.")] = 1,
    threads: Annotated[int, typer.Option(min=0, help="CPU threads each; 0 takes every core.")] = 1,
    device: Device = "auto",
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Images a second through `encode` and its peak memory: 10,000 made images and 100,000."""
    from models.bench.encode import bench_encode

    folder = workspace_or_default(workspace)
    result = bench_encode(
        name,
        Registry(folder).open(name).config,
        counts=count or [10_000, 100_000],
        rounds=rounds,
        baseline_count=baseline_count,
        threads=threads,
        processes=processes,
        device=device,
        workspace=folder,
        report=say,
    )
    measured = [("encode", one) for one in result["rounds"]]
    if result["baseline"]:
        measured.append(("one by one", result["baseline"]))
    rows = []
    for way, one in measured:
        rate, seconds = one["examples_per_second"], one["seconds"]
        memory = round(one["peak_memory_bytes"] / 1e6)
        times = one.get("ratio", "")
        figures = [seconds["median"], seconds["p95"], round(rate), memory, times]
        rows.append([way, one["examples"], *figures])
    columns = ["way", "images", "median (s)", "p95 (s)", "images/s", "peak memory (MB)"]
    caption = f"Against {result['baseline_is']}." if result["baseline"] else None
    show(name, [*columns, "times as fast"], rows, caption=caption)
    finish(result, output)
