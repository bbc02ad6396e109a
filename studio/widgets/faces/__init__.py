"""The face with its shelf, and the panel that says where it comes from and how it is moved."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["FacePanel", "FaceView"]

SHOWS = (
    ("face", "face", "One face, as large as there is room"),
    ("morph", "morph", "From one saved face to another, or through all of them"),
    ("strip", "strip", "One attribute over its strengths"),
    ("plane", "plane", "Two attributes at once, or a blend of four saved faces"),
    ("effects", "effects", "What a step of one attribute does to all the others"),
)
BAR = "".join(
    f'<button type="button" data-show="{name}" title="{title}" aria-pressed="false">{text}</button>'
    for name, text, title in SHOWS
)
VIEW = f"""
<div class="faces" data-show="face" data-origin="">
  <div class="tops">
    <div class="bar shows" role="group" aria-label="What is shown">{BAR}</div>
    <div class="bar looks">
      <button type="button" data-look="smooth" title="Enlarge smoothly, or show the pixels"
        aria-pressed="true">smooth</button>
      <button type="button" data-do="save" title="Save what is shown as a PNG file"
        >save PNG</button>
    </div>
  </div>
  <div class="stand">
    <div class="frame"><canvas role="img" aria-label="The face"></canvas>
      <p class="said" hidden></p></div>
    <div class="fidelity-host"></div>
  </div>
  <div class="morph-host"></div>
  <div class="grid-host"></div>
  <div class="effects-host"></div>
  <p class="caption"></p>
  <p class="voice" role="status"></p>
  <div class="shelf-host"></div>
  <div class="notice" role="alert" hidden>
    <span></span><button type="button" title="Close" aria-label="Close">×</button>
  </div>
</div>
"""
PANEL = '<div class="helm faces-panel"></div>'


class FaceView(Widget):
    """Shows a face, or several, and keeps those that a person saves."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="faces/view.js", template=VIEW, scene=scene, **kwargs)


class FacePanel(Widget):
    """Where the face comes from, and a row an attribute."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="faces/panel.js", template=PANEL, scene=scene, **kwargs)
