"""The tables tab as a test sees it: its two panes, the row that is looked at, and its files."""

import random

from playwright.sync_api import expect

from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from studio.widget_files import VERSION

ROOT = "#tables-view .tables"
PANES = f"{ROOT} .pane"
CARD = f"{ROOT} .card"
UPLOAD = f"{ROOT} .upload"
MODULES = f"/widgets/{VERSION}/tables"
TABLES = f"(await import('{MODULES}/tables.js')).tables('tables')"
NASTY = "<img src=x onerror=alert(1)>"
READY = f"() => document.querySelector('{ROOT}')?.dataset.ready === 'yes'"


def train_tables(workspace):
    """Train two models of Iris, just enough to have something to look at."""
    registry = Registry(workspace, pretrained=workspace / "none")
    for name, beta in (("iris", 0.05), ("iris-beta", 0.2)):
        recipe = with_overrides(get_recipe(name), epochs=12, beta=beta)
        train_recipe(recipe, registry, name=name)


def open_tables(page, query="&table=iris"):
    """Open the tab and wait until both panes show something."""
    page.goto(f"/?tab=tables{query}")
    return ready(page)


def ready(page):
    page.wait_for_function(READY, timeout=60_000)
    return page


def show(page, mode):
    """Show another mode in both panes."""
    page.locator(f"{ROOT} [data-mode-of={mode}]").click()
    expect(page.locator(f"{PANES}[data-mode={mode}][data-state=there]")).to_have_count(
        2, timeout=60_000
    )


def point(page, row, pane=0):
    """Return where a row's point is on the screen."""
    plot = page.locator(f"{PANES} .plot-box").nth(pane)
    box = plot.bounding_box()
    x, y = page.evaluate(
        """async ([modules, row, side]) => {
          const { paneOf } = await import(`${modules}/pane.js`);
          const { at } = paneOf(side).views.map.plot;
          return [at[2 * row], at[2 * row + 1]];
        }""",
        [MODULES, row, ("vae", "beta")[pane]],
    )
    return box["x"] + x, box["y"] + y


def table_of(rows, missing=False):
    """Return a CSV with three classes, two columns that tell them apart, and a nasty name."""
    draw = random.Random(1)
    lines = [f"kind,width (mm),height,{NASTY}"]
    for i in range(rows):
        middle = 3 * (i % 3)
        height = "" if missing and i == 4 else f"{draw.gauss(middle, 1):.2f}"
        values = f"{draw.gauss(middle, 1):.2f},{height},{draw.gauss(0, 1):.2f}"
        lines.append(f"{'abc'[i % 3]},{values}")
    return "\n".join(lines).encode()


def offer(page, name, data):
    """Choose a CSV and wait for what is said of it."""
    file = {"name": name, "mimeType": "text/csv", "buffer": data}
    page.locator(f"{ROOT} > input[type=file]").set_input_files(file)
    expect(page.locator(f"{UPLOAD} .file-name")).to_have_text(name)
    expect(page.locator(UPLOAD)).to_be_visible()
