"""Where one is: caption, classes to go to, nearest real examples."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["PlaceView"]

TEMPLATE = """
<div class="place">
  <div class="caption" role="status" data-empty="There is no checkpoint that this tab can show.
    Train one with: python -m models train navigator-digits">Opening the checkpoint ...</div>
  <div class="row"><button type="button" class="anchor" title="Where chips and digit keys lead: to
    the mean of a class, or to its medoid, the most central real example">mean</button>
    <div class="chips" role="group" aria-label="Go to a class"></div></div>
  <div class="row"><span>Nearest</span><div class="examples" role="group"
    aria-label="Nearest real examples"></div></div>
</div>
"""


class PlaceView(Widget):
    """Says in words and examples where the scene's position lies."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="place/place.js", template=TEMPLATE, scene=scene, **kwargs)
