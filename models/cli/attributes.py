"""`python -m models attributes NAME`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.checkpoint import verify, with_directions
from models.cli.options import AsJson, Device, Workspace, print_json, workspace_or_default
from models.latent.attributes import KINDS, AttributeDirections, kept_apart
from models.registry import Registry
from models.training.devices import choose_device

__all__ = ["attributes"]


def attributes(
    name: Annotated[str, typer.Argument(help="A checkpoint; see `checkpoints list`.")],
    learn: Annotated[
        bool, typer.Option("--learn", help="Learn and measure anew from the data set.")
    ] = False,
    save: Annotated[
        str | None, typer.Option(help="Learn, and keep a copy of the checkpoint of this name.")
    ] = None,
    device: Device = "auto",
    as_json: AsJson = False,
    workspace: Workspace = None,
) -> None:
    """Attribute directions of a checkpoint: held-out AUC, and what else each of them changes."""
    from models.attributes import learn_attributes
    from models.data.trained_on import load_again

    folder = workspace_or_default(workspace)
    registry = Registry(folder, device=choose_device(device))
    if save:
        registry.require_free(save)
    checkpoint = registry.open(name)
    directions = checkpoint.directions
    if learn or save:
        dataset = load_again(checkpoint.config.data, checkpoint.config.model, workspace=folder)
        directions = learn_attributes(checkpoint.model, dataset)
    if directions is None:
        raise ValueError(
            f"Checkpoint '{name}' has no attribute directions; those of a data set with attributes "
            f"are learned by `python -m models attributes {name} --learn`."
        )
    if save:
        files = with_directions(verify(registry.folder(name)), save, directions)
        kept = registry.add(save, files)
        Console(stderr=True).print(
            f"[bold green]Saved[/] {escape(str(kept))}", highlight=False, soft_wrap=True
        )
    if as_json:
        print_json({"name": name, **_described(directions)})
    else:
        Console().print(_table(name, directions))


def _described(directions: AttributeDirections) -> dict[str, Any]:
    """Return every measure, by kind and by name."""
    names = directions.names
    described: dict[str, Any] = {}
    for row, kind in enumerate(KINDS):
        areas = directions.auc[row].tolist()
        described[kind] = {
            "auc": {n: None if a != a else round(a, 4) for n, a in zip(names, areas, strict=True)}
        }
        for way in ("raw", "conditional"):
            effects = directions.effects_of(kind, conditional=way == "conditional")
            if effects is None:
                continue
            described[kind][way] = {
                one: {other: round(value, 3) for other, value in zip(names, found, strict=True)}
                for one, found in zip(names, effects.tolist(), strict=True)
            }
    return {**described, "kept": {name: kept_apart(name, names) for name in names}}


def _table(title: str, directions: AttributeDirections) -> Table:
    table = Table("direction", "AUC", "AUC of means", "its own", "most of another", "conditional")
    table.title = escape(title)
    table.caption = (
        "One step of the normals, in standard deviations of an independent classifier's logit over "
        "held-out pictures; conditional on the main attributes."
    )
    for row, one in enumerate(directions.names):
        areas = ["" if a != a else f"{a:.3f}" for a in directions.auc[:, row].tolist()]
        table.add_row(escape(one), *areas, *_effects(directions, row))
    return table


def _effects(directions: AttributeDirections, row: int) -> list[str]:
    raw = directions.effects_of("normal")
    held = directions.effects_of("normal", conditional=True)
    if raw is None or held is None or len(directions.names) < 2:
        return ["", "", ""]
    others = raw[row].clone()
    others[row] = 0
    most = int(others.abs().argmax())
    name = escape(directions.names[most])
    return [f"{raw[row, row]:+.2f}", f"{name} {others[most]:+.2f}", f"{held[row, most]:+.2f}"]
