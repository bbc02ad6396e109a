"""What the studio's own widgets share: a constant template and a script served as a module."""

from __future__ import annotations

from typing import Any

import gradio as gr

__all__ = ["Widget"]

# The address is built from Gradio's root, so that it is right under a proxy's sub-path.
MOUNT = """
  import((window.gradio_config?.root ?? '').replace(/\\/$/, '') + '/widgets/' + props.module)
    .then(module => module.mount(element, {props, trigger, watch}));
"""


class Widget(gr.HTML):
    """A `gr.HTML` that a module of ours brings to life.

    The template never changes, because Gradio redraws a template that does and strips canvases of
    their size.

    Args:
        module: The script under `studio/widgets`.
        template: The constant markup.
        scene: Name of the scene that it shares with the other widgets of its tab.
        **kwargs: Whatever `gr.HTML` takes.
    """

    def __init__(self, *, module: str, template: str, scene: str, **kwargs: Any) -> None:
        super().__init__(
            html_template=template,
            js_on_load=MOUNT,
            apply_default_css=False,
            padding=False,
            module=module,
            scene=scene,
            **kwargs,
        )

    def api_info(self) -> dict[str, Any]:
        """Return the JSON schema of the value."""
        return {"type": "object"}
