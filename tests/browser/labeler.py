"""The labeler as a test sees it: its map, the picture that is looked at, and the labels."""

import math

from playwright.sync_api import expect

ROOT = "#labeler-view .labeler"
MAP = f"{ROOT} canvas.over"
INSPECT = f"{ROOT} .inspect"
ROUNDS = f"{ROOT} .rounds"
CAPTION = f"{ROOT} .caption"
NOTICE = f"{ROOT} .notice span"
LABELER = "window.latentLabeler('labeler')"
# The map lies still, a picture is shown, the queue is there, and neighbours are known.
READY = f"""() => {{
  const root = document.querySelector('{ROOT}');
  const map = document.querySelector('{MAP}');
  return root?.dataset.ready === 'yes' && Number(map?.dataset.points) > 0
    && root.querySelector('.cell[aria-current] canvas') && root.querySelector('.inspect[data-row]');
}}"""


def open_labeler(page, query=""):
    """Open the tab, which opens a project, and wait until all of it is there."""
    page.goto(f"/?tab=labeler{query}")
    return ready(page)


def ready(page):
    page.wait_for_function(READY, timeout=120_000)
    return page


def begin(page, name):
    """Open a new project on the small digits, by hand as everybody does."""
    show_projects(page)
    form = page.locator(f"{ROOT} form.new")
    form.get_by_label("name").fill(name[:60])
    form.get_by_label("data").select_option("digits")
    form.get_by_label("model").select_option("")
    form.get_by_role("button", name="Create").click()
    expect(page.locator(f"{ROOT} .project b")).to_have_text(name[:60], timeout=30_000)
    return ready(page)


def show_projects(page):
    """Go to the start screen, if it is not shown."""
    if page.locator(ROOT).get_attribute("data-screen") == "project":
        page.locator(f"{ROOT} [data-do=projects]").click()
    expect(page.locator(ROOT)).to_have_attribute("data-screen", "start")


def state(page):
    """Return what the studio has on its disk."""
    project = page.locator(ROOT).get_attribute("data-project")
    return page.request.get(f"/labels/{project}/state").json()


def labels(page):
    """Return the labels on the disk by row, as they are exported."""
    project = page.locator(ROOT).get_attribute("data-project")
    text = page.request.get(f"/labels/{project}/export/labels.csv").text()
    lines = [line.split(",") for line in text.splitlines()[1:]]
    return {int(row): int(label) for row, label in lines if label}


def looked_at(page):
    return int(page.locator(INSPECT).get_attribute("data-row"))


def look_at(page, row):
    """Click a row's point on the map, and wait for its picture."""
    page.evaluate(f"row => {LABELER}.map.flyTo(row)", row)
    still(page)
    x, y = place(page, row)
    page.mouse.click(x, y)
    shown(page, row)


def shown(page, row):
    expect(page.locator(INSPECT)).to_have_attribute("data-row", str(row))


def place(page, row):
    """Return where a row's point is on the screen."""
    x, y = page.evaluate(f"row => {LABELER}.map.screen(row)", row)
    box = page.locator(MAP).bounding_box()
    return box["x"] + x, box["y"] + y


def still(page):
    """Wait until the map has come to rest."""
    page.wait_for_function(
        f"""() => {{
          const frames = document.querySelector('{MAP}').dataset.frames;
          const same = frames === window.framesBefore;
          window.framesBefore = frames;
          window.sameFor = same ? (window.sameFor ?? 0) + 1 : 0;
          return window.sameFor >= 3;
        }}""",
        polling=80,
    )


def lasso(page, centre, radius):
    """Draw a circle around a place of the screen, with Shift held down."""
    x, y = centre
    page.keyboard.down("Shift")
    page.mouse.move(x + radius, y)
    page.mouse.down()
    for turn in range(1, 25):
        angle = 2 * math.pi * turn / 24
        page.mouse.move(x + radius * math.cos(angle), y + radius * math.sin(angle))
    page.mouse.up()
    page.keyboard.up("Shift")


def crowd(page, count):
    """Return the place of the screen in the middle of all points, and how far the nearest reach."""
    middle = page.evaluate(
        f"""() => {{
          const {{ map, about }} = {LABELER};
          const places = Array.from({{ length: about.rows }}, (_, row) => map.screen(row));
          const mean = [0, 1].map((d) => places.reduce((sum, p) => sum + p[d], 0) / places.length);
          const far = places.map((p) => Math.hypot(p[0] - mean[0], p[1] - mean[1]));
          return [mean, far.sort((a, b) => a - b)];
        }}"""
    )
    box = page.locator(MAP).bounding_box()
    (x, y), far = middle
    return (box["x"] + x, box["y"] + y), far[count]


def counted(page, number):
    """Wait until so many are labelled in the page, and saved."""
    expect(page.locator(ROOT)).to_have_attribute("data-labelled", str(number), timeout=20_000)
    expect(page.locator(ROOT)).to_have_attribute("data-pending", "0", timeout=20_000)


def chip(page, label):
    """The legend's entry of a class, whose `data-count` is how often it was given."""
    return page.locator(f"{ROOT} .chip[data-class='{label}']")


def told(page, text):
    expect(page.locator(NOTICE)).to_contain_text(text, timeout=30_000)
