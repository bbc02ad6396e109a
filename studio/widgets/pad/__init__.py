"""A pad to draw or drop a picture on, encoded while the pen moves."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["DigitPad"]

TEMPLATE = """
<div class="pad">
  <canvas class="paper" width="196" height="196" role="img"
    aria-label="Paper to draw a digit on"></canvas>
  <div class="side">
    <div class="buttons"><button type="button" class="clear">Clear</button>
    <button type="button" class="choose">Open a picture</button></div>
    <input type="file" accept="image/*" hidden aria-label="Picture to encode">
    <div class="seen" title="What the model sees"></div>
  </div>
  <div class="words" role="status"></div>
</div>
"""


class DigitPad(Widget):
    """Encodes what is drawn; the scene moves to the posterior's mean."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="pad/pad.js", template=TEMPLATE, scene=scene, **kwargs)
