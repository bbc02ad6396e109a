"""Checkpoints: all of them in one table, and beside it the one that is chosen."""

from __future__ import annotations

from typing import Any

import gradio as gr

from studio.checkpoint_files import card_of
from studio.tabs.tab import House, Keys, Tab
from studio.widgets.checkpoints import CheckpointDetails, CheckpointList

__all__ = ["CHECKPOINTS"]

LOOKING = """
A **checkpoint** is a trained model as a folder of plain files: its weights, its settings, and a map
of encoded examples. The table holds those that came with the studio and those that were trained or
brought in here. The one that is chosen shows what it draws, how good it is, and in which tabs it
can be opened.
"""
KEYS = (
    Keys(
        "On a row of the table",
        (("↑, ↓", "the row before, and the next one"), ("Enter", "chooses it")),
    ),
)
TIPS = """
**Verify** reads every file again and compares it with the sums in its manifest. Weights are only
ever read as numbers: no file that is brought in can run anything.

**Figures** such as ELBO and KL are in nats per example, on pictures that took no part in training;
the line below them says on how many.
"""


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


CHECKPOINTS = Tab(
    name="checkpoints",
    title="Checkpoints",
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)
