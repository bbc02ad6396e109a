"""The view of the odyssey, and the helm beside it."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["Helm", "SpaceView"]


def _button(act: str, text: str, title: str, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return (
        f'<button type="button" data-do="{act}" title="{title}" aria-label="{title}"{state}>'
        f"{text}</button>"
    )


def _held(control: str, text: str, title: str) -> str:
    return (
        f'<button type="button" data-hold="{control}" title="{title}" aria-label="{title}">'
        f"{text}</button>"
    )


MODES = "".join(
    [
        _button("single", "picture", "The picture of this place", True),
        _button("grid", "grid", "The neighbourhood in the plane that the ship faces (G)", False),
        _button("tunnel", "tunnel", "The way ahead (T)", False),
        _button("map", "map", "Star map: small, large, off (M)", True),
    ]
)
TOOLS = _button("full", "⤢", "Full screen (F)")
STICK = "".join(
    [
        _held("roll -1", "⟲", "Roll left (Q)"),
        _held("thrust 1", "thrust", "Thrust (W)"),
        _button("auto", "autopilot", "Autopilot (space)", False),
        _held("brake 1", "brake", "Brake (S)"),
        _held("roll 1", "⟳", "Roll right (E)"),
    ]
)
SPACE = f"""
<div class="space" data-mode="single">
  <canvas class="tunnel" aria-hidden="true"></canvas>
  <canvas class="view" tabindex="0" role="application" aria-label="Flight through the latent space.
    W thrusts, S brakes, arrow keys turn, Q and E roll, space is the autopilot, question mark lists
    the keys."></canvas>
  <div class="hud instruments">
    <span>position</span><b data-hud="position"></b>
    <span>heading</span><b data-hud="heading"></b>
    <span>speed</span><b data-hud="speed"></b><i data-hud="gauge"></i>
  </div>
  <div class="hud near">
    <b data-hud="class"></b><span data-hud="share"></span><span data-hud="charted"></span>
  </div>
  <div class="hud rate" data-hud="rate"></div>
  <div class="bar modes">{MODES}</div>
  <div class="bar tools">{TOOLS}</div>
  <div class="bar stick">{STICK}</div>
  <p class="start" aria-hidden="true">
    <span class="keyed"><b>drag</b> turns, <b>W</b> flies, <b>space</b> is the autopilot,
      <b>?</b> lists the keys</span>
    <span class="touched"><b>drag</b> turns, <b>thrust</b> flies</span>
  </p>
  <div class="notice" role="alert" hidden>
    <span></span><button type="button" title="Close" aria-label="Close">×</button>
  </div>
</div>
"""
HELM = '<div class="helm"></div>'


class SpaceView(Widget):
    """Shows what the decoder makes of the place where the ship is, and flies the ship."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="space/view.js", template=SPACE, scene=scene, **kwargs)


class Helm(Widget):
    """Where to go, the autopilot, waypoints, and how the view looks."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="space/helm.js", template=HELM, scene=scene, **kwargs)
