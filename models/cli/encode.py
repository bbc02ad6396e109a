"""`python -m models encode CHECKPOINT --dataset WHAT --output FILE`."""

from __future__ import annotations

import dataclasses
import signal
import sys
from pathlib import Path
from typing import Annotated, Self

import torch
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from models.bench.memory import peak_memory
from models.checkpoint import Checkpoint
from models.cli.options import (
    AsJson,
    Device,
    Precision,
    Workspace,
    print_json,
    workspace_or_default,
)
from models.data import DATASETS
from models.encode import EncodeReport, Ranks, Source, encode_to_file, joined_ranks, open_source
from models.encode.output import require_output
from models.encode.sources import SplitName
from models.registry import Registry
from models.training.devices import choose_device, set_threads

__all__ = ["encode"]


def encode(
    checkpoint: Annotated[str, typer.Argument(help="A checkpoint; see `checkpoints list`.")],
    dataset: Annotated[
        str,
        typer.Option(
            help=f"A data set ({', '.join(DATASETS)}), a .npy array, a folder of .npy arrays, or "
            "a folder of pictures."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(help=".npy for the means; .npz for mu, logvar, and labels or names."),
    ],
    split: Annotated[
        SplitName, typer.Option(help="The part of a data set; all is train, validation, test.")
    ] = "all",
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", help="Leave out pictures that cannot be read.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output if there is one.")
    ] = False,
    device: Device = "auto",
    precision: Precision = "fp32",
    threads: Annotated[int, typer.Option(help="CPU threads a process; 0 takes every core.")] = 0,
    batch_size: Annotated[int, typer.Option(min=0, help="Examples at once; 0 chooses.")] = 0,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Encode any amount of data as a stream; memory does not grow with it.

    Several processes share the rows: [bold]python -m torch.distributed.run --standalone
    --nproc-per-node 2 -m models encode ...[/bold]
    """
    # A polite end is no reason to leave half an output behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = workspace_or_default(workspace)

    with joined_ranks() as ranks:

        def opened() -> tuple[Checkpoint, Source]:
            require_output(output, dataset, overwrite=overwrite)
            set_threads(ranks.threads(threads))
            registry = Registry(folder, device=_device_of(ranks, device))
            found = registry.open(checkpoint)
            return found, open_source(
                dataset,
                found.config.model.shape,
                found.config.data,
                split=split,
                skip_unreadable=skip_unreadable,
                workspace=folder,
            )

        found, source = ranks.together(opened)
        with _Bar(ranks, len(source)) as bar:
            report = encode_to_file(
                found.model,
                source,
                output,
                binarise=found.config.data.binarise,
                precision=precision,
                batch_size=batch_size,
                ranks=ranks,
                advance=bar.advance,
            )
        if ranks.rank == 0:
            _tell(report, source, output, as_json=as_json)


def _device_of(ranks: Ranks, name: str) -> torch.device:
    device = choose_device(name)
    # Ranks of one machine take a GPU each.
    return (
        torch.device("cuda", ranks.local_rank)
        if name in ("auto", "cuda") and (device.type == "cuda")
        else device
    )


class _Bar:
    """Progress of the first rank, as a share of its own rows."""

    def __init__(self, ranks: Ranks, rows: int) -> None:
        start, stop = ranks.rows(rows)
        self._ranks = ranks.size
        self._progress = Progress(
            TextColumn("encoding" if ranks.size == 1 else f"rank 1 of {ranks.size}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=ranks.rank != 0,
        )
        self._task = self._progress.add_task("", total=stop - start, rate="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._progress.stop()

    def advance(self, rows: int) -> None:
        """Show that more rows are done."""
        self._progress.advance(self._task, rows)
        speed = self._progress.tasks[self._task].speed
        rate = f"{speed * self._ranks:,.0f} examples/s" if speed else ""
        self._progress.update(self._task, rate=rate)


def _tell(report: EncodeReport, source: Source, output: Path, *, as_json: bool) -> None:
    if as_json:
        plain = dataclasses.asdict(report) | {
            "left_out": len(report.left_out),
            "examples_per_second": round(report.examples_per_second, 1),
            "peak_memory_bytes": peak_memory(),
            "output": str(output),
        }
        print_json(plain)
        return
    console = Console(stderr=True)
    if report.left_out and source.names:
        some = ", ".join(source.names[row] for row in report.left_out[:3])
        more = " and others" if len(report.left_out) > 3 else ""
        console.print(
            f"Left out {len(report.left_out):,} unreadable: {escape(some)}{more}.",
            highlight=False,
            soft_wrap=True,
        )
    console.print(
        f"[bold green]Encoded[/] {report.examples:,} examples in {report.seconds:.1f} s "
        f"({report.examples_per_second:,.0f} examples/s) into {report.bytes:,} bytes: "
        f"{escape(str(output))}",
        highlight=False,
        soft_wrap=True,
    )
