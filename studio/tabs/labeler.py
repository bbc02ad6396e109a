"""The labeler: label a handful of pictures on a map of all, and let a model learn the rest."""

from __future__ import annotations

from studio.tabs.tab import House, Keys, Tab
from studio.widgets.labeler import LabelerView

__all__ = ["LABELER"]

NAME = "labeler"

LOOKING = """
Every point is a picture of the data set, laid down by a variational autoencoder that also learns to
classify: those that it finds alike lie close together. It sees all pictures, and of a few of them
what they are: **semi-supervised** learning. Label the picture on the right with its key, and what
you say is passed on to its neighbours, so that the whole map follows within a moment. Points with a
ring carry a label of yours.
"""
KEYS = (
    Keys(
        "In an open project",
        (
            ("0 – 9, A – Z", "label the picture, or all in the lasso: each class shows its key"),
            ("D", "removes the label"),
            ("Arrows", "back and on in the queue"),
            ("Ctrl+Z", "takes the last step back; a whole lasso is one step"),
            ("Ctrl+Y", "does it again"),
            ("F", "shows the whole map"),
            ("L", "lets a drag draw a lasso instead of moving the map, and back"),
            ("Esc", "lets go of the lasso"),
        ),
    ),
    Keys(
        "On the map",
        (
            ("Shift+Arrows", "move the map under its middle"),
            ("+, −", "nearer and farther; Home shows everything"),
            ("Enter", "looks at the point nearest to the middle"),
            ("Shift+Enter", "begins a lasso around the middle: + and − change it, Enter takes it"),
        ),
    ),
    Keys(
        "With a pointer",
        (
            ("Click", "looks at a point"),
            ("Drag", "moves the map"),
            ("Shift+Drag", "draws a lasso; with Ctrl it adds to the last one"),
            ("Wheel, Pinch", "zooms; a double click shows all"),
        ),
    ),
)
TIPS = """
**How a label spreads.** It is passed on along a graph of nearest neighbours at once; **Train more
epochs** teaches it to the network itself.

**The queue** brings what would tell the model most. **Coverage** picks pictures that stand for many
others; **entropy**, **margin** and **BALD** pick what the model is unsure of; **k-centre** and
**medoids** spread over the map; **suspicious labels** are those that the model confidently
disagrees with.

**What is right?** Where the data set's own classes are known, the curve shows how many pictures are
told right, against the number of your labels. Training never sees those classes, only your labels.

**Nothing is lost.** A label is on the disk before it counts as saved; whatever waits is said at the
top and sent again until it is. Undo and redo reach back to the project's first label, also after a
restart.
"""


def _build(house: House) -> None:
    LabelerView(scene=NAME, elem_id="labeler-view")


LABELER = Tab(
    name=NAME,
    title="Labeler",
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
