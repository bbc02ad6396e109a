"""The traversals: change one part of a code while the others stand still, and see what it means."""

from __future__ import annotations

import gradio as gr

from models.checkpoint import CheckpointConfig
from studio.tabs.tab import House, Keys, Tab, card_of_model, open_in_page
from studio.traversal_routes import MOST_DIMENSIONS
from studio.widgets.traversals import TraversalsPanel, TraversalsView

__all__ = ["TRAVERSALS"]

NAME = "traversals"

LOOKING = """
The decoder turns a code into a picture. A **traversal** changes one part of the code while the
others stand still, so that one sees what this part alone stands for. Every row is one part: a
continuous dimension goes from one end of its range to the other, a discrete part through its
classes. The frame in a row is the place: the code of the big picture.
"""
KEYS = (
    Keys(
        "In the whole tab",
        (
            ("C", "the centre of the prior"),
            ("R", "a random draw"),
            ("E", "another example"),
            ("0 – 9", "choose a class"),
            ("Space", "plays the chosen row, and stops it"),
            ("Ctrl+Z", "takes the last step back"),
        ),
    ),
    Keys(
        "On the big picture",
        (
            ("←, →", "move along the chosen row; with Shift by a fifth of a step"),
            ("↑, ↓", "choose another row"),
        ),
    ),
    Keys(
        "In a row or a grid",
        (
            ("Arrows", "look at a cell; Home and End at the first and the last"),
            ("Enter", "goes there"),
            ("Click, Drag", "go to a cell, move along the row"),
        ),
    ),
)
TIPS = """
**Nats.** Rows are ordered by how much a part tells of an example: the mean KL of its posterior from
the prior, E[KL(q(z|x) ‖ p(z))]. A dimension at 0 nats is not used, and its row shows the same
picture throughout. A discrete part of K classes tells at most log K: 2.30 nats for ten.

**Discrete parts** (JointVAE: Dupont 2018, arXiv 1804.00104) were learned without labels. A button
says which class of the data its code mostly stands for, as found afterwards with labels; without
such a word it is only a number.

**The range** is in standard deviations of the prior. With **even** steps the columns are equally
far apart; with **quantiles** each step passes over the same share of the prior, as in the paper
(±1.64 is 5 % to 95 %).

**Begin** with a discrete part, then move the row with the most nats. A row that changes two things
at once (width and slant, say) is entangled; compare it around other examples. In **plane** two
dimensions change at once; **classes × z** asks whether a dimension means the same in every class.

The address of the page is the place: whoever opens it sees the same.
"""


def _accepts(config: CheckpointConfig) -> bool:
    return len(config.model.shape) == 3 and config.model.latent_dim <= MOST_DIMENSIONS


def _build(house: House) -> None:
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=5, min_width=300):
            TraversalsView(scene=NAME, elem_id="traversals-view")
        with gr.Column(scale=9, min_width=320, elem_classes="controls"):
            TraversalsPanel(scene=NAME, elem_id="traversals-panel")
    card_of_model(house, "traversals-card")
    open_in_page(house, "traversals/traversals.js", f"traversals('{NAME}')")


TRAVERSALS = Tab(
    name=NAME,
    title="Traversals",
    favourite="joint-mnist-10",
    accepts=_accepts,
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
