"""The registry as a table with a way in below it, and beside it what one chooses."""

from __future__ import annotations

from typing import Any, ClassVar

from models.manifest import FILES
from studio.widgets.base import Widget

__all__ = ["CheckpointDetails", "CheckpointList"]

LIST = f"""
<div class="vault">
  <div class="vault-table"></div>
  <p class="vault-unchecked" hidden><span></span> · <button type="button" title="Read every file and
    compare its sha256 with the manifest">verify all</button></p>
  <div class="vault-notice" role="alert" hidden></div>
  <section class="vault-import" aria-label="Import" data-files="{" ".join(FILES)}">
    <div class="drop">
      <p><b>Bring in a checkpoint:</b> drop a .zip, a folder, .safetensors or old .pth weights here,
        or <button type="button" class="pick-file">choose a file</button>
        <button type="button" class="pick-folder">a folder</button></p>
      <input type="file" class="file" accept=".zip,.safetensors,.pth,.pt" hidden>
      <input type="file" class="folder" webkitdirectory hidden>
    </div>
    <form class="given" hidden>
      <p class="what"></p>
      <label class="of-weights">Recipe <select name="recipe"></select></label>
      <label>Name <input name="name" maxlength="64" placeholder="its own" autocomplete="off"
        spellcheck="false"></label>
      <button type="submit" class="primary">Import</button>
      <button type="button" class="never-mind">Never mind</button>
    </form>
    <ul class="told" role="status"></ul>
  </section>
  <details class="vault-hub"><summary>Hugging Face Hub</summary>
    <p class="token"></p>
    <form>
      <label>Repository <input name="repository" placeholder="owner/name" maxlength="200" required
        autocomplete="off" spellcheck="false"></label>
      <label>Branch, tag or commit <input name="revision" placeholder="main" maxlength="200"
        autocomplete="off" spellcheck="false"></label>
      <button type="submit" name="act" value="pull">Pull</button>
      <button type="submit" name="act" value="push">Push <span class="chosen">the chosen one</span>
        </button>
      <label class="tick"><input type="checkbox" class="checkbox" name="public"> Make a new
        repository public</label>
    </form>
    <p class="answer" role="status"></p>
  </details>
</div>
"""
DETAILS = """
<div class="checkpoint">
  <p class="none">Choose a checkpoint to see what it draws and what can be done with it.</p>
  <div class="there" hidden>
    <div class="title"><h3></h3><span class="mark shipped" hidden>shipped</span>
      <span class="badge"></span></div>
    <p class="reason" hidden></p>
    <div class="opens"></div>
    <div class="acts"></div>
    <p class="said" role="status"></p>
    <img class="drawn" alt="" hidden>
    <p class="caption"></p>
    <dl class="figures"></dl>
    <p class="conditions"></p>
    <details class="settings"><summary>Settings and files</summary><div></div></details>
  </div>
</div>
"""


class CheckpointList(Widget):
    """Every checkpoint, and the ways in: files, folders, the Hub."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(module="checkpoints/list.js", template=LIST, scene="", **kwargs)


class CheckpointDetails(Widget):
    """The chosen checkpoint. Its value is {"name": name or ""} when `chosen` fires."""

    EVENTS: ClassVar[list] = [*Widget.EVENTS, "chosen"]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(module="checkpoints/details.js", template=DETAILS, scene="", **kwargs)
