"""`python -m models evaluate NAME`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from models.card import METRIC_LABELS
from models.cli.options import AsJson, Device, Workspace, print_json, workspace_or_default
from models.data.trained_on import load_again
from models.evaluate import evaluate as measure
from models.registry import Registry
from models.training.devices import choose_device

__all__ = ["evaluate"]


def evaluate(
    name: Annotated[str, typer.Argument(help="A checkpoint; see `checkpoints list`.")],
    samples: Annotated[int, typer.Option(min=1, help="Posterior samples for the ELBO.")] = 4,
    importance_samples: Annotated[int, typer.Option(min=1, help="Samples for the IWAE.")] = 200,
    device: Device = "auto",
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Measure a checkpoint on the test split: bounds in nats per example, 5-NN accuracy, speed.

    For data sets with a feature network (mnist) samples are judged too, by their Frechet distance.
    """
    folder = workspace_or_default(workspace)
    checkpoint = Registry(folder, device=choose_device(device)).open(name)
    dataset = load_again(checkpoint.config.data, checkpoint.config.model, workspace=folder)
    metrics = measure(
        checkpoint.model,
        dataset,
        binarise=checkpoint.config.data.binarise,
        samples=samples,
        importance_samples=importance_samples,
        atlas=checkpoint.atlas,
    )
    if as_json:
        print_json({"name": name, **metrics})
    else:
        Console().print(_table(name, metrics))


def _table(name: str, metrics: dict[str, Any]) -> Table:
    table = Table(title=name, caption=metrics["conditions"], show_header=False)
    for key, label in METRIC_LABELS.items():
        if (value := metrics.get(key)) is None:
            continue
        table.add_row(label, f"{value:,}" if isinstance(value, int) else f"{value:.3f}")
    for size, ms in metrics["decode_ms"].items():
        table.add_row(f"Decode {size} at once (ms)", f"{ms:.2f}")
    return table
