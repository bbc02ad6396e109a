"""Tables: what a VAE and a beta-VAE make of the rows of a table, side by side."""

from __future__ import annotations

from models.checkpoint import CheckpointConfig
from models.tables.config import TableConfig
from studio.table_models import called, kind_of
from studio.tabs.tab import IN_A_CHART, House, Keys, Tab
from studio.widgets.tables import TablesView

__all__ = ["TABLES"]

NAME = "tables"
SIDES = {"vae": "a", "beta": "b"}
"""What the page's address calls its two sides."""

LOOKING = """
Every point is a row of a table. A variational autoencoder (VAE) has laid the rows down in a plane
from which it can tell each of them again, and it has seen no class in doing so: the colours are
there for you alone. The **β-VAE** beside it pays more for every nat that a code tells, so that its
map is smoother and what it tells again is coarser.
"""
KEYS = (
    Keys(
        "In a plot",
        (
            ("Arrows", "go from row to row; the row lights up in all plots"),
            ("Esc", "lets go of the row"),
            ("Hover, Click", "look at a row, keep it"),
        ),
    ),
    Keys("On the views", (("←, →", "the view before, and the next one"),)),
    Keys(
        "On the anomalies",
        (
            ("↑, ↓", "in the list: the row before, and the next one"),
            (
                "←, →",
                "in the scores: move the threshold by a row; with Shift, Page up and down by 10",
            ),
            ("Home, End", "in the scores: call every row unusual, or none"),
        ),
    ),
    IN_A_CHART,
)
TIPS = """
- **Latent map**: where each row lies, and behind it what a column is decoded to at every place.
- **Reconstruction**: rows and what the model tells again, in one plane of principal components.
- **Pairs**: the same in up to five columns, two at a time.
- **Errors**: how far off each column is in its own unit, beside as many principal components.
- **Samples**: rows made from draws of the prior, to keep as a CSV file.
- **Anomalies**: how unusual each row is. Choose the class that is normal, train both models on it
  alone, and see whether they tell the others from it better than classical methods do.
- **Losses**: what each model lost in training, epoch by epoch.

**Your own table** is a CSV file of numbers with a header, of at most 10 MB. One column may name the
classes. It stays on this machine.

**What is better?** On tables as small as these, t-SNE and PCA often separate classes as well, and
the Mahalanobis distance finds anomalies as well; where one of them wins, the tab says so. What they
lack is a way back: only the VAE tells what lies between two rows, and draws new ones.

**Scaling** is part of a model. Columns laid on [0, 1] go with a Bernoulli likelihood, those of mean
0 and variance 1 with a Gaussian one. Mixed up, the loss would change its sign and every
reconstruction would end at the mean.
"""


def _address(name: str, config: CheckpointConfig) -> dict[str, str] | None:
    if not isinstance(config.model, TableConfig):
        return None
    side = SIDES[kind_of(config.recipe, config.training.beta)]
    return {"table": called(config.data.dataset), side: name}


def _build(house: House) -> None:
    TablesView(scene=NAME, elem_id="tables-view")


TABLES = Tab(
    name=NAME,
    title="Tables",
    address=_address,
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
