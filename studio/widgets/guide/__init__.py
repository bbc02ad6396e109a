"""The guide: what one is looking at in the open tab, and the keys that act there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from studio.widgets.base import Widget

__all__ = ["Guide", "Keys", "Page", "written"]


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys, or moves of a hand, that act at one place."""

    where: str
    """Where they act, as 'On the map'."""
    acts: tuple[tuple[str, str], ...]
    """What is pressed, as 'W, Shift+Arrows', and what it does."""


@dataclass(frozen=True, slots=True)
class Page:
    """What the guide says of one tab; `looking` and `tips` are paragraphs, lists and **bold**."""

    tab: str
    title: str
    looking: str
    keys: tuple[Keys, ...]
    tips: str = ""


EVERYWHERE = Keys(
    "Everywhere",
    (
        ("?", "opens this guide, and closes it"),
        ("Esc", "closes it"),
        ("Tab, Shift+Tab", "on to the next control, and back"),
        ("Enter, Space", "press what has the focus"),
        ("Arrows", "move the slider that has the focus"),
    ),
)
TEMPLATE = """
<dialog class="guide" aria-label="What am I looking at?">
  <button type="button" class="close" title="Close (Esc)" aria-label="Close">×</button>
  <div class="pages" tabindex="-1" autofocus role="document">{pages}</div>
</dialog>
"""


class Guide(Widget):
    """A dialog with a page for each tab, of which the open tab's is shown."""

    def __init__(self, *, pages: Iterable[Page], **kwargs: Any) -> None:
        template = TEMPLATE.format(pages="".join(_page(page) for page in pages))
        super().__init__(module="guide/guide.js", template=template, scene="", **kwargs)


def written(text: str) -> str:
    """Return the HTML of a text: paragraphs and lists with blank lines between, **bold**."""
    return "\n".join(_block(block) for block in re.split(r"\n\s*\n", text.strip()) if block)


def _block(block: str) -> str:
    inside = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(block, quote=False), flags=re.S)
    if not inside.startswith("- "):
        return f"<p>{inside}</p>"
    items = re.split(r"^- ", inside, flags=re.M)[1:]
    return "<ul>" + "".join(f"<li>{item.strip()}</li>" for item in items) + "</ul>"


def _page(page: Page) -> str:
    keys = "".join(_keys(group) for group in (*page.keys, EVERYWHERE))
    tips = f"<h3>Good to know</h3>{written(page.tips)}" if page.tips else ""
    return f"""<article data-tab="{page.tab}" hidden>
      <h2>{html.escape(page.title)}</h2>
      <div class="columns">
        <section class="words"><h3>What am I looking at?</h3>
          <div class="looking">{written(page.looking)}</div>{tips}</section>
        <section class="keys"><h3>Keys</h3>{keys}</section>
      </div></article>"""


def _keys(group: Keys) -> str:
    rows = "".join(
        f"<dt>{_pressed(keys)}</dt><dd>{html.escape(what)}</dd>" for keys, what in group.acts
    )
    return f"<h4>{html.escape(group.where)}</h4><dl>{rows}</dl>"


def _pressed(keys: str) -> str:
    """Return 'Shift+A, B' as keys."""
    each = (
        "+".join(f"<kbd>{html.escape(name)}</kbd>" for name in re.split(r"(?<=.)\+", one))
        for one in keys.split(", ")
    )
    return " ".join(f"<span>{one}</span>" for one in each)
