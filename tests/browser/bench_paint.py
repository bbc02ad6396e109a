"""The tabs' part of `make bench-browser`: from the click on a tab to its first picture.

    python -m tests.browser.bench_paint [ROUNDS]

measures this part alone. Every tab is clicked in a new page of a new browser context, which was
opened on another tab and left to itself for as long as somebody takes to read the tabs' names; the
pointer comes to the tab a moment before it is pressed. The time runs from the click to the first
display frame in which the tab's main picture is there. The first click on a tab after the studio's
start, which opens its model and whatever else the tab needs, is told apart from the later ones.
"""

import json
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.bench.live import running_studio
from models.bench.machine import machine, spread
from tests.browser.bench_odyssey import load
from tests.browser.harness import PAINTED, Visitor, chromium
from tests.browser.labeler import MAP as LABELS
from tests.browser.odyssey import READY as FLYING
from tests.browser.sampler import DRAWN as SAMPLED
from tests.studio.run_folders import make_run

ROUNDS = 3
WANTED_MS = 1000
TIMEOUT = 120_000
READ_MS = 2000
NEAR_MS = 200
"""How long a pointer lies on a tab before it is pressed"""


def _there(selector, condition="true"):
    """A condition on an element that is laid out, `it`."""
    return (
        f"() => {{ const it = document.querySelector('{selector}');"
        f" return Boolean(it && it.getClientRects().length && ({condition})); }}"
    )


TABS = {
    "navigator": PAINTED,
    "odyssey": FLYING,
    "faces": _there("#faces-view .faces .frame canvas", "it.dataset.frames > 0"),
    "sampler": SAMPLED,
    "labeler": _there(LABELS, "Number(it.dataset.points) > 0"),
    "traversals": _there("#traversals-view .traversals .frame canvas", "it.dataset.z"),
    "tables": f"() => ({_there('#tables-view .plot-box')})()"
    " || document.querySelector('#tables-view .tables')?.dataset.screen === 'none'",
    "train": _there("#train-start"),
    "runs": _there(".runs", "Number(it.dataset.runs) > 0"),
    "checkpoints": _there("#checkpoints-list .table", "Number(it.dataset.rows) > 0"),
}
"""By tab, when its main picture is there"""
CLICK = """([button, source]) => new Promise(done => {
  const painted = (0, eval)(`(${source})`);
  const begun = performance.now();
  const look = () => {
    let there = false;
    try { there = painted(); } catch { /* not laid out yet */ }
    if (there) requestAnimationFrame(() => done(performance.now() - begun));
    else requestAnimationFrame(look);
  };
  button.click();
  requestAnimationFrame(look);
})"""


def measure_paint(browser, address, rounds=ROUNDS, tabs=TABS):
    """Return the milliseconds from the click on each tab to its picture, first and later."""
    problems, figures = [], {}
    for name in tabs:
        first, *later = (_click(browser, address, name, problems) for _ in range(rounds + 1))
        figures[name] = {"first_ms": round(first, 1), "ms": spread(later, digits=1)}
    slow = [name for name, one in figures.items() if one["first_ms"] >= WANTED_MS]
    return {
        "tabs": figures,
        "wanted": {"first_ms_below": WANTED_MS, "met": not slow, "slow": slow},
        "load": load(),
        "problems": problems,
    }


def _click(browser, address, name, problems):
    """Return how long one new page takes from the click to the picture."""
    before = "train" if name == "checkpoints" else "checkpoints"
    visitor = Visitor(browser, address, viewport={"width": 1440, "height": 900})
    visitor.page.set_default_timeout(TIMEOUT)
    visitor.page.goto(f"/?tab={before}")
    visitor.page.wait_for_function(TABS[before], timeout=TIMEOUT)
    visitor.page.wait_for_timeout(READ_MS)
    tab = visitor.page.locator(f'button[role=tab][data-tab-id="{name}"]:visible')
    tab.hover()
    visitor.page.wait_for_timeout(NEAR_MS)
    spent = visitor.page.evaluate(CLICK, [tab.element_handle(), TABS[name]])
    problems += visitor.problems
    visitor.close()
    return spent


def table_of(figures):
    """Return the figures as a table."""
    table = Table("tab", "first click (ms)", "later, median (ms)", "p95 (ms)", title="first paint")
    for name, one in figures["tabs"].items():
        cells = (one["first_ms"], one["ms"]["median"], one["ms"]["p95"])
        table.add_row(name, *map(str, cells))
    return table


def main(rounds=ROUNDS):
    """Print the figures of all tabs, as a table and as JSON.

    Args:
        rounds: Clicks on each tab after the first.
    """
    place = Path(tempfile.mkdtemp())
    make_run(place, 0, epochs=20)
    with running_studio(place) as address, chromium() as browser:
        figures = measure_paint(browser, address, int(rounds))
    Console(stderr=True).print(table_of(figures))
    print(json.dumps({"machine": machine(), **figures}, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
