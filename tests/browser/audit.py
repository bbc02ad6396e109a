"""What people stumble over in a running studio: `python -m tests.browser.audit ADDRESS`.

Opens every tab in light and dark, on a small screen and on a phone, with all that folds unfolded,
and lists text that is too pale for WCAG AA, what sticks out of the page or is cut off, controls
without a name or too small for a finger, and what has the focus without being seen. With `--focus`
it walks through each tab with the Tab key instead and says where no focus ring can be seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from studio.tabs import TABS
from tests.browser.harness import chromium

SCRIPT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")
SIZES = {"screen": (1280, 720), "phone": (390, 844)}
THEMES = ("light", "dark")
STILL_MS, LONGEST_MS = 1200, 15_000
MOST_STOPS = 400
STILL = """([still, longest]) => new Promise(resolve => {
  let timer = 0;
  const done = () => { seen.disconnect(); resolve(); };
  const again = () => { clearTimeout(timer); timer = setTimeout(done, still); };
  const seen = new MutationObserver(again);
  seen.observe(document.body, {subtree: true, childList: true});
  again();
  setTimeout(done, longest);
})"""
SHOW_THEME = """dark => {
  document.body.classList.toggle('dark', dark);
  window.dispatchEvent(new Event('studio-theme'));
}"""
UNFOLD = """() => {
  for (const one of document.querySelectorAll('[role="tabpanel"] details:not([open])')) {
    if (one.checkVisibility()) one.open = true;
  }
  for (const one of document.querySelectorAll('[role="tabpanel"] button.label-wrap:not(.open)')) {
    if (one.checkVisibility()) one.click();
  }
}"""
LOOKS = {
    "odyssey": ["#odyssey-space [data-do=grid]", "#odyssey-space [data-do=tunnel]"],
    "faces": [
        f"#faces-view .shows [data-show={s}]" for s in ("morph", "strip", "plane", "effects")
    ],
    "sampler": [
        "#sampler-view [data-show=plane]",
        *(f"#sampler-view .modes [data-mode={m}]" for m in ("exact", "fitted")),
    ],
    "labeler": ["#labeler-view [data-do=example]"],
    "traversals": [
        f"#traversals-panel .shows [data-show={s}]" for s in ("row", "plane", "classes")
    ],
    "tables": [
        f"#tables-view [data-mode-of={m}]"
        for m in ("reconstruction", "pairs", "errors", "samples", "anomalies", "losses")
    ],
}
"""What is pressed in a tab to see all of it, one after another."""


def audit(page: Any) -> list[dict[str, Any]]:
    """Return what is wrong with the page as it is shown: `kind`, `where`, `what`, `times`."""
    page.evaluate(SCRIPT)
    return page.evaluate("studioAudit()")


def settle(page: Any) -> None:
    """Wait until nothing is added to the page any more."""
    page.evaluate(STILL, [STILL_MS, LONGEST_MS])


def walk(page: Any, most: int = MOST_STOPS) -> list[dict[str, Any]]:
    """Go through the page with the Tab key; return each stop: `where`, `name`, `ring`."""
    page.evaluate(SCRIPT)
    stops: list[dict[str, Any]] = []
    lost = False
    for _ in range(most):
        page.keyboard.press("Tab")
        seen = page.evaluate("studioFocus()")
        if seen["last"]:
            stops.append(seen["last"])
        # A list of Gradio's that closes loses the focus to the page, once.
        if (seen["again"] and stops) or (seen["none"] and lost):
            break
        lost = seen["none"]
    return stops


def _open(page: Any, address: str, tab: str) -> None:
    page.goto(f"{address.rstrip('/')}/?tab={tab}&__theme=light")
    page.wait_for_selector(f"body[data-tab='{tab}']")
    settle(page)


def _looks(page: Any, tab: str) -> Any:
    page.evaluate(UNFOLD)
    settle(page)
    yield ""
    for selector in LOOKS.get(tab, []):
        button = page.locator(selector)
        if button.count() and button.first.is_visible() and button.first.is_enabled():
            # What has just been unfolded may lie over it.
            button.first.dispatch_event("click")
            settle(page)
            page.evaluate(UNFOLD)
            yield f" {selector.split()[-1]}"


def _report(browser: Any, address: str, tab: str, size: str, themes: Sequence[str]) -> Counter[str]:
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    seen: set[tuple[str, str, str]] = set()
    _open(page, address, tab)
    for look in _looks(page, tab):
        for theme in themes:
            page.evaluate(SHOW_THEME, theme == "dark")
            for one in audit(page):
                key = (theme, one["kind"], one["where"])
                if key in seen:
                    continue
                seen.add(key)
                times = f" (x{one['times']})" if one["times"] > 1 else ""
                place = f"{tab} {theme} {size}{look}"
                print(f"{place}: {one['kind']}: {one['where']}: {one['what']}{times}", flush=True)
    page.close()
    return Counter(kind for _, kind, _ in seen)


def _report_focus(browser: Any, address: str, tab: str) -> Counter[str]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    _open(page, address, tab)
    counts: Counter[str] = Counter()
    for _ in _looks(page, tab):
        break
    for stop in walk(page):
        kind = "stop" if stop["ring"] else "no ring"
        counts[kind] += 1
        print(f"{tab}: {kind}: {stop['where']}: {stop['name'][:60]}")
    page.close()
    return counts


def main(
    address: Annotated[str, typer.Argument(help="Where the studio is, http://127.0.0.1:7860.")],
    focus: Annotated[bool, typer.Option(help="Walk with the Tab key instead.")] = False,
    tab: Annotated[list[str] | None, typer.Option(help="Only this tab; repeatable.")] = None,
    theme: Annotated[str, typer.Option(help="Only light or dark.")] = "",
    size: Annotated[str, typer.Option(help="Only screen or phone.")] = "",
) -> None:
    """List what people stumble over in a running studio."""
    total: Counter[str] = Counter()
    with chromium() as browser:
        for name in tab or [one.name for one in TABS]:
            if focus:
                total += _report_focus(browser, address, name)
                continue
            for screen in [size] if size else SIZES:
                total += _report(browser, address, name, screen, [theme] if theme else THEMES)
    print("In all:", ", ".join(f"{count} {kind}" for kind, count in total.most_common()) or "none")


if __name__ == "__main__":
    typer.run(main)
