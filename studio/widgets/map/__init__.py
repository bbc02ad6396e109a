"""The map: every encoded point, the decoded manifold beneath, the position and paths above."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["LatentMap"]


def _button(attribute: str, text: str, title: str, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return (
        f'<button type="button" {attribute} title="{title}" aria-label="{title}"{state}>'
        f"{text}</button>"
    )


TOOLS = "".join(
    [
        _button('data-tool="explore"', "✛", "Explore: hover to look, drag to move", True),
        _button('data-tool="pan"', "✥", "Pan (or drag with the right button)", False),
        _button('data-tool="lasso"', "◌", "Lasso (or drag with Shift)", False),
    ]
)
ZOOM = "".join(
    [
        _button('data-zoom="in"', "+", "Zoom in (or the wheel)"),
        _button('data-zoom="out"', "−", "Zoom out"),
        _button('data-zoom="fit"', "⤢", "Show everything"),
    ]
)
LAYERS = "".join(
    [
        _button('data-layer="points"', "points", "Encoded points", True),
        _button('data-layer="manifold"', "manifold", "What every place decodes to", True),
        _button('data-layer="labels"', "names", "Class means", True),
    ]
)
TEMPLATE = f"""
<div class="map">
  <canvas class="points"></canvas>
  <canvas class="overlay" tabindex="0" data-tool="explore" role="application" aria-label="Map of the
    latent space. Hover or drag to decode; arrow keys move, digits jump to a class, question mark
    tells of all keys."></canvas>
  <div class="bar tools">{TOOLS}</div>
  <div class="bar zoom">{ZOOM}</div>
  <div class="bar layers">{LAYERS}</div>
  <div class="legend" role="group" aria-label="Classes"></div>
  <div class="notice" role="status" hidden></div>
</div>
"""


class LatentMap(Widget):
    """Shows a checkpoint's atlas; hovering and dragging moves the scene."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="map/map.js", template=TEMPLATE, scene=scene, **kwargs)
