"""The live view: the decoded image of the position, at the rate of the display."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["LiveView"]

BAR = "".join(
    [
        *(
            f'<button type="button" data-side="{side}" aria-pressed="{str(side == 1).lower()}" '
            f'title="{title}" aria-label="{title}">{text}</button>'
            for side, text, title in (
                (1, "1", "One image"),
                (3, "3²", "Neighbourhood of 3 x 3; click one to go there"),
                (5, "5²", "Neighbourhood of 5 x 5; click one to go there"),
                (7, "7²", "Neighbourhood of 7 x 7; click one to go there"),
            )
        ),
        '<button type="button" data-look="smooth" aria-pressed="false" title="Smooth pixels">'
        "smooth</button>",
        '<button type="button" data-look="stats" aria-pressed="false" '
        'title="Frames a second and latency">fps</button>',
    ]
)
TEMPLATE = f"""
<div class="live">
  <canvas width="28" height="28" tabindex="0" role="img" aria-label="Decoded image of the position.
    Arrow keys move, digits jump to a class."></canvas>
  <div class="stats" hidden></div>
  <div class="notice" role="alert" hidden></div>
</div>
<div class="live-bar bar">{BAR}</div>
"""


class LiveView(Widget):
    """Shows what the model decodes at the scene's position.

    Its value is {"checkpoint": name, "z": [..]}; `change` fires while and after a hand moves it.
    """

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="live/live.js", template=TEMPLATE, scene=scene, **kwargs)
