"""All runs in a table, and a comparison of those that are ticked."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["RunsDesk"]

TEMPLATE = """
<div class="runs">
  <div class="runs-notice" role="alert" hidden></div>
  <div class="runs-empty" hidden>
    <h3>No runs yet</h3>
    <p>A run is one training: its settings, its curves and its pictures. Open
    <a href="?tab=train">Train</a>, choose a recipe and press <b>Start training</b>; the run appears
    here while it trains.</p>
    <p>Runs that are started in a terminal in the same workspace appear, too:
    <code>python -m models train navigator-digits</code></p>
  </div>
  <div class="runs-body" hidden>
    <div class="runs-table"></div>
    <section class="runs-compare" aria-label="Comparison">
      <div class="compare-bar">
        <h3>Compare</h3><span class="compare-which" role="status"></span>
        <label>Curve <select class="compare-what"></select></label>
        <label>over <select class="compare-over"></select></label>
      </div>
      <div class="compare-views">
        <div class="compare-curves"></div>
        <div class="compare-samples"></div>
      </div>
      <div class="compare-settings"></div>
    </section>
  </div>
</div>
"""


class RunsDesk(Widget):
    """Lists the runs of the workspace and lays those that are ticked beside each other."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(module="runs/runs.js", template=TEMPLATE, scene="runs", **kwargs)
