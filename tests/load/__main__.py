"""`python -m tests.load`: how many browsers one studio serves, on this machine.

Starts a studio, and then 1, 8 and 32 browsers' worth of live views and calls, one stage after the
other, from a process of its own; nothing leaves this machine. With `--processes 2` there are so
many studios behind nginx, on one workspace.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from tests.load.studios import ROOT, Served, studios

STAGES = [1, 8, 32]
WIDTH = 110
COLUMNS = {
    "browsers": "browsers",
    "frames_median": "frames/s\neach",
    "frames_worst": "\nworst",
    "trip_p50_ms": "picture\nms",
    "trip_p95_ms": "\np95",
    "call_p50_ms": "call\nms",
    "call_p95_ms": "\np95",
    "studio_cpu": "studio\ncores",
    "nginx_cpu": "nginx\ncores",
    "client_cpu": "browsers\ncores",
    "resident_mb": "studio\nMB",
    "errors": "errors",
}


def load(
    browsers: Annotated[
        list[int] | None, typer.Option(min=1, help="Browsers at once; may be given several times.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0.2, help="Length of each stage.")] = 12.0,
    warm_up: Annotated[float, typer.Option(min=0.0, help="What is not counted before it.")] = 2.0,
    processes: Annotated[
        int, typer.Option(min=1, help="Studios; more than one are behind nginx.")
    ] = 1,
    nginx: Annotated[bool, typer.Option(help="Put nginx before a single studio, too.")] = False,
    model: Annotated[str, typer.Option(help="Checkpoint to look at.")] = "navigator-mnist",
    workspace: Annotated[
        Path | None, typer.Option(help="Folder of checkpoints; an empty one if not given.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Also write the JSON to this file.")] = None,
) -> None:
    """Measure what browsers see while 1, 8 and 32 of them are there at once."""
    console = Console(stderr=True, highlight=False)
    with tempfile.TemporaryDirectory(prefix="latent-studio-load-") as scratch:
        place = workspace or Path(scratch)
        behind = nginx or processes > 1
        try:
            with studios(processes, place, behind=behind) as served:
                rounds = []
                for count in browsers or STAGES:
                    console.print(f"{count} browsers, {seconds:g} seconds ...")
                    rounds.append(_stage(served, count, seconds, warm_up, model))
        except (OSError, ValueError) as error:
            console.print(f"[bold red]Error:[/] {error}")
            raise typer.Exit(1) from None
    result = {
        "model": model,
        "processes": processes,
        "nginx": behind,
        "seconds": seconds,
        "cores": os.cpu_count(),
        "machine": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "rounds": rounds,
    }
    Console(stderr=True, highlight=False, width=WIDTH).print(_table(rounds, behind))
    text = json.dumps(result, indent=2)
    print(text)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text + "\n", encoding="utf-8")
    if any(one["errors"] for one in rounds):
        raise typer.Exit(1)


def _stage(
    served: Served, count: int, seconds: float, warm_up: float, model: str
) -> dict[str, Any]:
    """Return what so many browsers see, and what the studio uses meanwhile."""
    command = [sys.executable, "-m", "tests.load.browsers", served.address, str(count)]
    options = [str(seconds), "--model", model, "--warm-up", str(warm_up)]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise OSError("The browsers did not start; what they said above tells why.")
            began, before = time.perf_counter(), served.cpu_seconds()
            time.sleep(seconds)
            wall = time.perf_counter() - began
            used = np.subtract(served.cpu_seconds(), before) / wall
            memory = served.resident_mb()
            found = json.loads(process.stdout.readline() or "null")
        finally:
            process.terminate()
    if found is None:
        raise OSError("The browsers ended early; what they said above tells why.")
    *each, proxy = used.round(2).tolist()
    return found | {
        "studio_cpu": round(sum(each), 2),
        "studio_cpu_each": each,
        "nginx_cpu": proxy,
        "resident_mb": round(memory),
    }


def _table(rounds: list[dict[str, Any]], behind: bool) -> Table:
    columns = {key: title for key, title in COLUMNS.items() if behind or key != "nginx_cpu"}
    table = Table(box=None)
    for title in columns.values():
        table.add_column(title, justify="right")
    for one in rounds:
        table.add_row(*("" if one[key] is None else f"{one[key]:g}" for key in columns))
    return table


if __name__ == "__main__":
    typer.run(load)
