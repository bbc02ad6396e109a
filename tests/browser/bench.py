"""`make bench-browser`: how the studio feels, measured in headless Chromium; prints JSON.

The studio runs in a process of its own. Pointer events are made inside the page, so that the
figures hold the studio's share of a movement and not the test driver's.
"""

import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from models.bench.live import running_studio
from models.bench.machine import machine
from tests.browser.bench_faces import measure_faces
from tests.browser.bench_odyssey import measure_odyssey
from tests.browser.bench_paint import measure_paint, table_of
from tests.browser.bench_sampler import measure_sampler
from tests.browser.harness import Visitor, chromium
from tests.studio.run_folders import make_run

MOVES = 240
DRAG_SECONDS = 4

# One pointer event at a time: from the event to the frame that shows its position.
POINTER_TO_PIXELS = """async moves => {
  const scene = window.latentStudio.scene('navigator');
  const map = document.querySelector('#navigator-map canvas.overlay');
  const live = document.querySelector('#navigator-live canvas');
  const box = map.getBoundingClientRect();
  const picture = () =>
    live.getContext('2d').getImageData(0, 0, live.width, live.height).data.join();
  const times = [];
  let changed = 0;
  let last = picture();
  for (let i = 0; i < moves; i += 1) {
    const [u, v] = [0.5 + 0.3 * Math.cos(i * 0.61), 0.5 + 0.3 * Math.sin(i * 0.37)];
    await new Promise(done => setTimeout(done, 7 + 13 * Math.random()));
    const start = performance.now();
    const shown = new Promise(done => {
      const check = () => {
        if (scene.frame.z.some((x, d) => Math.abs(x - scene.focus[d]) > 1e-6)) return;
        scene.removeEventListener('frame', check);
        done();
      };
      scene.addEventListener('frame', check);
    });
    map.dispatchEvent(new PointerEvent('pointermove', {
      clientX: box.left + u * box.width, clientY: box.top + v * box.height, pointerType: 'mouse',
    }));
    await shown;
    times.push(performance.now() - start);
    const now = picture();
    if (now !== last) changed += 1;
    last = now;
  }
  return { times, changed };
}"""

# A drag of so many seconds with a pointer event a display frame.
DRAG = """async seconds => {
  const map = document.querySelector('#navigator-map canvas.overlay');
  const live = document.querySelector('#navigator-live canvas');
  const box = map.getBoundingClientRect();
  const send = (type, t) => map.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, pointerType: 'mouse', button: 0, buttons: 1, bubbles: true,
    clientX: box.left + box.width * (0.5 + 0.3 * Math.cos(2 * t)),
    clientY: box.top + box.height * (0.5 + 0.3 * Math.sin(3 * t)),
  }));
  map.setPointerCapture = () => {};
  send('pointerdown', 0);
  const before = Number(live.dataset.frames);
  const start = performance.now();
  let displayed = 0;
  await new Promise(done => {
    const step = now => {
      displayed += 1;
      if (now - start > 1000 * seconds) return void done();
      send('pointermove', (now - start) / 1000);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  });
  const elapsed = (performance.now() - start) / 1000;
  send('pointerup', seconds);
  const drawn = Number(live.dataset.frames) - before;
  return { drawn: drawn / elapsed, displayed: displayed / elapsed };
}"""

RUNS, EPOCHS = 50, 2000
# Every run is ticked before the page has its first look; then how long until all are drawn.
OPEN_RUNS = """ids => {
  sessionStorage.setItem('studio-runs', JSON.stringify({ ticks: ids }));
  const times = {};
  const look = () => {
    const at = performance.now();
    const runs = document.querySelector('.runs');
    const chart = document.querySelector('.compare-curves');
    if (Number(runs?.dataset.runs) === ids.length) times.listed ??= at;
    if (!times.drawing && Number(chart?.dataset.series) === ids.length) times.drawing = at;
    // One frame later the canvas is painted, and shown with the next.
    else if (times.drawing && times.frames === 2) window.runTimes = { ...times, drawn: at };
    else if (times.drawing) times.frames = (times.frames ?? 0) + 1;
    if (!window.runTimes) requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""
# From the first request for runs.
RUN_TIMES = """() => {
  const asked = performance.getEntriesByType('resource')
    .find(entry => new URL(entry.name).pathname === '/runs').startTime;
  const chart = document.querySelector('.compare-curves');
  return {
    listed_ms: Math.round(window.runTimes.listed - asked),
    drawn_ms: Math.round(window.runTimes.drawn - asked),
    points: Number(chart.dataset.points),
    paint_script_ms: Number(chart.dataset.paintMs),
  };
}"""


def measure_runs(browser):
    """Return how long a fresh studio takes to list and draw 50 runs of 2,000 epochs."""
    workspace = Path(tempfile.mkdtemp())
    ids = [make_run(workspace, k, epochs=EPOCHS).name for k in range(RUNS)]
    with running_studio(workspace) as address:
        visitor = Visitor(browser, address)
        visitor.page.add_init_script(f"({OPEN_RUNS})({json.dumps(ids)})")
        visitor.page.goto("/?tab=runs")
        visitor.page.wait_for_function("() => window.runTimes", timeout=60_000)
        figures = {"runs": RUNS, **visitor.page.evaluate(RUN_TIMES)}
        visitor.close()
    shutil.rmtree(workspace)
    return figures | {"problems": visitor.problems}


def measure(page):
    """Return the figures of an open navigator."""
    pointer = page.evaluate(POINTER_TO_PIXELS, MOVES)
    times = sorted(pointer["times"])
    drag = page.evaluate(DRAG, DRAG_SECONDS)
    page.locator("#navigator-live").hover()
    page.locator("#navigator-live [data-side='3']").click()
    grid = page.evaluate(DRAG, DRAG_SECONDS)
    data = page.locator("#navigator-map .map").evaluate("map => ({...map.dataset})")
    return {
        "pointer_to_pixels_ms": {
            "p50": round(statistics.median(times), 1),
            "p95": round(times[int(0.95 * len(times))], 1),
            "moves": len(times),
            "pictures_changed": pointer["changed"],
        },
        "drag_frames_per_second": {
            "drawn": round(drag["drawn"], 1),
            "displayed": round(drag["displayed"], 1),
        },
        "drag_3x3_frames_per_second": {
            "drawn": round(grid["drawn"], 1),
            "displayed": round(grid["displayed"], 1),
        },
        "map": {
            "points": int(data["points"]),
            "opened_ms": float(data["openedMs"]),
            "repaint_ms": float(data["paintMs"]),
        },
    }


def main(name="navigator-mnist", workspace=None, minutes="1"):
    """Print the figures of one checkpoint, the odyssey, faces, sampler and runs as JSON.

    Args:
        name: A checkpoint of the navigator.
        workspace: Where it lies, if it is not a shipped one.
        minutes: Of autopilot, for the odyssey's memory.
    """
    place = Path(workspace) if workspace else Path(tempfile.mkdtemp())
    if not workspace:
        make_run(place, 0, epochs=20)
    where = machine()
    with running_studio(place) as address, chromium() as browser:
        # Before anything else has opened a model.
        paint = measure_paint(browser, address)
        visitor = Visitor(browser, address)
        page = visitor.open(f"/?model={name}")
        page.wait_for_timeout(1500)
        figures = {"checkpoint": name, **measure(page)}
        visitor.close()
        odyssey = measure_odyssey(browser, address, float(minutes))
        faces = measure_faces(browser, address)
        sampler = measure_sampler(browser, address)
        runs = measure_runs(browser)
    Console(stderr=True).print(table_of(paint))
    figures = {"machine": where, **figures, "paint": paint, "problems": visitor.problems}
    figures |= {"odyssey": odyssey, "faces": faces, "sampler": sampler, "runs": runs}
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
