"""`python -m models bench live|startup|map|memory`: a running studio, as its visitors find it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from models.cli.bench_options import Output, finish, say, show
from models.cli.options import Workspace, workspace_or_default

__all__ = ["live", "map_", "memory", "startup"]

KEYS = ("seconds", "cpu_seconds")


def live(
    name: Annotated[str, typer.Option(help="The checkpoint to decode with.")] = "navigator-mnist",
    viewers: Annotated[
        list[int] | None, typer.Option(min=1, help="Viewers at once; may be given several times.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.2, help="Length of each measurement.")] = 5.0,
    density: Annotated[
        bool, typer.Option(help="Ask for density and class too, as the tabs do.")
    ] = False,
    baseline: Annotated[
        bool, typer.Option(help="Measure a request a picture as well, PNG as a data URL.")
    ] = True,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """WebSocket round trips of a running studio, started for the purpose: 1 and 8 viewers."""
    from models.bench.live import bench_live

    folder = workspace_or_default(workspace)
    result = bench_live(
        name, viewers or [1, 8], seconds, folder, density=density, baseline=baseline
    )
    rows = []
    for one in result["rounds"]:
        rows.append([one["viewers"], "live route", *_figures(one), one.get("ratio", "")])
        if "baseline" in one:
            rows.append([one["viewers"], "a request a picture", *_figures(one["baseline"]), ""])
    columns = ["viewers", "way", "median (ms)", "p95 (ms)", "pictures/s each", "times as fast"]
    show(name, columns, rows, caption=f"Against {result['baseline_is']}." if baseline else None)
    finish(result, output)


def _figures(one: dict[str, Any]) -> list[Any]:
    return [one["ms"]["median"], one["ms"]["p95"], one["frames_per_second_each"]]


def startup(
    rounds: Annotated[int, typer.Option(min=1, help="New processes of each side.")] = 5,
    output: Output = None,
) -> None:
    """Seconds from `python -m studio` to its first page, against importing torch and gradio."""
    from models.bench.startup import bench_startup

    result = bench_startup(rounds, report=say)
    sides = {"studio": "first page of the studio", "baseline": result["baseline_is"]}
    rows = [
        [title, *(result[side][key][part] for key in KEYS for part in ("median", "p95"))]
        for side, title in sides.items()
    ]
    columns = ["process", "median (s)", "p95 (s)", "CPU median (s)", "CPU p95 (s)"]
    wanted = result["wanted"]
    met = "met" if wanted["met"] else "NOT met"
    show(
        "start-up",
        columns,
        rows,
        caption=f"{result['ratio']} times the baseline, {result['cpu_ratio']} times in CPU "
        f"seconds; wanted at most {wanted['ratio_at_most']}: {met}.",
    )
    finish(result, output)


def map_(
    name: Annotated[str, typer.Option(help="A checkpoint with a map.")] = "navigator-mnist",
    rounds: Annotated[int, typer.Option(min=1, help="Requests of each kind.")] = 20,
    output: Output = None,
    workspace: Workspace = None,
) -> None:
    """Milliseconds and bytes of a map's points, binary as the studio sends them and as JSON."""
    from models.bench.map import bench_map

    result = bench_map(name, rounds, workspace_or_default(workspace))
    binary, text = result["binary"], result["json"]
    rows = [
        ["binary, first, model opened", binary["first_ms"], "", binary["bytes"]],
        ["binary", binary["ms"]["median"], binary["ms"]["p95"], binary["bytes"]],
        ["JSON", text["ms"]["median"], text["ms"]["p95"], text["bytes"]],
    ]
    show(
        f"{name}, {result['points']:,} points",
        ["way", "median (ms)", "p95 (ms)", "bytes"],
        rows,
        caption=f"JSON takes {result['ratio']} times as long and {result['bytes_ratio']} times the "
        f"bytes; it is {result['baseline_is']}.",
    )
    finish(result, output)


def memory(
    moves: Annotated[int, typer.Option(min=1, help="Positions sent over the live route.")] = 10_000,
    labels: Annotated[int, typer.Option(min=1, help="Labels given.")] = 1_000,
    name: Annotated[
        list[str] | None,
        typer.Option(help="A shipped checkpoint; may be given several times. [default: all]"),
    ] = None,
    output: Output = None,
) -> None:
    """Resident memory and open files of a studio with all models open, moved through, labelled."""
    from models.bench.growth import bench_memory

    result = bench_memory(moves=moves, labels=labels, names=name, report=say)
    rows = [[step["after"], step["resident_mb"], step["open_files"]] for step in result["steps"]]
    rows.append([result["baseline_is"], result["baseline_mb"], ""])
    wanted = result["wanted"]
    met = "met" if wanted["met"] else "NOT met"
    caption = (
        f"All open: {result['all_open_mb']} MB, {result['ratio']} times the libraries alone; "
        f"use added {result['growth_mb']['both']} MB and {result['open_files_growth']} open files. "
        f"Wanted below {wanted['all_open_mb_below']} and {wanted['growth_mb_below']} MB: {met}."
    )
    columns = ["after", "resident (MB)", "open files"]
    show("memory of a studio", columns, rows, caption=caption)
    finish(result, output)
