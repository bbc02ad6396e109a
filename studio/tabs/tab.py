"""What the studio knows of a tab: its names, the checkpoints it can use, and how to lay it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from models.checkpoint import CheckpointConfig
from models.registry import Registry, RegistryEntry

__all__ = ["Tab", "usable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """One tab of the studio."""

    name: str
    """Short name, for `--only` and links."""
    title: str
    """What a person reads."""
    favourite: str
    """The checkpoint to begin with, where it is there."""
    accepts: Callable[[CheckpointConfig], bool]
    """Whether the tab can use a checkpoint."""
    build: Callable[[Registry, gr.Dropdown], None]
    """Lay out the tab; the dropdown in the header picks the checkpoint."""


def usable(tab: Tab, registry: Registry) -> list[RegistryEntry]:
    """Return the checkpoints whose configuration a tab can use, its favourite first."""
    entries = [e for e in registry.entries() if e.config is not None and tab.accepts(e.config)]
    return sorted(entries, key=lambda entry: entry.name != tab.favourite)
