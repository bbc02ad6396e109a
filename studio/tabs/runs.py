"""Runs: every training of the workspace in a table, and any of them compared."""

from __future__ import annotations

from studio.tabs.tab import IN_A_CHART, House, Keys, Tab
from studio.widgets.runs import RunsDesk

__all__ = ["RUNS"]

LOOKING = """
Every training of this workspace is a row of the table, with its settings and how far it came. Tick
several, and below them you see their curves in one chart, what each model drew, and in which
settings they differ. Runs that were started in a terminal appear as well.
"""
KEYS = (
    Keys(
        "On a row of the table",
        (
            ("↑, ↓", "the row before, and the next one"),
            ("Space, Enter", "tick it, or take the tick away"),
        ),
    ),
    IN_A_CHART,
)
TIPS = """
A click on a column's name sorts by it, another click turns the order. What is ticked and compared
stays as it is left, until this browser tab is closed.
"""


def _build(house: House) -> None:
    RunsDesk(elem_id="runs")


RUNS = Tab(
    name="runs",
    title="Runs",
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
