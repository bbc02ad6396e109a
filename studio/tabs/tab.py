"""What the studio knows of a tab: its names, the checkpoints it can use, and how to lay it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from models.checkpoint import CheckpointConfig
from models.registry import Registry

__all__ = ["Tab", "usable"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Tab:
    """One tab of the studio."""

    name: str
    """Short name, for `--only` and links."""
    title: str
    """What a person reads."""
    accepts: Callable[[CheckpointConfig], bool]
    """Whether the tab can use a checkpoint."""
    build: Callable[[gr.Blocks, Registry, gr.Dropdown], None]
    """Lay out the tab; the dropdown in the header picks the checkpoint."""


def usable(tab: Tab, registry: Registry) -> list[tuple[str, str]]:
    """Return (label, name) of every checkpoint that a tab can use."""
    return [
        (f"{entry.name}  ·  {entry.config.data.dataset}", entry.name)
        for entry in registry.entries()
        if entry.config is not None and tab.accepts(entry.config)
    ]
