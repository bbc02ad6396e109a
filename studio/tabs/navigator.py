"""The 2-D navigator: a map of the latent space, and the image under the pointer."""

from __future__ import annotations

import html

import gradio as gr

from models.card import body
from models.checkpoint import CheckpointConfig, CheckpointError
from models.registry import Registry
from studio.routes import describe
from studio.tabs.tab import House, Keys, Tab
from studio.widgets import DigitPad, FilmStrip, LatentMap, LiveView, PlaceView, on_scene

__all__ = ["NAVIGATOR"]

SCENE = "navigator"
HERE, DRAWN = "here", "drawn"
SET_PATH = f"""
  const place = (choice, drawn) => choice === '{HERE}' ? Array.from(scene.z)
    : choice === '{DRAWN}' ? drawn ?? Array.from(scene.z) : scene.anchor(Number(choice));
  const ends = {{ a: place(from, scene.path?.a), b: place(to, scene.path?.b) }};
  scene.setPath({{ ...ends, steps, kind, from, to }});
"""
SHOW_STRIP = """
  document.querySelector('#navigator-map canvas.overlay').focus({ preventScroll: true });
  setTimeout(() => document.getElementById('navigator-strip')
    .scrollIntoView({ block: 'nearest', behavior: 'smooth' }), 150);
"""
PATH_TO_CONTROLS = "path => [path.kind, path.steps, path.from, path.to]"

LOOKING = """
Each dot is a training example where the encoder put it, coloured by its class. The faint pictures
beneath are what the decoder makes of every place, and the large image is what it makes of the place
under your pointer. The line below it says how crowded that place is: **uncharted** means that no
example was ever encoded near it, and the image there is the model's own invention.
"""
KEYS = (
    Keys(
        "On the map and on the image",
        (
            ("Arrows", "move the position; with Shift slowly"),
            ("0 – 9", "jump to a class"),
            ("Space", "play or pause the path"),
        ),
    ),
    Keys(
        "On the map",
        (
            ("+, −", "nearer and farther; Home shows everything"),
            ("Shift+Enter", "begins a circle around the position: + and − change its size"),
            ("Enter", "goes to the middle of what lies inside the circle; Esc gives it up"),
        ),
    ),
    Keys(
        "With a pointer",
        (
            ("Hover", "looks at a place without moving"),
            ("Drag", "moves the position; drag A or B to bend a path"),
            ("Wheel, Pinch", "zooms; the right button moves the map"),
            ("Shift+Drag", "draws a lasso and goes to the middle of what lies inside"),
        ),
    ),
)
TIPS = """
**Interpolate** goes from one place to another in steps. The path is straight, **linear**, or turns
around the middle, **spherical**; both are drawn on the map, and the strip below can be saved.

**Your own digit** is encoded on this computer: the ellipse on the map shows where the model takes
it to lie, and how sure it is.

The address of the page follows what you do: whoever opens it sees the same place.
"""


def _js(body: str, arguments: str = "") -> str:
    """Return a handler that acts on the scene, whose script may still be on its way."""
    return on_scene(SCENE, body, arguments)


def _accepts(config: CheckpointConfig) -> bool:
    return config.model.latent_dim == 2 and len(config.model.shape) == 3


def _build(house: House) -> None:
    strip = FilmStrip(scene=SCENE, elem_id="navigator-strip", render=False)
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=6, min_width=320):
            LatentMap(scene=SCENE, elem_id="navigator-map")
        with gr.Column(scale=4, min_width=280):
            view = LiveView(scene=SCENE, elem_id="navigator-live")
            PlaceView(scene=SCENE, elem_id="navigator-place")
        with gr.Column(scale=3, min_width=260, elem_classes="controls"):
            x, y = _position(view)
            _wander()
            target = _classes()
            ends = _interpolation(strip)
            with gr.Accordion("Your own digit", open=False):
                DigitPad(scene=SCENE, elem_id="navigator-pad")
    strip.render()
    with gr.Accordion("The checkpoint's card", open=False):
        card = gr.Markdown(elem_id="navigator-card")

    def chosen(name: str | None) -> list[object]:
        return _chosen(house.registry, name)

    house.model.change(
        chosen,
        inputs=house.model,
        outputs=[x, y, target, *ends, card],
        api_visibility="private",
        show_progress="hidden",
    )
    house.model.change(fn=None, inputs=house.model, js=_js("scene.open(name);", "name"))


def _position(view: LiveView) -> tuple[gr.Slider, gr.Slider]:
    x, y = (
        gr.Slider(-4, 4, 0, step=0.01, label=name, elem_id=f"navigator-{name}", interactive=True)
        for name in "xy"
    )
    for slider in (x, y):
        slider.input(fn=None, inputs=[x, y], js=_js("scene.moveTo([x, y], 'sliders');", "x, y"))
    view.change(fn=None, inputs=view, outputs=[x, y], js="v => v.z.slice(0, 2)")
    return x, y


def _wander() -> None:
    with gr.Row():
        near = gr.Button(
            "Random near data", size="sm", min_width=80, elem_id="navigator-random-data"
        )
        prior = gr.Button(
            "Random from prior", size="sm", min_width=80, elem_id="navigator-random-prior"
        )
    near.click(fn=None, js=_js("scene.random('data');"))
    prior.click(fn=None, js=_js("scene.random('prior');"))


def _classes() -> gr.Dropdown:
    target = gr.Dropdown([], label="Morph towards", elem_id="navigator-target", interactive=True)
    with gr.Row(equal_height=True):
        amount = gr.Slider(
            5, 100, 25, step=5, label="by (%)", min_width=120, elem_id="navigator-amount"
        )
        morph = gr.Button(
            "Morph", size="sm", variant="primary", min_width=92, scale=0, elem_id="navigator-morph"
        )
    morph.click(
        fn=None,
        inputs=[target, amount],
        js=_js("scene.morph(Number(target), amount / 100);", "target, amount"),
    )
    return target


def _interpolation(strip: FilmStrip) -> tuple[gr.Dropdown, gr.Dropdown]:
    with gr.Row():
        start = gr.Dropdown([], label="From", min_width=90, elem_id="navigator-from")
        end = gr.Dropdown([], label="To", min_width=90, elem_id="navigator-to")
    kind = gr.Radio(
        ["linear", "spherical"],
        value="linear",
        label="Path",
        show_label=False,
        container=False,
        elem_id="navigator-kind",
    )
    with gr.Row(equal_height=True):
        steps = gr.Slider(
            2, 64, 16, step=1, label="Steps", min_width=120, elem_id="navigator-steps"
        )
        go = gr.Button(
            "Interpolate",
            size="sm",
            variant="primary",
            min_width=92,
            scale=0,
            elem_id="navigator-go",
        )
    inputs = [start, end, steps, kind]
    names = "from, to, steps, kind"
    go.click(fn=None, inputs=inputs, js=_js(SET_PATH + SHOW_STRIP, names))
    for control in inputs:
        control.input(fn=None, inputs=inputs, js=_js(f"if (scene.path) {{ {SET_PATH} }}", names))
    strip.change(fn=None, inputs=strip, outputs=[kind, steps, start, end], js=PATH_TO_CONTROLS)
    return start, end


def _chosen(registry: Registry, name: str | None) -> list[object]:
    """Return what the controls show for a checkpoint: ranges, classes, card."""
    if not name:
        return [gr.skip()] * 6
    try:
        checkpoint = registry.open(name)
    except CheckpointError as error:
        raise gr.Error(
            html.escape(str(error)), title="This checkpoint cannot be used", print_exception=False
        ) from None
    classes = [(label, str(k)) for k, label in enumerate(checkpoint.config.class_names)]
    sliders = [
        gr.update(minimum=round(low, 2), maximum=round(high, 2))
        for low, high in describe(checkpoint)["range"]
    ]
    first, last = (classes[0][1], classes[-1][1]) if classes else (HERE, HERE)
    ends = [("here", HERE), ("as drawn", DRAWN), *classes]
    return [
        *sliders,
        gr.update(choices=classes, value=last if classes else None),
        gr.update(choices=ends, value=first),
        gr.update(choices=ends, value=last),
        body(checkpoint.card),
    ]


NAVIGATOR = Tab(
    name="navigator",
    title="2-D navigator",
    favourite="navigator-mnist",
    accepts=_accepts,
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
