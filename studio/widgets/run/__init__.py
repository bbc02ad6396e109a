"""The run that one watches, and above it the others."""

from __future__ import annotations

from typing import Any, ClassVar

from studio.widgets.base import Widget

__all__ = ["RunView"]

TEMPLATE = """
<div class="run" data-state="none">
  <div class="run-head">
    <div class="run-list" role="listbox" aria-label="Runs" tabindex="-1"></div>
    <a class="all-runs" href="?tab=runs" hidden>all runs</a>
    <label class="at-once" title="How many trainings may run at the same time">train
      <select><option>1</option><option>2</option><option>3</option><option>4</option></select>
      at once</label>
  </div>
  <div class="run-notice" role="alert" hidden></div>
  <div class="run-empty" hidden>
    <h3>Nothing has been trained here yet</h3>
    <p>Choose a recipe and press <b>Start training</b>. While it trains you see here how the losses
    fall, what the model draws, and, for two latent dimensions, how its map forms.</p>
    <p><b>navigator-digits</b> needs no download and takes about a minute. When it is done,
    it can be opened in the navigator.</p>
  </div>
  <div class="run-body" hidden>
    <div class="run-title">
      <h3></h3><span class="run-state"></span><span class="run-about"></span>
      <span class="run-buttons"></span>
    </div>
    <div class="run-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100">
      <div></div></div>
    <div class="run-news"><div class="run-facts"></div><div class="run-message" hidden></div></div>
    <div class="run-panels">
      <figure class="run-curves"><div class="run-chart"></div></figure>
      <figure class="run-sample"><img alt="" hidden><div class="run-wait">The first pictures come
        after the first epoch.</div><figcaption></figcaption></figure>
      <figure class="run-map"><canvas role="img"></canvas><div class="run-wait">The map comes
        after the first epoch.</div><figcaption></figcaption></figure>
      <figure class="run-log"><pre tabindex="0" aria-label="Log"></pre>
        <figcaption>What the training says.</figcaption></figure>
    </div>
  </div>
</div>
"""


class RunView(Widget):
    """Shows a run as it trains, and what can be done with it.

    Its value is {"run": id} when `clone` fires: the form is to ask for the same again.
    """

    EVENTS: ClassVar[list] = [*Widget.EVENTS, "clone"]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(module="run/run.js", template=TEMPLATE, scene="train", **kwargs)
