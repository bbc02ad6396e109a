"""What the studio knows of a tab, and what a tab is given to lay itself out with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import gradio as gr

from models.checkpoint import CheckpointConfig
from models.registry import Registry, RegistryEntry
from models.runs import Runs
from models.runs.queue import Queue
from studio.checkpoint_files import card_of
from studio.widgets.base import ROOT
from studio.widgets.guide import Keys

__all__ = [
    "IN_A_CHART",
    "House",
    "Keys",
    "Tab",
    "card_of_model",
    "link",
    "links_to",
    "open_in_page",
    "usable",
]

IN_A_CHART = Keys(
    "In a chart",
    (
        ("←, →", "read it point by point; with Shift in larger steps"),
        ("Home, End", "its first and its last point"),
        ("Esc", "puts the reading away"),
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """What all tabs share, and the one thing that each has of its own: its model."""

    registry: Registry
    runs: Runs
    queue: Queue
    place: gr.Tab
    """The tab itself; its `select` fires whenever it is opened."""
    model: gr.Textbox
    """Name of the checkpoint that this tab is to show. It follows the picker in the header while
    the tab is open and never names one that the tab cannot use; without `accepts` it stays empty.
    """

    @property
    def workspace(self) -> Path:
        """Folder of a person's own checkpoints, runs and data."""
        return self.registry.workspace


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """One tab of the studio."""

    name: str
    """Short name, for `--only`, links and the beginning of element ids."""
    title: str
    """What a person reads."""
    build: Callable[[House], None]
    """Lay out the tab."""
    looking: str = ""
    """What a person sees there, in two to four sentences, for the guide."""
    keys: tuple[Keys, ...] = ()
    """What keys and hands do there, for the guide."""
    tips: str = ""
    """What is good to know beyond that; paragraphs, lists and **bold**, as in `looking`."""
    accepts: Callable[[CheckpointConfig], bool] | None = None
    """Whether the tab can use a checkpoint; None for a tab that shows none, without a picker."""
    favourite: str | None = None
    """The checkpoint to begin with, where it is there."""
    address: Callable[[str, CheckpointConfig], dict[str, str] | None] | None = None
    """For a tab that chooses models itself: the query under which it shows a checkpoint of that
    name, or None where it cannot."""


def usable(tab: Tab, registry: Registry) -> list[RegistryEntry]:
    """Return the checkpoints whose configuration a tab can use, its favourite first."""
    if tab.accepts is None:
        return []
    entries = [e for e in registry.entries() if e.config is not None and tab.accepts(e.config)]
    return sorted(entries, key=lambda entry: entry.name != tab.favourite)


def link(tab: str, **query: str) -> str:
    """Return the address of a tab, e.g. with `model=`.

    A plain link to it, anywhere in the page, switches tabs without loading the page anew.
    """
    return "?" + urlencode({"tab": tab} | query)


def links_to(tabs: Iterable[Tab], registry: Registry, model: str) -> list[tuple[Tab, str]]:
    """Return the tabs that can open a checkpoint, each with its link to it."""
    config = next((e.config for e in registry.entries() if e.name == model), None)
    found: list[tuple[Tab, str]] = []
    for tab in tabs if config is not None else ():
        query = tab.address(model, config) if tab.address else None
        if tab.accepts is not None and tab.accepts(config):
            query = {"model": model}
        if query is not None:
            found.append((tab, link(tab.name, **query)))
    return found


def card_of_model(house: House, elem_id: str) -> None:
    """Lay out the card of the tab's model, folded away."""
    with gr.Accordion("The checkpoint's card", open=False):
        card = gr.Markdown(elem_id=elem_id)
    house.model.change(
        lambda name: card_of(house.registry, name) if name else "",
        inputs=house.model,
        outputs=card,
        api_visibility="private",
        show_progress="hidden",
    )


def open_in_page(house: House, script: str, host: str) -> None:
    """Let a script of ours open the tab's model, whenever that changes.

    Args:
        house: The tab's.
        script: Module below `studio/widgets`, as 'space/flight.js'.
        host: Call of one of its functions that gives what opens models: "flight('odyssey')".
    """
    opened = f"import({ROOT} + '{script}').then(module => module.{host}.open(name));"
    house.model.change(fn=None, inputs=house.model, js=f"(name) => {{ {opened} }}")
