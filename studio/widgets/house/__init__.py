"""The porter: leads to a tab and a model that a link asks for, and tells of new checkpoints."""

from __future__ import annotations

from typing import Any, ClassVar

from studio.widgets.base import Widget

__all__ = ["Porter"]


class Porter(Widget):
    """Unseen. Its value is {"tab": name, "model": name or ""} when one of its events fires."""

    EVENTS: ClassVar[list] = [*Widget.EVENTS, "asked", "renewed"]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            module="house/house.js",
            template='<div class="porter" hidden></div>',
            scene="",
            elem_id="porter",
            **kwargs,
        )
