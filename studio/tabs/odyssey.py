"""The 3-D odyssey: a ship that flies through latent space, and what it sees there."""

from __future__ import annotations

import gradio as gr

from models.checkpoint import CheckpointConfig
from models.latent.parts import Parts
from studio.tabs.tab import House, Keys, Tab, card_of_model, open_in_page
from studio.widgets.space import Helm, SpaceView

__all__ = ["ODYSSEY"]

FLIGHT = "odyssey"
DIMENSIONS = 3

LOOKING = """
The model knows every picture as a point of a space with three directions, and you fly a ship
through that space. The picture is what the decoder makes of the place where the ship is. The
coloured stars are the training examples, each where the encoder put it: near them the space is
**charted**, away from them the picture is the model's own invention.
"""
KEYS = (
    Keys(
        "In the view: flying",
        (
            ("W, S, X", "thrust, brake, backward"),
            ("Arrows, A, D", "turn the nose; a drag turns it, too"),
            ("Q, E", "roll left and right"),
            ("L", "level"),
            ("Space", "autopilot on and off"),
        ),
    ),
    Keys(
        "In the view: where to",
        (
            ("R", "warp to a random charted place"),
            ("1 – 9, 0", "warp to a class"),
            ("B", "drop a waypoint here"),
            ("Shift+1 – 9", "go to a waypoint"),
            ("V", "record what you fly, and stop"),
        ),
    ),
    Keys(
        "In the view: what is shown",
        (
            ("G, T", "grid, tunnel; again for the picture"),
            ("M", "star map: small, large, off"),
            ("F", "full screen"),
        ),
    ),
)
TIPS = """
**Tunnel**: the walls are pictures too, of what lies above, below and to the sides of the way ahead.
An amber rim marks uncharted ones. **Grid**: the picture in the middle is here, the others lie
around it in the plane that the ship faces.

**Fly by hand** has a button for each key, and sliders for where the ship is and how it lies.

**More dimensions**: of a model with more than three you fly along those in which its examples
differ most, or along any three of its own; the others stay as they are.

**Share**: the address of this page is the flight: model, place, attitude, view, and the path with
the point of it that was reached. Whoever opens it sees the same picture and flies on from there.
"""


def _accepts(config: CheckpointConfig) -> bool:
    numbers = config.model.latent_dim >= DIMENSIONS and not Parts.of(config.model).discrete
    return numbers and len(config.model.shape) == 3


def _build(house: House) -> None:
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=10, min_width=320):
            SpaceView(scene=FLIGHT, elem_id="odyssey-space")
        with gr.Column(scale=3, min_width=290, elem_classes="controls"):
            Helm(scene=FLIGHT, elem_id="odyssey-helm")
    card_of_model(house, "odyssey-card")
    open_in_page(house, "space/flight.js", f"flight('{FLIGHT}')")


ODYSSEY = Tab(
    name="odyssey",
    title="3-D odyssey",
    favourite="odyssey-mnist",
    accepts=_accepts,
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
