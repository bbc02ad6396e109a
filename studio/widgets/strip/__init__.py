"""The film strip of a path: frames, distance per step, play, save."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["FilmStrip"]

TEMPLATE = """
<div class="strip" hidden>
  <div class="line">
    <button type="button" class="play">▶ Play</button>
    <span class="words" role="status"></span>
    <span>Save</span><span class="saves"></span>
    <button type="button" class="close" title="Remove the path"
      aria-label="Remove the path">✕</button>
  </div>
  <div class="frames"></div>
</div>
"""


class FilmStrip(Widget):
    """Shows the scene's path, and nothing while there is none."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="strip/strip.js", template=TEMPLATE, scene=scene, **kwargs)
