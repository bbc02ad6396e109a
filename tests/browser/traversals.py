"""The traversals as a test sees them: the picture, the place, and what hands reach."""

import dataclasses

import numpy as np
from playwright.sync_api import expect

from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe

VIEW = "#traversals-view .traversals"
PANEL = "#traversals-panel .traversals-panel"
PICTURE = f"{VIEW} .frame canvas"
NOTICE = f"{VIEW} .notice span"
# Whether picture and grid are those of the place, and nothing flows any more.
SETTLED = f"""() => {{
  const host = window.latentTraversals?.('traversals');
  if (!host?.z || host.target || !host.grid.shown || host.grid.latest.asking) return false;
  const wanted = Array.from((host.looked ?? host.z).slice(0, 8), v => v.toFixed(7)).join();
  const key = host.about.digest + ' ' + host.grid.query();
  return document.querySelector('{PICTURE}').dataset.z === wanted && host.grid.shown.key === key;
}}"""
INK = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
}"""


def train_joint(workspace):
    """Train the small digits with three dimensions and ten classes, 'joint', and 'plain'."""
    registry = Registry(workspace, pretrained=workspace / "none")
    narrow = NetworkConfig(encoder_hidden=(32,), decoder_hidden=(32,))
    recipe = with_overrides(get_recipe("joint-digits"), epochs=2, network=narrow)
    train_recipe(dataclasses.replace(recipe, thumbnails=40), registry, name="joint")
    plain = with_overrides(get_recipe("navigator-digits"), epochs=2, latent_dim=16, network=narrow)
    train_recipe(plain, registry, name="plain")


def open_traversals(page, query="model=joint"):
    page.goto(f"/?tab=traversals&{query}")
    settle(page)
    return page


def settle(page):
    """Wait until the pictures are those of the place."""
    page.wait_for_function(SETTLED, polling=60, timeout=30_000)


def code(page):
    """Return the place, as the page says it."""
    return [float(v) for v in page.locator(VIEW).get_attribute("data-z").split(",")]


def ink(page, canvas):
    """Return the red of a canvas."""
    return np.array(page.locator(canvas).first.evaluate(INK))


def part(page, name):
    return page.locator(f"{PANEL} .part[data-part='{name}']")


def cell(page, tiles, column, columns, line=0, lines=1):
    """Return where the middle of a cell is on the screen."""
    canvas = tiles.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    across, down = (column + 0.5) / columns, (line + 0.5) / lines
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def press(page, name):
    """Press a button of the view or of its panel."""
    page.locator(f"{VIEW}, {PANEL}").get_by_role("button", name=name, exact=True).click()
    settle(page)


def caption(page, text):
    expect(page.locator(f"{VIEW} .caption")).to_contain_text(text)


def told(page, text):
    expect(page.locator(NOTICE)).to_contain_text(text)
