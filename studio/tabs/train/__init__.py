"""Train: a form on the left, and on the right the run that one watches.

Nothing trains here: starting puts a run into the queue, and a process of its own works on it.
"""

from __future__ import annotations

import html
from typing import Any

import gradio as gr

from models.forms import FormError, recipe_fields
from models.recipes import RECIPES, get_recipe
from models.runs import RunError
from studio.tabs.tab import IN_A_CHART, House, Keys, Tab
from studio.tabs.train.form import Form, lay_out
from studio.tabs.train.request import DATA_FIELDS, Request, read_request, values_of
from studio.widgets.base import ROOT
from studio.widgets.run import RunView

__all__ = ["TRAIN"]

QUIET: dict[str, Any] = {
    "api_visibility": "private",
    "queue": False,
    "show_progress": "hidden",
}
SEVERAL = "Several fields cannot be used as they are; they are named under the button."
WATCH = f"run => {{ if (run) import({ROOT} + 'run/run.js').then(module => module.choose(run)); }}"

LOOKING = """
On the left you say what is to be trained: a **recipe** is a model, data and settings that are known
to work, and every field of it can be changed. On the right is a run as it trains: how its losses
fall, what the model draws after each epoch, and, for two latent dimensions, how its map forms. The
training goes on in the background when the page is closed; when it is done, its model can be opened
in the other tabs.
"""
KEYS = (
    Keys("On the runs at the top", (("Arrows", "go from run to run"),)),
    IN_A_CHART,
)
TIPS = """
**Begin** with navigator-digits: it needs no download and takes about a minute.

**Losses** are in nats per example. The total is the reconstruction, which says how much of a
picture is lost, and the KL term times β, which says how much the code costs.

**The same on the command line** is what the form would start; copy it to train in a terminal. Such
runs appear here as well.
"""


def _form(call: str) -> str:
    return f"() => {{ import({ROOT} + 'run/form.js').then(module => module.{call}()); }}"


def _build(house: House) -> None:
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=3, min_width=320, elem_classes="controls", elem_id="train-form"):
            form = lay_out(house.workspace)
        with gr.Column(scale=8, min_width=340):
            view = RunView(elem_id="train-run")
    parent = gr.Textbox(visible="hidden", elem_id="train-parent")
    started = gr.Textbox(visible="hidden", elem_id="train-started")
    desk = Desk(house, form)
    _follow_edits(house, desk, form, parent)

    assert form.start is not None
    start = form.start.click(
        desk.start,
        inputs=[parent, *form.inputs.values()],
        outputs=[started, form.inputs["name"]],
        api_visibility="private",
        trigger_mode="once",
    )
    start.success(fn=None, inputs=started, js=WATCH)
    start.then(desk.say, inputs=desk.inputs, outputs=desk.said, **QUIET)
    # Queued, or what it tells would not reach the page.
    view.clone(
        desk.clone,
        inputs=view,
        outputs=[parent, *form.inputs.values()],
        **QUIET | {"queue": True},
    ).then(desk.say, inputs=desk.inputs, outputs=desk.said, **QUIET)


def _follow_edits(house: House, desk: Desk, form: Form, parent: gr.Textbox) -> None:
    """Keep the command line, the hints and the name true while one edits."""
    inputs = form.inputs
    # A text that is pasted in is a change but no input.
    edited = [
        component.change if isinstance(component, gr.Textbox) else component.input
        for name, component in inputs.items()
        if name != "recipe"
    ]
    gr.on(edited, fn=None, js=_form("edit"))
    ask = gr.Button(visible="hidden", elem_id="train-ask")
    ask.click(desk.say, inputs=desk.inputs, outputs=desk.said, **QUIET).then(
        fn=None, js=_form("answered")
    )
    inputs["recipe"].input(
        desk.choose,
        inputs=inputs["recipe"],
        outputs=[parent, *inputs.values()],
        **QUIET,
    ).then(desk.say, inputs=desk.inputs, outputs=desk.said, **QUIET)
    inputs["dataset"].input(
        lambda recipe, dataset: form.shown_for(recipe, str(dataset or ""), house.workspace),
        inputs=[inputs["recipe"], inputs["dataset"]],
        outputs=[inputs["dataset"], *(inputs[name] for name in DATA_FIELDS)],
        **QUIET,
    ).then(desk.say, inputs=desk.inputs, outputs=desk.said, **QUIET)
    house.place.select(
        desk.open, inputs=[inputs["recipe"], inputs["name"]], outputs=inputs["name"], **QUIET
    ).then(desk.say, inputs=desk.inputs, outputs=desk.said, **QUIET).then(fn=None, js=_form("name"))


class Desk:
    """What the form's events do.

    Args:
        house: The house.
        form: The inputs.
    """

    def __init__(self, house: House, form: Form) -> None:
        self.house = house
        self.form = form
        self.names = list(form.inputs)
        self.inputs = list(form.inputs.values())
        self.said = [form.command, form.faults]

    def _read(self, values: tuple[Any, ...]) -> Request:
        return read_request(dict(zip(self.names, values, strict=True)), self.house.workspace)

    def say(self, *values: Any) -> list[Any]:
        """Say the command line, or what is wrong."""
        try:
            return [self._read(values).command, ""]
        except FormError as error:
            faults = "".join(f"<li>{html.escape(fault)}</li>" for fault in error.faults)
            return [gr.skip(), f'<ul role="status" class="faults">{faults}</ul>']

    def open(self, recipe: str, name: str) -> Any:
        """Propose a name where there is none yet."""
        return gr.skip() if name else self.house.runs.free_name(recipe)

    def choose(self, recipe: str) -> list[Any]:
        """Fill the form in with a recipe."""
        fields = recipe_fields(get_recipe(recipe))
        values = {field.name: field.shown(field.default) for field in fields}
        values |= {"recipe": recipe, "name": self.house.runs.free_name(recipe)}
        return ["", *self.form.shown(values, self.house.workspace)]

    def clone(self, asked: dict[str, str]) -> list[Any]:
        """Fill the form in with what another run was asked."""
        try:
            run = self.house.runs.get(asked["run"])
        except RunError as error:
            return self._stay(str(error))
        if run.config.recipe.name not in RECIPES:
            return self._stay(f"There is no recipe '{run.config.recipe.name}' any more.")
        values = values_of(run.config)
        values["name"] = self.house.runs.next_name(run.config.name)
        name = html.escape(run.config.name)
        gr.Info(f"The form asks for the same as '{name}'. Change it, then start.")
        return [run.id, *self.form.shown(values, self.house.workspace)]

    def _stay(self, sentence: str) -> list[Any]:
        gr.Warning(html.escape(sentence), title="It cannot be cloned")
        return [gr.skip()] * (1 + len(self.inputs))

    def start(self, parent: str, *values: Any) -> list[Any]:
        """Put a run into the queue and propose the next name."""
        try:
            request = self._read(values)
            run = request.start(self.house.runs, parent or None)
        except FormError as error:
            # Each is named under the button already.
            return self._refuse(error.faults[0] if len(error.faults) == 1 else SEVERAL)
        except (ValueError, OSError) as error:
            return self._refuse(str(error))
        self.house.queue.nudge()
        if run.config.name != request.name:
            gr.Info(
                f"There is a model '{request.name}' already, so this one will be called "
                f"'{run.config.name}'."
            )
        return [run.id, self.house.runs.next_name(run.config.name)]

    def _refuse(self, sentence: str) -> list[Any]:
        """Say why nothing was started; an error would hide what was typed."""
        gr.Warning(html.escape(sentence), title="Nothing was started")
        return ["", gr.skip()]


TRAIN = Tab(
    name="train",
    title="Train",
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
