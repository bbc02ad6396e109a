"""The form of a training: what is asked for, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components import Component

from models.data import is_table
from models.forms import Field, recipe_fields
from models.recipes import RECIPES, Recipe, get_recipe
from models.tables.data import BUILT_IN, TABLE
from studio.table_shelf import TableShelf, table_name
from studio.tabs.train.request import (
    DATA_FIELDS,
    FIELDS,
    MACHINE,
    data_sentence,
    default_launch,
    devices,
)

__all__ = ["Form", "lay_out"]

FIRST = "navigator-digits"
"""The recipe to begin with: it needs no download."""
MAIN = ("epochs", "batch_size", "learning_rate", "beta", "latent_dim")
APART = ("dataset", *MAIN)
HEADINGS = {"training": "Training", "data": "Data", "model": "Model"}


@dataclass(slots=True)
class Form:
    """The inputs by name, and what is said about them."""

    inputs: dict[str, Component] = field(default_factory=dict)
    start: gr.Button | None = None
    faults: gr.HTML | None = None
    command: gr.Textbox | None = None

    def shown(self, values: Mapping[str, Any], workspace: Path) -> list[Any]:
        """Return an update for every input: the values where there are some, hidden otherwise."""
        updates = []
        for name in self.inputs:
            if name not in values:
                updates.append(gr.update(visible=False) if name in FIELDS else gr.skip())
            elif name == "recipe":
                summary = get_recipe(values[name]).summary
                updates.append(gr.update(value=values[name], info=summary))
            elif name == "dataset":
                state = data_sentence(values[name], workspace)
                known = _datasets(get_recipe(values["recipe"]), values[name], workspace)
                updates.append(gr.update(value=values[name], info=state, choices=known))
            else:
                updates.append(gr.update(value=values[name], visible=True))
        return updates

    def shown_for(self, recipe: str, dataset: str, workspace: Path) -> dict[Component, Any]:
        """Return updates of what follows from the data: what is said of them, and asked."""
        asked = {one.name for one in recipe_fields(get_recipe(recipe), dataset)}
        updates = {self.inputs[name]: gr.update(visible=name in asked) for name in DATA_FIELDS}
        own = table_name(dataset)
        if own and "label_column" in asked:
            # As it was said when the table was brought.
            label = TableShelf(workspace).label(own)
            updates[self.inputs["label_column"]] = gr.update(visible=True, value=label)
        return updates | {self.inputs["dataset"]: gr.update(info=data_sentence(dataset, workspace))}


def lay_out(workspace: Path) -> Form:
    """Lay out the form, filled in with the first recipe."""
    form = Form()
    recipe = RECIPES.get(FIRST) or next(iter(RECIPES.values()))
    fields = {one.name: one for one in recipe_fields(recipe)}
    form.inputs["recipe"] = gr.Dropdown(
        list(RECIPES),
        value=recipe.name,
        label="Recipe",
        info=recipe.summary,
        elem_id="train-recipe",
    )
    with gr.Row(elem_classes="pair"):
        form.inputs["dataset"] = gr.Dropdown(
            _datasets(recipe, recipe.data.dataset, workspace),
            value=recipe.data.dataset,
            label="Data",
            info=data_sentence(recipe.data.dataset, workspace),
            # folder:PATH or table:NAME
            allow_custom_value=True,
            elem_id="train-dataset",
            min_width=140,
        )
        form.inputs["name"] = gr.Textbox(
            label="Name",
            info="Of the new model: letters, digits and . _ -",
            max_lines=1,
            elem_id="train-name",
            min_width=140,
        )
    with gr.Row(elem_classes="main-fields"):
        for name in MAIN:
            form.inputs[name] = _input(fields[name], compact=True)
    form.start = gr.Button("Start training", variant="primary", elem_id="train-start")
    form.faults = gr.HTML(elem_id="train-faults", padding=False)
    with gr.Accordion("All other fields", open=False, elem_id="train-more"):
        for group, heading in HEADINGS.items():
            gr.Markdown(f"#### {heading}")
            with gr.Row(elem_classes="fields"):
                for one in (FIELDS | fields).values():
                    if one.group == group and one.name not in APART:
                        form.inputs[one.name] = _input(one)
                        form.inputs[one.name].visible = one.name in fields
    with (
        gr.Accordion("Machine", open=False, elem_id="train-machine"),
        gr.Row(elem_classes="fields"),
    ):
        for one in MACHINE.values():
            form.inputs[one.name] = _machine_input(one)
    form.command = gr.Textbox(
        label="The same on the command line",
        lines=2,
        max_lines=6,
        interactive=False,
        buttons=["copy"],
        elem_id="train-command",
    )
    return form


def _datasets(recipe: Recipe, chosen: str, workspace: Path) -> list[str]:
    """Return what a recipe can be trained on: pictures, or rows of tables, one's own too."""
    [known] = [one.choices for one in recipe_fields(recipe) if one.name == "dataset"]
    own: list[str] = []
    if is_table(recipe.data.dataset):
        own = [TABLE + name for name in TableShelf(workspace).names() if name not in BUILT_IN]
    return list(dict.fromkeys([*known, *own, chosen]))


def _input(one: Field, *, compact: bool = False) -> Component:
    look: dict[str, Any] = {
        "value": one.shown(one.default),
        "label": one.label.capitalize(),
        "info": None if compact else one.doc,
        "elem_id": f"train-{one.name.replace('.', '-').replace('_', '-')}",
        "interactive": True,
    }
    match one.kind:
        case "integer" | "number":
            return gr.Number(min_width=90 if compact else 140, **look)
        case "choice":
            return gr.Dropdown(list(one.choices), min_width=140, **look)
        case "switch":
            return gr.Checkbox(min_width=140, **look)
    return gr.Textbox(max_lines=1, min_width=140, **look)


def _machine_input(one: Field) -> Component:
    if one.name == "device":
        return gr.Dropdown(
            devices(),
            value="auto",
            label=one.label.capitalize(),
            info=one.doc,
            elem_id="train-device",
        )
    shown = _input(one)
    shown.value = getattr(default_launch(), one.name)
    return shown
