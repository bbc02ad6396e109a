"""Tables: what a VAE and a beta-VAE make of the rows of a table, side by side."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["TablesView"]

MODES = (
    ("map", "Latent map", "Where each model lays the rows, over the decoded value of a column"),
    ("reconstruction", "Reconstruction", "Rows and what comes back of them, in one PCA plane"),
    ("pairs", "Pairs", "Up to five columns against each other, as they are and as they come back"),
    ("errors", "Errors", "How far each column is off, in its own units, beside PCA"),
    ("samples", "Samples", "Rows drawn from the prior, to look at and to download"),
    ("anomalies", "Anomalies", "Which rows are unusual: scores, a threshold, and who finds them"),
    ("losses", "Losses", "What each model lost in training, epoch by epoch"),
)
MODE_BAR = "".join(
    f'<button type="button" role="tab" data-mode-of="{mode}" title="{title}" aria-selected="false">'
    f"{text}</button>"
    for mode, text, title in MODES
)
HEAD = """
<div class="head-of">
  <div class="chooser" role="group" aria-label="Table"></div>
  <button type="button" class="add" data-do="add" title="A table of your own: a CSV with a header;
    or drop the file anywhere here">+ CSV</button>
  <p class="facts-of"></p>
  <div class="training">
    <div class="progress" hidden>
      <div class="runs"></div>
      <button type="button" class="danger" data-do="stop" title="Stop both; what was learned
        stays">Stop</button>
    </div>
    <button type="button" class="begin" data-do="train" disabled title="Train a VAE and a β-VAE
      of this table, in the background">Train both</button>
    <details class="how"><summary title="How they are trained" aria-label="How they are trained"
      >⋯</summary>
      <form>
        <label>epochs <input name="epochs" type="number" min="1" max="100000" step="1"
          placeholder="as the recipe"></label>
        <label>β of the β-VAE <input name="beta" type="number" min="0" max="1000" step="any"
          placeholder="as the recipe"></label>
        <label>learn from <select name="normal"></select></label>
        <button type="submit" class="begin">Train both</button>
      </form>
    </details>
  </div>
  <div class="asking" hidden><span></span>
    <button type="button" class="danger">Delete</button>
    <button type="button" class="keep">Keep</button></div>
</div>
"""
BAR = f"""
<div class="mode-bar">
  <div class="modes" role="tablist" aria-label="What is shown">{MODE_BAR}</div>
  <button type="button" class="save" data-do="save" title="Save both plots as a PNG file"
    >save PNG</button>
</div>
"""
PANE = """
<section class="pane" data-side="{side}" aria-label="{kind}">
  <header><b class="kind">{kind}</b><select aria-label="Model" hidden></select>
    <span class="about"></span></header>
  <div class="shown"></div>
  <p class="message" role="status">Opening the table …</p>
  <div class="empty" hidden><p>There is no model of this table yet.</p>
    <button type="button" class="begin">Train both</button>
    <p class="hint">It takes seconds, in the background; the curves are drawn as it goes on.</p>
  </div>
</section>
"""
PANES = PANE.format(side="vae", kind="VAE") + PANE.format(side="beta", kind="β-VAE")
CARD = """
<aside class="card" aria-label="The row that is looked at">
  <p class="hint">Point at a row in any plot: it lights up in all of them, and its values stand
    here. A click keeps it.</p>
  <div class="what" hidden>
    <div class="line-of"><i class="dot"></i><b class="name"></b><span class="class"></span>
      <span class="split"></span>
      <button type="button" title="Let go of the row (Esc)" aria-label="Let go of the row"
        >×</button></div>
    <div class="values"><table>
      <thead><tr><th scope="col"></th><th scope="col">row</th><th scope="col">VAE</th>
        <th scope="col">β-VAE</th></tr></thead>
      <tbody></tbody><tfoot></tfoot>
    </table></div>
  </div>
</aside>
"""
UPLOAD = """
<div class="upload" role="dialog" aria-modal="true" aria-label="A table of your own" hidden>
  <form tabindex="-1">
    <div class="line-of"><h3 class="file-name"></h3>
      <button type="button" class="close" data-do="close" title="Close" aria-label="Close"
        >×</button></div>
    <p class="sizes"></p>
    <ul class="problems" role="alert"></ul>
    <div class="cures"><button type="button" class="complete" hidden></button>
      <button type="button" class="leave" hidden></button></div>
    <ul class="notes"></ul>
    <div class="preview" tabindex="0" role="region" aria-label="The first rows"><table>
      <thead><tr></tr></thead><tbody></tbody></table></div>
    <div class="fields">
      <label>name <input name="name" type="text" maxlength="64" required autocomplete="off"
        spellcheck="false"></label>
      <label>label column <select name="label"></select></label>
    </div>
    <div class="classes-of"></div>
    <p class="hint about-label">Press a column's name to leave it out. The label colours the plots
      and marks anomalies; no model ever sees it. A fifth of the rows is held out.</p>
    <div class="buttons"><button type="submit" class="begin">Take this table</button>
      <button type="button" data-do="close">Leave it</button></div>
  </form>
</div>
"""
TEMPLATE = f"""
<div class="tables" data-screen="loading" data-ready="no">
  {HEAD}
  {BAR}
  <div class="options" hidden></div>
  <div class="legend" role="group" aria-label="Classes"></div>
  <div class="stage-of">
    <div class="panes">{PANES}</div>
    {CARD}
  </div>
  {UPLOAD}
  <input type="file" accept=".csv,text/csv,text/plain" hidden>
  <div class="dropped">Let go to read this table; nothing is kept before you say so.</div>
  <div class="notice" role="alert" hidden>
    <span></span><button type="button" title="Close" aria-label="Close">×</button>
  </div>
</div>
"""


class TablesView(Widget):
    """All of the tables tab: the chooser, two models side by side, the row looked at, uploads."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="tables/view.js", template=TEMPLATE, scene=scene, **kwargs)
