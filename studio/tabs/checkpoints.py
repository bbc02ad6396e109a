"""Checkpoints: all of them in one table, and beside it the one that is chosen."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.checkpoint_files import card_of
from studio.tabs.tab import House, Tab
from studio.widgets.checkpoints import CheckpointDetails, CheckpointList

__all__ = ["CHECKPOINTS"]


def _build(house: House) -> None:
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=9, min_width=340):
            CheckpointList(elem_id="checkpoints-list")
        with gr.Column(scale=4, min_width=320):
            details = CheckpointDetails(elem_id="checkpoints-details")
            with gr.Accordion("Card", open=False, elem_id="checkpoints-card"):
                # A stranger wrote it: nothing but plain formatting is left of its HTML.
                card = gr.Markdown(sanitize_html=True, container=False)

    def show_card(asked: dict[str, Any]) -> str:
        name = str(asked.get("name", ""))
        return card_of(house.registry, name) if name else ""

    details.chosen(
        show_card,
        inputs=details,
        outputs=card,
        queue=False,
        show_progress="hidden",
        api_visibility="private",
        trigger_mode="always_last",
    )


CHECKPOINTS = Tab(name="checkpoints", title="Checkpoints", build=_build)
