"""The labeler: a map of all pictures, the one that is looked at, and what comes next."""

from __future__ import annotations

from typing import Any

from studio.widgets.base import Widget

__all__ = ["LabelerView"]

COLOURS = (
    ("mine", "my labels", "Colour by the labels that you gave"),
    ("predicted", "predicted", "Colour by what the model takes each picture for"),
    ("true", "true", "Colour by the data set's own classes"),
    ("certainty", "certainty", "Colour by how sure the model is"),
)
COLOUR_BAR = "".join(
    f'<button type="button" data-colour="{kind}" title="{title}" aria-pressed="false">'
    f"{text}</button>"
    for kind, text, title in COLOURS
)
TOPS = """
<div class="tops">
  <button type="button" class="project" data-do="projects" title="Projects: open another one,
    rename, delete, or begin a new one"><i aria-hidden="true">‹</i><b></b><span></span></button>
  <p class="caption"></p>
  <span class="saved" role="status" data-state="saved">all saved</span>
  <div class="acts">
    <button type="button" data-do="undo" title="Take the last step back (Ctrl-Z)">undo</button>
    <button type="button" data-do="redo" title="Do it again (Ctrl-Y)">redo</button>
  </div>
</div>
"""
SKY = f"""
<div class="sky" data-colour="">
  <div class="points-host"></div>
  <div class="bar colours" role="group" aria-label="Colour by">{COLOUR_BAR}</div>
  <div class="making" hidden><span></span><b><i></i></b></div>
  <div class="legend" role="group" aria-label="Classes"></div>
  <div class="dropped">Let go to read the labels in this file; nothing changes before you
    say so.</div>
</div>
"""
QUEUE = """
<div class="queue">
  <div class="how-of">
    <select aria-label="What comes next"></select>
    <div class="steps-of">
      <button type="button" data-do="before" title="Back (←)" aria-label="Back">←</button>
      <span class="place-of"></span>
      <button type="button" data-do="after" title="On (→)" aria-label="On">→</button>
      <button type="button" data-do="others" title="Choose anew, with what is known by now"
        aria-label="Choose anew">↻</button>
    </div>
  </div>
  <div class="ahead">
    <div class="strip-of" role="group" aria-label="Queue"></div>
    <p class="meaning"></p>
  </div>
</div>
"""
INSPECT = """
<section class="inspect" data-what="none">
  <div class="pictures">
    <figure class="original"><figcaption></figcaption></figure>
    <figure class="reconstruction"><figcaption>reconstruction</figcaption></figure>
  </div>
  <div class="verdict">
    <div class="line-of"><span class="hint">the model says</span><b class="says">–</b>
      <span class="doubt" hidden></span><span class="truth" hidden></span></div>
    <div class="sure"><div><i></i></div><output></output></div>
  </div>
  <div class="inside">
    <div class="line-of"><b></b><span class="hint">inside the lasso</span>
      <button type="button" data-do="release" title="Let go of the lasso (Esc)">let go</button>
    </div>
    <div class="mosaic"></div>
  </div>
  <div class="classes" role="group" aria-label="Label it"></div>
  <div class="line-of own"><span class="mine" role="status"></span>
    <button type="button" data-do="remove" title="Remove the label (D)">remove label</button></div>
</section>
"""
ROUNDS = """
<section class="rounds" data-state="none">
  <div class="figures-of">
    <div><b class="many">0</b><span class="of"></span></div>
    <div><b class="right">–</b><span class="how"></span></div>
  </div>
  <div class="line-of">
    <input type="number" min="1" max="1000" value="5" aria-label="Epochs">
    <button type="button" class="begin" data-do="train"></button>
    <button type="button" class="stop" data-do="stop" title="Stop after this batch; what was learned
      stays" hidden>Stop</button>
  </div>
  <div class="bar-of" role="progressbar" aria-label="Training" aria-valuemin="0" aria-valuemax="100"
    hidden><i></i></div>
  <div class="line-of"><p class="said" role="status"></p><a hidden>details</a></div>
</section>
"""
CHARTS = """
<section class="growth" hidden><h3>Right, by number of labels</h3><div class="growth-chart"></div>
</section>
<section class="losses" hidden><h3>Losses of this round</h3><div class="losses-chart"></div>
</section>
"""
FILES = """
<details class="files">
  <summary>Import and export</summary>
  <p class="told" role="status"></p>
  <div class="import-preview" hidden>
    <b class="file-name"></b><dl></dl><ul class="problems"></ul>
    <div class="buttons">
      <button type="button" class="begin" data-do="take">Import</button>
      <button type="button" data-do="leave">Leave it</button>
    </div>
  </div>
  <div class="takeaway">
    <button type="button" data-do="import" title="A CSV with the columns Serial and label; it is
      shown before anything changes">Import labels …</button>
    <input type="file" accept=".csv,text/csv,text/plain" hidden>
    <a data-export="labels.csv" download title="Serial,label: one line a label">labels.csv</a>
    <a data-export="latent.npz" download title="Pictures, codes, predictions and labels as plain
      arrays">latent.npz</a>
    <a data-export="figures.zip" download title="Pictures of the map, the reconstructions and the
      predictions">figures.zip</a>
  </div>
  <form>
    <input type="text" maxlength="64" placeholder="name of a checkpoint" autocomplete="off"
      spellcheck="false" aria-label="Name of a checkpoint">
    <button type="submit" title="Keep the model as it is now, for every tab"
      >Keep as checkpoint</button>
  </form>
  <p class="hint about-project"></p>
</details>
"""
START = """
<div class="start">
  <div class="hello">
    <h2>Label a handful, learn the rest</h2>
    <p>A model has looked at every picture and laid those alike side by side. Tell it what a few
    of them are, with one key each; it tells you about the others, and shows you what to label
    next.</p>
    <button type="button" class="begin" data-do="example">Open the example</button>
  </div>
  <p class="told" role="alert" hidden></p>
  <h3>Your projects</h3>
  <ul class="project-list"></ul>
  <p class="none-yet">None yet. The example above is one, too.</p>
  <form class="new">
    <h3>A new project</h3>
    <label>name <input name="name" type="text" maxlength="60" required autocomplete="off"
      spellcheck="false"></label>
    <label>data <select name="dataset"></select></label>
    <label>model <select name="checkpoint"></select></label>
    <button type="submit" class="begin">Create</button>
    <label class="bring" hidden><input name="labels" type="checkbox" checked><span></span></label>
    <p class="hint why"></p>
  </form>
</div>
"""
TEMPLATE = f"""
<div class="labeler" data-screen="loading" data-pending="0">
  <div class="work">
    {TOPS}
    <div class="chart-of">{SKY}{QUEUE}</div>
    <div class="side helm">{INSPECT}{ROUNDS}{CHARTS}{FILES}</div>
  </div>
  {START}
  <p class="loading">Opening ...</p>
  <div class="notice" role="alert" hidden>
    <span></span><button type="button" title="Close" aria-label="Close">×</button>
  </div>
</div>
"""


class LabelerView(Widget):
    """All of the labeler: projects, map, queue, labels, training, files."""

    def __init__(self, *, scene: str, **kwargs: Any) -> None:
        super().__init__(module="labeler/view.js", template=TEMPLATE, scene=scene, **kwargs)
