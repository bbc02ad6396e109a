"""The tabs, in the order in which they are shown."""

from __future__ import annotations

from studio.tabs.checkpoints import CHECKPOINTS
from studio.tabs.faces import FACES
from studio.tabs.labeler import LABELER
from studio.tabs.navigator import NAVIGATOR
from studio.tabs.odyssey import ODYSSEY
from studio.tabs.runs import RUNS
from studio.tabs.sampler import SAMPLER
from studio.tabs.tab import House, Tab, link, usable
from studio.tabs.tables import TABLES
from studio.tabs.train import TRAIN
from studio.tabs.traversals import TRAVERSALS

__all__ = ["TABS", "House", "Tab", "link", "shown_tabs", "usable"]

TABS: tuple[Tab, ...] = (
    NAVIGATOR,
    ODYSSEY,
    FACES,
    SAMPLER,
    LABELER,
    TRAVERSALS,
    TABLES,
    TRAIN,
    RUNS,
    CHECKPOINTS,
)


def shown_tabs(only: str | None = None) -> tuple[Tab, ...]:
    """Return all tabs, or the one of that name.

    Raises:
        ValueError: There is none of that name; the message lists all.
    """
    shown = tuple(tab for tab in TABS if only in (None, tab.name))
    if not shown:
        names = ", ".join(tab.name for tab in TABS)
        raise ValueError(f"There is no tab '{only}'; choose one of: {names}.")
    return shown
