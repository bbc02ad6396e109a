"""The labeler: label a handful of pictures on a map of all, and let a model learn the rest."""

from __future__ import annotations

import gradio as gr

from studio.tabs.tab import House, Tab
from studio.widgets.labeler import LabelerView

__all__ = ["LABELER"]

NAME = "labeler"

HELP = """
Every point is a picture of the data set, laid down by a variational autoencoder that also learns to
classify: those that it finds alike lie close together. It sees all pictures, and of a few of them
what they are: **semi-supervised** learning.

**Label** the picture on the right with its key. What you say is passed on along a graph of nearest
neighbours, so that the whole map follows within a moment; **Train more epochs** teaches it to the
network itself. Points with a ring carry a label of yours.

**The queue** brings what would tell the model most. *Coverage* picks pictures that stand for many
others; *entropy*, *margin* and *BALD* pick what the model is unsure of; *k-centre* and *medoids*
spread over the map; *suspicious labels* are those that the model confidently disagrees with.

**A lasso** (Shift-drag) and one key label everything inside; one undo takes all of it back.

**What is right?** Where the data set's own classes are known, the curve shows how many pictures are
told right, against the number of your labels. Training never sees those classes, only your labels.

**Nothing is lost.** A label is on the disk before it counts as saved; whatever waits is said at the
top and sent again until it is. Undo and redo reach back to the project's first label, also after a
restart.

**Keys.** Digits label, D removes, arrows walk the queue, Ctrl-Z and Ctrl-Y take back and do again,
? shows all.
"""


def _build(house: House) -> None:
    LabelerView(scene=NAME, elem_id="labeler-view")
    with gr.Accordion("What am I looking at? Tips", open=False):
        gr.Markdown(HELP)


LABELER = Tab(name=NAME, title="Labeler", build=_build)
