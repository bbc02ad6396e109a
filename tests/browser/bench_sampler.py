"""The sampler's part of `make bench-browser`: how a dragged slider feels, in headless Chromium.

    python -m tests.browser.bench_sampler

measures this part alone. A real pointer drags the slider of a mean; the time of a movement is that
from the slider's input event to the display frame whose canvases all have other pixels. With
"waited" it begins when the pointer moved, which the browser tells the page with its next frame.
"""

import json
import random
import statistics
import tempfile
import time
from pathlib import Path

from models.bench.live import running_studio
from tests.browser.bench_odyssey import load
from tests.browser.harness import Visitor, chromium
from tests.browser.sampler import PICTURES, choose_samples, hold, open_sampler

CHECKPOINT = "sampler-mnist-beta1"
BESIDE = ("sampler-mnist-beta0.1", "sampler-mnist-beta10")
MOVES = 200
SECONDS = 5
GRID = 16

# Notes, for every movement of a slider, when the canvases of all panes have changed.
WATCH = """(slider, pictures) => {
  const MOST = 240;
  const panes = [...document.querySelectorAll(pictures)];
  // Of a large picture the middle: to look at all of it would take as long as to draw it.
  const middle = length => [Math.max(0, (length - MOST) >> 1), Math.min(length, MOST)];
  const sum = canvas => {
    const [[x, w], [y, h]] = [canvas.width, canvas.height].map(middle);
    const { data } = canvas.getContext('2d').getImageData(x, y, w, h);
    return new Uint32Array(data.buffer).reduce((a, b) => (a * 31 + b) | 0, 7);
  };
  const watch = window.sliderWatch = { times: [], waiting: false };
  let moved = 0;
  slider.addEventListener('pointermove', event => { moved = event.timeStamp; }, true);
  slider.addEventListener('input', () => {
    if (watch.waiting) return;
    watch.waiting = true;
    const [begun, before] = [performance.now(), panes.map(sum)];
    const waited = begun - moved;
    const look = now => {
      if (panes.some((pane, i) => sum(pane) === before[i])) return void requestAnimationFrame(look);
      const spent = performance.now() - begun;
      watch.times.push([spent, spent + waited]);
      watch.waiting = false;
    };
    requestAnimationFrame(look);
  }, true);
}"""
# Frames that came from the studio and were drawn, and frames of the display, until `stop` is set.
COUNT = """pictures => {
  const panes = [...document.querySelectorAll(pictures)];
  const frames = () => panes.map(pane => Number(pane.dataset.frames));
  const [begun, before] = [performance.now(), frames()];
  const count = window.frameCount = { stop: false, displayed: 0 };
  const look = () => {
    count.displayed += 1;
    if (!count.stop) return void requestAnimationFrame(look);
    const spent = (performance.now() - begun) / 1000;
    count.rates = { displayed: count.displayed / spent,
      drawn: frames().map((now, i) => (now - before[i]) / spent) };
  };
  requestAnimationFrame(look);
}"""


def open_dragged(browser, address, count, beside):
    """Return a visitor, and the slider of a dimension that all the models use."""
    visitor = Visitor(browser, address, viewport={"width": 1440, "height": 900})
    others = f"&vs={'~'.join(beside)}" if beside else ""
    page = open_sampler(visitor.page, f"model={CHECKPOINT}{others}")
    choose_samples(page, count)
    used = [_activity(page, name) for name in (CHECKPOINT, *beside)]
    least = [min(values) for values in zip(*used, strict=True)]
    best = 1 + least.index(max(least))
    return visitor, page.get_by_label(f"μ of z{best}", exact=True)


def _activity(page, name):
    return page.request.get(f"/sampling/{name}").json()["activity"]["values"]


def measure_moves(page, slider, moves=MOVES, pictures=PICTURES):
    """Return the milliseconds from a pointer's movement to changed pixels, one at a time."""
    slider.evaluate(WATCH, pictures)
    move = hold(page, slider)
    share, draw = 0.5, random.Random(0)
    for _ in range(moves):
        # At least a tenth of the slider away, so that pixels have to change.
        share = (share - 0.05 + draw.uniform(0.1, 0.8)) % 0.9 + 0.05
        move(share)
        page.wait_for_function("() => !window.sliderWatch.waiting", polling="raf", timeout=5000)
        page.wait_for_timeout(draw.uniform(5, 25))
    page.mouse.up()
    times = page.evaluate("window.sliderWatch.times")
    from_input, from_pointer = zip(*times, strict=True)
    return _spread(from_input) | {"waited": _spread(from_pointer), "moves": len(from_input)}


def _spread(times):
    times = sorted(times)
    return {
        "p50": round(statistics.median(times), 1),
        "p95": round(times[int(0.95 * len(times))], 1),
    }


def measure_drag(page, slider, count, seconds=SECONDS, pictures=PICTURES):
    """Return the frames and pictures a second while a pointer drags to and fro."""
    move = hold(page, slider)
    page.evaluate(COUNT, pictures)
    begun = time.monotonic()
    while (spent := time.monotonic() - begun) < seconds:
        share = abs(spent / 2 % 2 - 1)
        move(0.05 + 0.9 * share)
    page.evaluate("window.frameCount.stop = true")
    page.wait_for_function("() => window.frameCount.rates")
    page.mouse.up()
    rates = page.evaluate("window.frameCount.rates")
    drawn = [round(rate, 1) for rate in rates["drawn"]]
    return {
        "displayed": round(rates["displayed"], 1),
        "drawn_each_pane": drawn,
        "fresh_pictures": round(count * sum(rates["drawn"]), 0),
    }


def measure_slider(browser, address, count, beside=()):
    """Return the figures of a number of samples, with other models beside or without."""
    visitor, slider = open_dragged(browser, address, count, beside)
    figures = {
        "slider_to_pixels_ms": measure_moves(visitor.page, slider),
        "drag_each_second": measure_drag(visitor.page, slider, count),
        "load": load(),
    }
    visitor.close()
    return figures | {"problems": visitor.problems}


def measure_sampler(browser, address):
    """Return all figures of the sampler."""
    return {
        "checkpoint": CHECKPOINT,
        "single": measure_slider(browser, address, 1),
        "grid_of_16": measure_slider(browser, address, GRID),
        "three_panes_of_16": measure_slider(browser, address, GRID, BESIDE),
    }


def main():
    """Print the figures of the sampler as JSON."""
    with running_studio(Path(tempfile.mkdtemp())) as address, chromium() as browser:
        print(json.dumps(measure_sampler(browser, address), indent=2))


if __name__ == "__main__":
    main()
