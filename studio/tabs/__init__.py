"""The tabs, in the order in which they are shown."""

from __future__ import annotations

from studio.tabs.navigator import NAVIGATOR
from studio.tabs.tab import Tab

__all__ = ["TABS", "Tab"]

TABS: tuple[Tab, ...] = (NAVIGATOR,)
