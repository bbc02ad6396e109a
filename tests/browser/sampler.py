"""The Gaussian sampler as a test sees it: its pictures, its code, and what its hands reach."""

import numpy as np
from playwright.sync_api import expect

from tests.browser.harness import red_of

VIEW = "#sampler-view .sampler"
PICTURES = f"{VIEW} .pane canvas"
BARS = f"{VIEW} .bars"
NUMBERS = f"{VIEW} .numbers"
PANEL = "#sampler-panel .sampler-panel"
NOTICE = f"{VIEW} .notice span"
CAPTION = f"{VIEW} .caption"
SAMPLER = "window.latentSampler('sampler')"
DRAWN = f"""() => {{
  const panes = [...document.querySelectorAll('{PICTURES}')];
  return panes.length > 0 && panes.every(pane => pane.dataset.frames > 0);
}}"""
# Whether every pane shows the codes that are wanted, and nothing flows any more.
SETTLED = f"""() => {{
  const sampler = {SAMPLER};
  const panes = [...document.querySelectorAll('{PICTURES}')];
  const models = [sampler.about, ...sampler.others];
  const shown = panes.length === models.length && panes.every((pane, i) => {{
    const codes = sampler.codes(models[i]);
    if (!codes || Number(pane.dataset.count) !== sampler.shown) return false;
    const first = Array.from(codes.slice(0, models[i].latent_dim), v => v.toFixed(4)).join();
    return pane.dataset.z === first;
  }});
  const now = shown && panes.map(pane => pane.dataset.frames).join();
  window.stillFor = now && now === window.lastFrames ? window.stillFor + 1 : 0;
  window.lastFrames = now;
  return window.stillFor >= 3;
}}"""


def open_sampler(page, query="model=sampler"):
    page.goto(f"/?tab=sampler&{query}")
    page.wait_for_function(DRAWN, timeout=30_000)
    settle(page)
    return page


def settle(page):
    """Wait until the pictures are those of the codes that are wanted."""
    page.evaluate("window.stillFor = 0")
    page.wait_for_function(SETTLED, polling=60, timeout=15_000)


def pixels(page, pane=0):
    """Return the grey values of a pane, uint8 [H, W]."""
    return red_of(page.locator(PICTURES).nth(pane))


def samples(page, pane=0):
    """Return the pictures of a grid, uint8 [N, 28, 28]."""
    grey = pixels(page, pane)
    count = int(page.locator(PICTURES).nth(pane).get_attribute("data-count"))
    columns = (grey.shape[1] + 1) // 29
    corners = [(29 * (i // columns), 29 * (i % columns)) for i in range(count)]
    return np.stack([grey[y : y + 28, x : x + 28] for y, x in corners])


def code(page):
    """Return the numbers of the sample that is looked at."""
    return [float(v) for v in page.locator(BARS).get_attribute("data-z").split(",")]


def first_code(page, pane):
    """Return the numbers of the first picture of a pane."""
    return [float(v) for v in page.locator(PICTURES).nth(pane).get_attribute("data-z").split(",")]


def row(page, dimension):
    return page.locator(f"{PANEL} .dim[data-d='{dimension - 1}']")


def read(page, name):
    """Return the numbers beside the sliders of 'μ' or 'σ', as they are shown."""
    fields = page.locator(PANEL).get_by_label(f"{name} of z").and_(page.locator(".number"))
    return [float(v.input_value().replace("−", "-")) for v in fields.all()]


def hold(page, slider):
    """Press a slider's thumb; return where it can be dragged to, from the left end to the right."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    low, high, value = (float(slider.evaluate(f"s => s.{key}")) for key in ("min", "max", "value"))
    thumb, y = 14, box["y"] + box["height"] / 2

    def x(share):
        return box["x"] + thumb / 2 + share * (box["width"] - thumb)

    page.mouse.move(x((value - low) / (high - low)), y)
    page.mouse.down()
    return lambda share: page.mouse.move(x(share), y)


def drag(page, slider, share):
    """Drag a slider to a share of its way."""
    hold(page, slider)(share)
    page.mouse.up()
    settle(page)


def press(page, name):
    """Press a button of the view or of its panel."""
    page.locator(f"{VIEW}, {PANEL}").get_by_role("button", name=name, exact=True).click()
    settle(page)


def sweep(page, dimension):
    """Choose a dimension to sweep."""
    row(page, dimension).get_by_role("button").click()
    expect(page.locator(f"{VIEW} .sweep h3")).to_have_text(f"z{dimension} swept")


def type_into(page, field, text):
    field.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def type_code(page, text):
    type_into(page, page.locator(NUMBERS), text)


def type_seed(page, text):
    type_into(page, page.get_by_label("seed"), str(text))


def unfold(page, title):
    """Open a section of the panel."""
    summary = page.locator(f"{PANEL} summary").get_by_text(title, exact=True)
    if not summary.evaluate("s => s.parentElement.open"):
        summary.click()


def choose_samples(page, count):
    """Choose how many samples are shown, with the keys of their slider."""
    slider = page.get_by_label("Samples", exact=True)
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(count - 1):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"count => {SAMPLER}.shown === count", arg=count)
    settle(page)


def caption(page, text):
    expect(page.locator(CAPTION)).to_contain_text(text)


def told(page, text):
    expect(page.locator(NOTICE)).to_contain_text(text)
