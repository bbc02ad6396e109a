"""The faces: make one, move it along learned attributes, morph between those that are kept."""

from __future__ import annotations

import gradio as gr

from models.checkpoint import CheckpointConfig
from studio.tabs.tab import House, Keys, Tab, card_of_model, open_in_page
from studio.widgets.faces import FacePanel, FaceView

__all__ = ["FACES"]

NAME = "faces"

LOOKING = """
Every face here is a code: a list of numbers that the decoder turns into a picture. A **random
face** is drawn from where the encoder puts the faces it was trained on; a **held-out face** or
**your photo** is encoded first, with its reconstruction beside it, so that you see how faithful the
model is. Each slider moves the code along a direction that was learned from labels, such as a
smile.
"""
KEYS = (
    Keys(
        "In the whole tab",
        (
            ("R", "draws another random face"),
            ("S", "saves the face to the shelf"),
            ("Space", "plays the morph, and stops it"),
            ("Ctrl+Z", "takes the last step back"),
        ),
    ),
    Keys(
        "On the shelf",
        (
            ("←, →", "choose a face; Home and End the first and the last"),
            ("Alt+←, Alt+→", "move it"),
            ("A, B", "take it as an end of the morph"),
            ("F2", "rename it"),
            ("Delete", "remove it"),
        ),
    ),
    Keys(
        "Where a photo is cut",
        (
            ("Arrows", "move the square; + and − change it"),
            ("Enter", "takes it"),
        ),
    ),
    Keys(
        "On strip, plane and effects",
        (
            ("Arrows", "go from cell to cell"),
            ("Enter", "shows the face large; in effects, tries the step"),
        ),
    ),
)
TIPS = """
**Truncation** pulls a draw towards the average face, which makes it more usual and less of an
individual.

**An attribute's AUC** says how well its direction tells faces with the attribute from faces without
it that took no part in learning: 0.5 is chance, 1 is always right. One step is one standard
deviation of the training faces along it, so −3 to +3 is where faces are. Those with the attribute
weigh as much as those without it; in older checkpoints each face weighs the same, and a step along
a rare attribute is shorter. Moving several composes.

- **raw** moves along the direction as it was learned, with all that tends to go with it: in the
  data glasses go with age, and so they do here.
- **conditional** leaves the scores of the other rows as they are. Tick more rows, and more is left
  alone. What is left of a step may be little: "does 0.35 of its own" beneath a name says that one
  step moves the attribute's own score by 0.35 of a raw step.

**effects** shows what a step of each attribute does to all the others, judged by a classifier that
took no part in learning them.

These are averages over a data set, with its habits of labelling; they say nothing about a person. A
photo is encoded on the computer that the studio runs on, which keeps nothing of it. What you save
to the shelf stays in this browser until you remove it: a name, and the code, from which the
likeness can be decoded again. An export of the shelf holds both.

The address of the page is the face, as long as it is no photo: whoever opens it sees the same.
"""


def _accepts(config: CheckpointConfig) -> bool:
    faces = config.recipe.startswith("faces-") or bool(config.attribute_names)
    return faces and len(config.model.shape) == 3


def _build(house: House) -> None:
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=8, min_width=320):
            FaceView(scene=NAME, elem_id="faces-view")
        with gr.Column(scale=5, min_width=300, elem_classes="controls"):
            FacePanel(scene=NAME, elem_id="faces-panel")
    card_of_model(house, "faces-card")
    open_in_page(house, "faces/faces.js", f"faces('{NAME}')")


FACES = Tab(
    name=NAME,
    title="Faces",
    favourite="faces-celeba",
    accepts=_accepts,
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
