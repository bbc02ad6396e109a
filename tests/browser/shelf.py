"""The shelf of faces and the morph as a test sees them."""

import json

import numpy as np

from tests.browser.faces import FACES, VIEW, settle

SHELF = f"{VIEW} .face-shelf"
ROW = f"{SHELF} .row"
MORPH = f"{VIEW} .face-morph"
TELLS = f"{MORPH} .tells"
IMPORT = f"{SHELF} .import"
PAINTED = f"""() => [...document.querySelectorAll('{SHELF} canvas')]
  .every(canvas => canvas.dataset.painted === 'yes')"""


def keep(page, seed):
    """Save the random face of a seed."""
    page.evaluate(f"seed => {FACES}.random(seed)", seed)
    page.wait_for_function(f"seed => {FACES}.origin.seed === seed", arg=seed)
    settle(page)
    page.get_by_role("button", name="Save to shelf").click()
    page.wait_for_function(PAINTED)


def names(page):
    return [field.input_value() for field in page.locator(f"{ROW} .name").all()]


def card(page, name):
    return page.locator(f"{ROW} li").nth(names(page).index(name))


def ends(page):
    """Return the names of A and B, '' where there is none."""
    script = f"""() => ['a', 'b'].map(end => document.querySelector(
      `{ROW} li:has(.chip.${{end}}[aria-pressed="true"]) .name`)?.value ?? '')"""
    return page.evaluate(script)


def looked(page):
    """Return the code that the big picture shows."""
    return np.array(page.evaluate(f"Array.from({FACES}.looked ?? {FACES}.code)"))


def open_morph(page):
    page.locator(f"{VIEW} [data-show=morph]").click()
    page.wait_for_function(f"() => {FACES}.looked")
    settle(page)


def go_to(page, share):
    """Move the slider of the morph, as a drag does."""
    move = """(slider, share) => {
      slider.value = share;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }"""
    page.locator(f"{MORPH} .share").evaluate(move, share)
    settle(page)


def export(page, kind):
    """Return what an export button of the morph saves."""
    with page.expect_download(timeout=60_000) as download:
        page.locator(f"{MORPH} [data-export={kind}]").click()
    assert download.value.suggested_filename == f"faces-morph.{kind}"
    return download.value.path()


def export_shelf(page):
    with page.expect_download() as download:
        page.locator(f"{SHELF} [data-shelf=export]").click()
    with open(download.value.path(), encoding="utf-8") as file:
        return json.load(file)


def give(page, folder, content, name="shelf.json"):
    """Choose a file to import: bytes as they are, all else as JSON."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    page.locator(f"{SHELF} input[type=file]").set_input_files(path)
