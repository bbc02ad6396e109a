"""The pictures of the sampler with the code beneath them, and the panel beside them."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["SamplerPanel", "SamplerView"]

KINDS = (
    ("gaussian", "N(μ, σ²)", "Draw every dimension from its own Gaussian"),
    ("prior", "prior N(0, I)", "Draw from the prior that the model was trained towards"),
    ("exact", "exact z", "Set every number of one code; nothing is drawn"),
    ("fitted", "fitted", "Draw from Gaussians fitted to where the encoder puts the data"),
)
MODES = "".join(
    f'<button type="button" data-mode="{kind}" title="{title}" aria-pressed="false">{text}</button>'
    for kind, text, title in KINDS
)
SHOWS = """
<button type="button" data-show="samples" title="The samples" aria-pressed="true">samples</button>
<button type="button" data-show="plane" title="Two dimensions swept, the others held"
  aria-pressed="false">plane</button>
"""
LOOKS = """
<button type="button" data-look="smooth" title="Smooth pixels" aria-pressed="false">smooth</button>
<button type="button" data-do="save" title="Save what is shown as a PNG file">save PNG</button>
"""
VIEW = f"""
<div class="sampler" data-panes="1" data-mode="gaussian">
  <div class="tops">
    <div class="bar modes" role="group" aria-label="What codes are drawn from">{MODES}</div>
    <div class="axes" hidden>
      <label>→ <select aria-label="Dimension to the right"></select></label>
      <label>↑ <select aria-label="Dimension upwards"></select></label>
    </div>
    <div class="bar shows" role="group" aria-label="What is shown">{SHOWS}</div>
    <div class="bar looks">{LOOKS}</div>
  </div>
  <div class="body">
    <div class="panes"></div>
    <div class="side">
      <p class="caption" role="status"></p>
      <div class="draw">
        <button type="button" class="begin" data-do="resample" title="Draw anew with the next seed
          (R)">Resample</button>
        <label title="The same seed gives the same samples, on every machine">seed
          <input class="seed" inputmode="numeric" autocomplete="off" spellcheck="false"
            maxlength="16"></label>
        <label class="count" title="How many samples are shown">samples
          <input type="range" min="1" max="64" step="1" aria-label="Samples"><output></output>
        </label>
      </div>
      <div class="where">
        <canvas class="gauge" role="img"></canvas>
        <dl></dl>
        <p class="note"></p>
      </div>
    </div>
    <div class="vector">
      <div class="line"><h3>z</h3><span class="hint"></span>
        <button type="button" data-do="keep" title="Set the numbers of this code by hand (Enter)"
          >edit this z</button>
        <button type="button" data-do="copy" title="Copy all numbers">copy</button>
        <button type="button" data-do="paste" title="Take the numbers on the clipboard"
          >paste</button>
      </div>
      <canvas class="bars" tabindex="0" role="slider" aria-label="The code's numbers. Left and right
        choose a dimension, up and down change it."></canvas>
      <input class="numbers" aria-label="The code as numbers; type or paste others"
        autocomplete="off" spellcheck="false">
    </div>
  </div>
  <div class="sweep"><div class="line"><h3></h3><span class="hint"></span></div>
    <div class="frames"></div></div>
  <div class="notice" role="alert" hidden>
    <span></span><button type="button" title="Close" aria-label="Close">×</button>
  </div>
</div>
"""
PANEL = '<div class="helm sampler-panel"></div>'


class SamplerView(Widget):
    """Shows what a model, or several, make of the codes that are drawn."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="sampler/view.js", template=VIEW, scene=scene, **kwargs)


class SamplerPanel(Widget):
    """A row a dimension, what mu and sigma are fitted to, and what is compared."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="sampler/panel.js", template=PANEL, scene=scene, **kwargs)
