"""The chart that draws every curve of the studio, in a page of its own."""

import pytest
from playwright.sync_api import expect

from studio.app import Settings, create_app
from tests.browser.harness import serve

MAKE = """async () => {
  const { Chart } = await import('/widgets/chart/chart.js');
  const element = document.createElement('div');
  element.id = 'trial';
  element.style.width = '700px';
  document.body.replaceChildren(element);
  window.chart = new Chart(element, { label: 'Trial', xLabel: 'epoch', yLabel: 'nats' });
  const x = Array.from({ length: 101 }, (_, i) => i);
  window.series = [
    { id: 'loss', label: 'loss', x, y: x.map(i => 100 + 900 * Math.exp(-i / 3)) },
    { id: 'flat', label: 'flat', x, y: x.map(() => 150) },
    { id: 'rate', label: 'rate', axis: 'right', x, y: x.map(i => 1e-3 * (1 - i / 100)) },
  ];
  window.chart.set(window.series);
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
}"""
# How many pixels a curve of this colour has.
INKED = """colour => {
  const canvas = document.querySelector('#trial canvas.base');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const wanted = [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 200 && wanted.every((v, k) => Math.abs(data[i + k] - v) < 12)) count += 1;
  }
  return count;
}"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("chart")
    settings = Settings(workspace=workspace, pretrained=workspace / "none", only="runs")
    with serve(create_app(settings)) as address:
        yield address


@pytest.fixture
def chart(visit, studio):
    page = visit(studio).page
    page.goto("/")
    page.locator(".runs[data-runs]").wait_for()
    page.evaluate(MAKE)
    return page


def frame(page):
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_curves_are_drawn_and_hidden(chart):
    trial = chart.locator("#trial")
    assert trial.get_attribute("data-series") == "3"
    assert trial.get_attribute("data-points") == "303"
    first = chart.evaluate("getComputedStyle(document.body).getPropertyValue('--class-0').trim()")
    assert chart.evaluate(INKED, first) > 200
    entry = trial.locator(".entries button").first
    entry.click()
    expect(entry).to_have_attribute("aria-pressed", "false")
    frame(chart)
    assert chart.evaluate(INKED, first) == 0
    assert trial.get_attribute("data-points") == "202"
    chart.evaluate("window.chart.set(window.series)")
    assert trial.get_attribute("data-points") == "202"
    entry.click(modifiers=["Shift"])
    assert trial.get_attribute("data-series") == "1"
    entry.click(modifiers=["Shift"])
    assert trial.get_attribute("data-series") == "3"
    for one in trial.locator(".entries button").all():
        one.click()
    frame(chart)
    expect(trial).to_contain_text("All curves are hidden")


def test_pointer_and_keys_read_the_values(chart):
    top = chart.locator("#trial canvas.top")
    readout = chart.locator("#trial .readout")
    top.hover()
    at = int(readout.get_attribute("data-at"))
    assert 40 <= at <= 60
    chart.mouse.move(5, 600)
    expect(readout).to_be_hidden()
    top.focus()
    chart.keyboard.press("Home")
    expect(readout).to_have_attribute("data-at", "100")
    chart.keyboard.press("Home")
    expect(readout).to_have_attribute("data-at", "0")
    assert readout.locator(".value").all_inner_texts() == ["1,000", "150", "0.001"]
    chart.keyboard.press("ArrowRight")
    expect(readout).to_have_attribute("data-at", "1")
    expect(chart.locator("#trial .voice")).to_contain_text("epoch 1, loss")
    chart.keyboard.press("Escape")
    expect(readout).to_be_hidden()


def test_tail_fits_what_comes_after_the_fall(chart):
    def top():
        return chart.evaluate("window.chart.axes().left[1]")

    assert top() > 1000
    chart.locator("[data-switch=tail]").click()
    frame(chart)
    assert top() < 200
    chart.locator("[data-switch=smooth]").click()
    frame(chart)
    assert top() < 200


def test_points_are_added_and_gaps_stay_open(chart):
    assert chart.evaluate("window.chart.append('loss', [101, 102], [NaN, 99])")
    assert not chart.evaluate("window.chart.append('nothing', [1], [1])")
    trial = chart.locator("#trial")
    assert trial.get_attribute("data-points") == "305"
    frame(chart)
    chart.evaluate("window.chart.set([{ id: 'a', x: [], y: [] }])")
    expect(trial.locator(".message")).to_have_text("No points yet.")
    chart.evaluate("window.chart.set([{ id: 'a', x: [1], y: [5] }])")
    frame(chart)
    expect(trial.locator(".message")).to_be_hidden()
    chart.evaluate("window.chart.set([{ id: 'a', x: [3, 1, 2], y: [NaN, Infinity, null] }])")
    frame(chart)
    assert trial.get_attribute("data-points") == "3"


def test_few_points_of_many_are_drawn_but_no_peak_is_lost(chart):
    traced = chart.evaluate("""async () => {
      const { trace } = await import('/widgets/chart/series.js');
      const x = Array.from({ length: 100000 }, (_, i) => i);
      const y = x.map(i => (i === 54321 ? 99 : 1));
      const [part] = trace(x, y, v => v / 200, v => v);
      return [part.length / 2, Math.max(...part)];
    }""")
    assert traced[0] <= 4 * 501
    assert traced[1] >= 99


def test_ticks_are_round(chart):
    found = chart.evaluate("""async () => {
      const { ticks, tickLabel, short, duration } = await import('/widgets/chart/ticks.js');
      const words = (low, high, n, options) => {
        const { values, step } = ticks(low, high, n, options);
        return values.map(value => tickLabel(value, step));
      };
      return [words(0, 1, 5), words(0, 3, 10, { whole: true }), words(97, 163, 4),
        words(0, 0.0012, 3), ticks(0, 3600, 4, { seconds: true }).values,
        [short(0.00012345), short(123.456), short(NaN), duration(3725)]];
    }""")
    assert found[0] == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert found[1] == ["0", "1", "2", "3"]
    assert found[2] == ["100", "120", "140", "160"]
    assert found[3] == ["0.0000", "0.0005", "0.0010"]
    assert found[4] == [0, 900, 1800, 2700, 3600]
    assert found[5] == ["1.23e−4", "123.5", "–", "1 h 2 min"]


def test_dark_is_another_ink(chart):
    light = chart.evaluate("window.chart.ink.text")
    chart.evaluate("""() => {
      document.body.classList.toggle('dark');
      window.dispatchEvent(new Event('studio-theme'));
    }""")
    frame(chart)
    assert chart.evaluate("window.chart.ink.text") != light
