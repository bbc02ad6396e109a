"""The slim line above all tabs: name, model picker, device, and how the live view is doing."""

from __future__ import annotations

import html

import gradio as gr

__all__ = ["header"]

BRAND = """<a class="skip" href="#tabs">Skip to the picture</a>
<div class="brand"><span class="mark" aria-hidden="true"></span>Latent Studio</div>"""
# The choice outlives a reload; an address that names a theme has the last word.
SWITCH = """
  const show = dark => {
    document.body.classList.toggle('dark', dark);
    window.dispatchEvent(new Event('studio-theme'));
  };
  // A browser that keeps nothing forgets the theme at a reload, no more.
  const storage = act => { try { return act(localStorage); } catch { return null; } };
  const named = new URLSearchParams(location.search).has('__theme');
  const kept = storage(held => held.getItem('studio-theme'));
  if (kept && !named) show(kept === 'dark');
  element.querySelector('#theme-switch').addEventListener('click', () => {
    show(!document.body.classList.contains('dark'));
    const theme = document.body.classList.contains('dark') ? 'dark' : 'light';
    storage(held => held.setItem('studio-theme', theme));
    const query = new URLSearchParams(location.search);
    query.delete('__theme');
    history.replaceState(history.state, '', query.size ? `?${query}` : location.pathname);
  });
"""


def header(device: str) -> gr.Dropdown:
    """Lay out the header and return the model picker; the live view writes `#live-status`."""
    with gr.Row(elem_id="header", equal_height=True):
        gr.HTML(BRAND, padding=False, elem_id="brand")
        picker = gr.Dropdown(
            [],
            label="Model",
            show_label=False,
            container=False,
            elem_id="model-picker",
            interactive=True,
            min_width=240,
        )
        gr.HTML(
            f"""<div class="facts">
              <span id="live-status" role="status" data-state="idle">not connected</span>
              <span class="device" title="Where models run">{html.escape(device)}</span>
              <button type="button" id="guide-open" title="What am I looking at? And the keys (?)"
                aria-haspopup="dialog"><b>?</b><span> What am I looking at</span></button>
              <button type="button" id="theme-switch" title="Light or dark"
                aria-label="Switch between light and dark">◐</button>
            </div>""",
            padding=False,
            js_on_load=SWITCH,
            elem_id="facts",
        )
    return picker
