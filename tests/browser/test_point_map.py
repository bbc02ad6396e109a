"""The map of points that the labeler draws on, in a page of its own."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.browser.harness import serve

WIDGETS = Path(__file__).resolve().parents[2] / "studio" / "widgets"

# Two classes of 2,000 points in two clouds; the last ten rows have no place.
MAKE = """async painter => {
  const style = document.createElement('link');
  Object.assign(style, { rel: 'stylesheet', href: '/widgets/points/points.css' });
  // Laid out before it is looked at, however busy the machine is.
  await new Promise((resolve) => { style.onload = resolve; document.body.replaceChildren(style); });
  const host = document.createElement('div');
  Object.assign(host.style, { width: '640px', height: '480px' });
  document.body.append(host);
  const { PointMap } = await import('/widgets/points/point_map.js');
  window.told = [];
  const tell = (what) => (...detail) => window.told.push([what, ...detail]);
  window.map = new PointMap(host, {
    selected: tell('selected'), lassoed: (rows, more) => tell('lassoed')(Array.from(rows), more),
  }, { painter });
  const count = 4010;
  const xy = new Float32Array(2 * count).fill(NaN);
  window.classes = new Uint8Array(count);
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < 4000; i += 1) {
    classes[i] = i % 2;
    xy[2 * i] = (i % 2 ? 6 : -6) + random() + random() + random() + random();
    xy[2 * i + 1] = 4 * (random() + random() + random()) - 6;
  }
  window.palette = new Uint8Array(1024);
  palette.set([230, 60, 40, 255, 40, 110, 230, 255]);
  map.setPoints(xy);
  map.setColours(classes, palette);
}"""
PAINTED = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Every row that lies inside [left, right, top, bottom] of the map, by looking at all of them.
INSIDE = """([left, right, top, bottom]) => [...classes.keys()].filter((row) => {
  const [x, y] = map.screen(row) ?? [];
  return x > left && x < right && y > top && y < bottom;
})"""
NEAREST = """() => {
  for (let trial = 0; trial < 300; trial += 1) {
    const place = [Math.random() * 640, Math.random() * 480];
    let [best, least] = [-1, 30];
    for (let row = 0; row < 4010; row += 1) {
      const [x, y] = map.screen(row) ?? [NaN];
      const away = Math.hypot(x - place[0], y - place[1]);
      if (away < least) [best, least] = [row, away];
    }
    if (map.find(place, 30) !== best) return [place, best, map.find(place, 30)];
  }
  return 'the same';
}"""
# The colour in the middle of a row's dot, as what it covers shows through it.
COLOUR = """(row) => {
  map.redraw();
  map.paint(performance.now());
  const sheet = document.createElement('canvas').getContext('2d');
  const [x, y] = map.screen(row);
  const share = map.base.width / 640;
  sheet.fillRect(0, 0, 1, 1);
  sheet.drawImage(map.base, -Math.floor(x * share), -Math.floor(y * share));
  return Array.from(sheet.getImageData(0, 0, 1, 1).data);
}"""


@pytest.fixture(scope="module")
def files():
    # A browser asks for an icon by itself, and says what it misses.
    icon = Route("/favicon.ico", lambda request: Response(status_code=204))
    routes = [icon, Mount("/widgets", StaticFiles(directory=WIDGETS))]
    with serve(Starlette(routes=routes)) as address:
        yield address


@pytest.fixture
def opened(visit, files):
    def opened(painter=None):
        page = visit(files).page
        page.goto("/widgets/points/points.css")
        page.evaluate(MAKE, painter)
        page.evaluate(PAINTED)
        return page

    return opened


def fact(page, name):
    return page.locator("canvas.over").get_attribute(f"data-{name}")


def at(page, x, y):
    box = page.locator("canvas.over").bounding_box()
    return box["x"] + x, box["y"] + y


def draw(page, *places):
    page.mouse.move(*at(page, *places[0]))
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*at(page, *place), steps=4)


def test_nearest_point_and_lasso_agree_with_looking_at_every_point(opened):
    page = opened()
    assert fact(page, "points") == "4000"
    assert page.evaluate(NEAREST) == "the same"
    page.keyboard.down("Shift")
    draw(page, (60, 100), (300, 100), (300, 380), (60, 380))
    page.mouse.up()
    page.keyboard.up("Shift")
    inside = page.evaluate(INSIDE, [60, 300, 100, 380])
    assert len(inside) > 100
    assert page.evaluate("told") == [["lassoed", inside, False]]
    assert page.evaluate("map.chosen") == len(inside)
    page.keyboard.press("Escape")
    assert page.evaluate("told.at(-1)") == ["lassoed", [], False]


def test_hands_and_keys_move_the_map(opened):
    page = opened()
    row = page.evaluate("map.find(map.screen(40), 5)")
    place = page.evaluate("map.screen(40)")
    page.mouse.click(*at(page, *place))
    assert page.evaluate("told") == [["selected", row]]
    before = page.evaluate("map.screen(40)")
    page.mouse.move(*at(page, *before))
    page.mouse.wheel(0, -500)
    page.evaluate(PAINTED)
    assert float(fact(page, "zoom")) > 1.5
    # A wheel tells whole pixels only.
    assert page.evaluate("map.screen(40)") == pytest.approx(before, abs=1)
    draw(page, (320, 240), (380, 250))
    page.mouse.up()
    moved = page.evaluate("map.screen(40)")
    assert moved == pytest.approx([before[0] + 60, before[1] + 10], abs=1.5)
    page.locator("canvas.over").press("Home")
    page.wait_for_function("document.querySelector('canvas.over').dataset.zoom === '1.000'")
    # Given up while it was drawn, a lasso stays given up however the hand goes on.
    page.evaluate("map.tool = 'lasso'")
    draw(page, (60, 100), (300, 100), (300, 380))
    page.keyboard.press("Escape")
    page.mouse.move(*at(page, 60, 380))
    page.mouse.up()
    assert page.evaluate("told.length") == 1
    # What is hidden cannot be touched.
    page.evaluate("map.setColours(classes, palette.map((v, i) => (i === 3 ? 0 : v)))")
    assert page.evaluate("classes[map.find(map.screen(40), 1000)]") == 1


def test_both_painters_draw_the_same_and_a_lost_device_is_made_good(opened):
    flat = opened("canvas")
    assert fact(flat, "painter") == "canvas"
    red, blue = flat.evaluate(COLOUR, 40), flat.evaluate(COLOUR, 41)
    assert red[0] > 150 > red[2]
    assert blue[2] > 150 > blue[0]
    page = opened("webgl")
    if fact(page, "painter") != "webgl":
        pytest.skip("This browser has no WebGL2")
    assert page.evaluate(COLOUR, 40) == pytest.approx(red, abs=60)
    assert page.evaluate(COLOUR, 41) == pytest.approx(blue, abs=60)
    lose = "map.painter.gl.getExtension('WEBGL_lose_context')"
    page.evaluate(f"window.device = {lose}; device.loseContext()")
    page.wait_for_function("map.painter.gone")
    page.evaluate("device.restoreContext()")
    page.wait_for_function("map.painter.gone === false")
    assert page.evaluate(COLOUR, 40) == pytest.approx(red, abs=60)
    page.evaluate("device.loseContext()")
    page.wait_for_function("document.querySelector('canvas.over').dataset.painter === 'canvas'")
    assert page.evaluate(COLOUR, 40) == pytest.approx(red, abs=60)
