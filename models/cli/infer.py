"""`python -m models infer CHECKPOINT --split SPLIT --output FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.markup import escape

from models.cli.options import AsJson, Device, Workspace, print_json, workspace_or_default
from models.data.trained_on import load_again
from models.encode.output import OutputError, written_to
from models.registry import Registry
from models.semi.infer import Inferred, SplitName, infer, no_classifier, write_inferred
from models.training.devices import choose_device, set_threads

__all__ = ["infer_split"]


def infer_split(
    checkpoint: Annotated[str, typer.Argument(help="A checkpoint; see `checkpoints list`.")],
    output: Annotated[Path, typer.Option(help="The .npz file to write.")],
    split: Annotated[
        SplitName, typer.Option(help="train, with nothing of it held out, or test.")
    ] = "test",
    dataset: Annotated[
        str | None, typer.Option(help="Another data set than the one it was trained on.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Only the first rows; 0 takes all.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the t-SNE.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the output if there is one.")
    ] = False,
    device: Device = "auto",
    threads: Annotated[int, typer.Option(min=0, help="CPU threads; 0 takes every core.")] = 0,
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Write everything a model says of a split: codes, a map, reconstructions, classes.

    The arrays of the .npz are input, latent, tsne, reconstructed, labels, pred_classes and
    pred_certainty; pictures are bytes, and row i is everywhere the same example.
    """
    if output.suffix != ".npz":
        raise OutputError(f"{output} must end in .npz.")
    if output.is_dir() or (output.exists() and not overwrite):
        raise OutputError(f"{output} exists already; choose another name, or add --overwrite.")
    set_threads(threads)
    folder = workspace_or_default(workspace)
    found = Registry(folder, device=choose_device(device)).open(checkpoint)
    loaded = load_again(
        found.config.data, found.config.model, workspace=folder, dataset=dataset, validation=0
    )
    chosen = loaded.train if split == "train" else loaded.test
    if limit:
        chosen = chosen.take(slice(limit))
    console = Console(stderr=True)
    with console.status("") as status, written_to(output):
        inferred = infer(
            found.model,
            chosen,
            binarise=found.config.data.binarise,
            seed=seed,
            progress=lambda stage: status.update(f"{stage} {len(chosen):,} examples"),
        )
        size = write_inferred(output, inferred)
    told = _accuracy(inferred)
    remark = no_classifier(found)
    if as_json:
        shapes = {name: list(array.shape) for name, array in inferred.arrays().items()}
        print_json(
            {"output": str(output), "arrays": shapes, "accuracy": told, "bytes": size}
            | ({"remark": remark} if remark else {})
        )
        return
    share = "" if told is None else f"; {100 * told:.2f} % of the classes are told right"
    lines = [f"{len(chosen):,} examples of {split} are in {output}, {size:,} bytes{share}."]
    for line in [*lines, *([remark] if remark else [])]:
        console.print(escape(line), highlight=False, soft_wrap=True)


def _accuracy(inferred: Inferred) -> float | None:
    """Return the share of classes told right, of those known; None where none is told."""
    told, true = torch.from_numpy(inferred.pred_classes), torch.from_numpy(inferred.labels)
    known = true >= 0
    if not known.any() or not (told >= 0).any():
        return None
    return float((told[known] == true[known]).float().mean())
