"""What the studio's own widgets share: a constant template and a script served as a module."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio import component_meta

from studio.widget_files import VERSION

__all__ = ["ROOT", "Widget", "on_scene"]

# Gradio writes a type stub beside the source of every component, at each start: half a second for
# ours, and files in the studio's own folder, which may be read only.
component_meta.create_or_modify_pyi = lambda *_: None

# The address is built from Gradio's root, so that it is right under a proxy's sub-path.
ROOT = rf"(window.gradio_config?.root ?? '').replace(/\/$/, '') + '/widgets/{VERSION}/'"
MOUNT = f"""
  import({ROOT} + props.module).then(module => module.mount(element, {{props, trigger, watch}}));
"""


def on_scene(name: str, body: str, arguments: str = "") -> str:
    """Return a Gradio `js=` handler that acts on a scene, whose script may still be on its way.

    Args:
        name: The scene.
        body: Statements that use `scene` and the arguments.
        arguments: Names of the inputs' values, with commas between them.
    """
    return (
        f"({arguments}) => {{ import({ROOT} + 'scene/scene.js').then(module => "
        f"{{ const scene = module.scene('{name}'); {body} }}); }}"
    )


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
