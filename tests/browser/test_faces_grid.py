"""Many faces at once, and what each step changes, in a real browser."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.faces import FACES, VIEW, caption, code, open_faces, press, settle, slide, step

GRID = f"{VIEW} .face-grid"
SHEET = f"{GRID} canvas"
EFFECTS = f"{VIEW} .face-effects"
TOLD = f"{EFFECTS} .told"
# Whether the sheet has found its place.
LAID = f"""() => {{
  const {{ x, y, width, height }} = document.querySelector('{SHEET}').getBoundingClientRect();
  const now = [x, y, width, height].join();
  window.laidFor = now === window.lastLaid ? window.laidFor + 1 : 0;
  window.lastLaid = now;
  return window.laidFor >= 5;
}}"""
CELL = """(canvas, [column, row, columns, rows]) => {
  const [w, h] = [canvas.width / columns, canvas.height / rows];
  const { data } = canvas.getContext('2d').getImageData(column * w, row * h, w, h);
  return Array.from(data);
}"""


def show(page, name):
    page.locator(f"{VIEW} .shows [data-show={name}]").click()


def painted(page, change=None):
    """Wait until a sheet is painted that was not there before a change."""
    before = page.locator(SHEET).get_attribute("data-frames")
    if change:
        change()
    expect(page.locator(SHEET)).not_to_have_attribute("data-frames", before)


def pick(page, column, row, columns=7, rows=7):
    page.wait_for_function(LAID, polling="raf")
    size = page.locator(SHEET).bounding_box()
    x, y = (column + 0.5) / columns * size["width"], (row + 0.5) / rows * size["height"]
    page.locator(SHEET).click(position={"x": x, "y": y})
    settle(page)


def cell(page, column, row, columns=7, rows=7):
    return np.array(page.locator(SHEET).evaluate(CELL, [column, row, columns, rows]))


def test_a_face_of_the_plane_becomes_the_face(faced):
    z = code(faced)
    painted(faced, lambda: show(faced, "plane"))
    pick(faced, 5, 1)
    x, y = (faced.evaluate(f"{FACES}.axes.{axis}") for axis in "xy")
    assert code(faced) == pytest.approx(z + 2 * step(faced, x) + 2 * step(faced, y), abs=1e-5)
    frames = faced.locator(SHEET).get_attribute("data-frames")
    faced.keyboard.press("ArrowLeft")
    faced.keyboard.press("ArrowDown")
    settle(faced)
    assert code(faced) == pytest.approx(z + step(faced, x) + step(faced, y), abs=1e-5)
    # The faces around it are the same ones, wherever in the plane the face is.
    assert faced.locator(SHEET).get_attribute("data-frames") == frames
    faced.keyboard.press("Enter")
    expect(faced.locator(VIEW)).to_have_attribute("data-show", "face")


def test_a_strip_follows_what_else_is_moved(faced):
    painted(faced, lambda: show(faced, "strip"))
    x = faced.evaluate(f"{FACES}.axes.x")
    other = next(n for n in ("Young", "Male") if n != x)
    ends = cell(faced, 0, 0, 7, 1), cell(faced, 6, 0, 7, 1)
    assert (ends[0] != ends[1]).any()
    painted(faced, lambda: slide(faced, other, 2))
    assert (cell(faced, 0, 0, 7, 1) != ends[0]).any()
    pick(faced, 0, 0, 7, 1)
    assert faced.evaluate(f"{FACES}.strengths.get('{x}')") == -3
    painted(faced, lambda: press(faced, "every row"))
    rows = faced.evaluate(f"{FACES}.shown.length")
    assert faced.locator(f"{GRID} .down span").count() == rows
    pick(faced, 3, 0, 7, rows)
    assert faced.evaluate(f"{FACES}.strengths.has({FACES}.shown[0])") is False


def test_four_faces_of_the_shelf_are_blended(faced):
    show(faced, "plane")
    faced.locator(f"{GRID} [data-corners=true]").click()
    expect(faced.locator(f"{GRID} .said")).to_contain_text("Save two to four faces")
    for seed in (2, 3, 4, 5):
        faced.evaluate(f"{FACES}.random({seed})")
        faced.wait_for_function(f"() => {FACES}.origin.seed === {seed}")
        # With the second face there is something between them.
        painted(faced, lambda: faced.keyboard.press("s")) if seed > 2 else faced.keyboard.press("s")
    expect(faced.locator(f"{GRID} .four select")).to_have_count(4)
    expect(faced.locator(f"{GRID} .across")).not_to_be_visible()
    corners = []
    for column, row in ((0, 0), (6, 0), (0, 6), (6, 6)):
        pick(faced, column, row)
        corners.append(code(faced))
    pick(faced, 3, 3)
    assert code(faced) == pytest.approx(np.mean(corners, axis=0), abs=1e-4)
    caption(faced, "25 %")


def test_a_sheet_is_saved(faced):
    painted(faced, lambda: show(faced, "plane"))
    with faced.expect_download() as saved:
        press(faced, "save PNG")
    picture = Image.open(io.BytesIO(saved.value.path().read_bytes()))
    assert picture.size[0] > 7 * 128
    assert saved.value.suggested_filename.startswith("faces-plane-")


def test_a_model_without_attributes_says_so(visit, faces_studio):
    page = open_faces(visit(faces_studio).page, "model=bare")
    show(page, "strip")
    expect(page.locator(f"{GRID} .said")).to_contain_text("has no attributes")
    show(page, "effects")
    expect(page.locator(f"{EFFECTS} .hint")).to_contain_text("has no attributes")


def test_effects_are_told_in_sentences(faced):
    show(faced, "effects")
    expect(faced.locator(TOLD)).to_contain_text("largest side effect")
    canvas = faced.locator(f"{EFFECTS} canvas")
    canvas.focus()
    faced.keyboard.press("ArrowRight")
    expect(faced.locator(TOLD)).to_contain_text("its own score")
    faced.keyboard.press("ArrowRight")
    first, second = faced.evaluate(f"{FACES}.shown.slice(0, 2)")
    found = faced.request.get(f"{faced.url.split('/?')[0]}/faces/faces/effects").json()
    at = found["names"].index(first), found["names"].index(second)
    value = found["plain"][at[0]][at[1]]
    expect(faced.locator(TOLD)).to_contain_text(f"{abs(value):.2f}")
    faced.get_by_role("button", name="all attributes").click()
    every = len(found["names"])
    expect(canvas).to_have_attribute("aria-label", re.compile(f"{every} moves and {every} answers"))
    faced.locator(f"{EFFECTS} [data-way=conditional]").click()
    canvas.focus()
    faced.keyboard.press("ArrowRight")
    faced.keyboard.press("Enter")
    expect(faced.locator(VIEW)).to_have_attribute("data-show", "face")
    settle(faced)
    assert faced.evaluate(f"{FACES}.strengths.size") == 1
