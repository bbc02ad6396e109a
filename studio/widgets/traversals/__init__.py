"""The picture of the traversals with what it goes around, and the rows beside it."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["TraversalsPanel", "TraversalsView"]

SHOWS = (
    ("rows", "all rows", "A row for each part of the code"),
    ("row", "one row", "One part alone, larger"),
    ("plane", "plane", "Two dimensions at once"),
    ("classes", "classes × z", "Every class of a discrete part, by a dimension"),
)
BAR = "".join(
    f'<button type="button" data-show="{name}" title="{title}" aria-pressed="false">{text}</button>'
    for name, text, title in SHOWS
)
VIEW = """
<div class="traversals" data-opening="yes">
  <div class="stand">
    <div class="frame"><canvas tabindex="0" role="img"></canvas>
      <p class="loading" role="status">Opening the model …</p><p class="said" hidden></p></div>
  </div>
  <div class="words">
    <figure class="original" hidden><canvas></canvas><figcaption>original</figcaption></figure>
    <p class="caption"></p>
    <div class="notice" role="alert" hidden>
      <span></span><button type="button" title="Close" aria-label="Close">×</button>
    </div>
  </div>
  <p class="voice" role="status"></p>
  <div class="around" inert></div>
</div>
"""
PANEL = f"""
<div class="helm traversals-panel" data-show="rows" inert>
  <div class="tops">
    <div class="bar shows" role="group" aria-label="What is shown">{BAR}</div>
    <div class="axes"></div>
    <div class="files"></div>
  </div>
  <div class="span"></div>
  <div class="pictures"><div class="sheet"></div><div class="rows"></div></div>
</div>
"""


class TraversalsView(Widget):
    """Shows what a code decodes to, and says where the code comes from."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="traversals/view.js", template=VIEW, scene=scene, **kwargs)


class TraversalsPanel(Widget):
    """A row a part of the code, each its own slider, and grids of two parts."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="traversals/panel.js", template=PANEL, scene=scene, **kwargs)
