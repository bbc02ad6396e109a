"""Runs: every training of the workspace in a table, and any of them compared."""

from __future__ import annotations

from studio.tabs.tab import House, Tab
from studio.widgets.runs import RunsDesk

__all__ = ["RUNS"]


def _build(house: House) -> None:
    RunsDesk(elem_id="runs")


RUNS = Tab(name="runs", title="Runs", build=_build)
