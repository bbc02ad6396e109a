"""The odyssey's part of `make bench-browser`: how the flight feels, measured in headless Chromium.

    python -m tests.browser.bench_odyssey --minutes 10

measures this part alone, with as many minutes of autopilot for the memory.
"""

import argparse
import json
import os
import statistics
import struct
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
from websockets.sync.client import connect

from models.bench.live import running_studio
from models.registry import Registry
from tests.browser.harness import Visitor, chromium
from tests.browser.odyssey import READY, VIEW, settle

CHECKPOINT = "odyssey-mnist"
SPACE = "#odyssey-space .space"
SECONDS = 6
WARM_SECONDS = 2
PRESSES = 60
VIEWERS = 8
SMALL = {"width": 480, "height": 480}
MEMORY_EVERY = 60

# Frames drawn, frames of the display and new views decoded, each a second.
RATES = """async seconds => {
  const view = document.querySelector('#odyssey-space canvas.view');
  const space = document.querySelector('#odyssey-space .space');
  const fresh = [];
  let displayed = 0, told = 0;
  const before = Number(view.dataset.frames);
  const begun = performance.now();
  await new Promise(done => {
    const look = now => {
      displayed += 1;
      if (now - told > 250) {
        told = now;
        fresh.push(Number(space.dataset.decodes));
      }
      if (now - begun > 1000 * seconds) return void done();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const spent = (performance.now() - begun) / 1000;
  return {
    drawn: (Number(view.dataset.frames) - before) / spent,
    displayed: displayed / spent,
    fresh_decodes: fresh.reduce((a, b) => a + b) / fresh.length,
    script_ms: Number(view.dataset.busyMs),
    late: Number(space.dataset.late),
  };
}"""
# From the press of a key that turns the resting ship to the first changed pixel.
KEY_TO_PIXELS = """async presses => {
  const view = document.querySelector('#odyssey-space canvas.view');
  const context = view.getContext('2d');
  const [w, h] = [view.width, view.height];
  const part = x => context.getImageData(
    Math.round(x * w), Math.round(0.3 * h), Math.round(0.22 * w), Math.round(0.3 * h),
  ).data;
  const sum = data => new Uint32Array(data.buffer).reduce((a, b) => (a * 31 + b) | 0, 7);
  const looked = () => [0.12, 0.62].map(x => sum(part(x))).join();
  const send = (type, key) => view.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true }));
  const times = [];
  for (let i = 0; i < presses; i += 1) {
    await new Promise(done => setTimeout(done, 450 + 30 * Math.random()));
    const key = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'][i % 4];
    const before = looked();
    const begun = performance.now();
    send('keydown', key);
    await new Promise(done => {
      const look = () => (looked() === before ? requestAnimationFrame(look) : done());
      requestAnimationFrame(look);
    });
    times.push(performance.now() - begun);
    send('keyup', key);
  }
  return times;
}"""


def load():
    """The machine's load over the last minute, beside which a figure is to be read."""
    return round(os.getloadavg()[0], 1)


def open_flight(browser, address, query, **options):
    """Return a visitor whose ship flies a seeded walk under autopilot, or rests with `still`."""
    visitor = Visitor(browser, address, **options)
    visitor.page.goto(f"/?tab=odyssey&model={CHECKPOINT}&{query}")
    visitor.page.wait_for_function(READY, timeout=60_000)
    visitor.page.locator(VIEW).focus()
    return visitor


def take_off(page):
    """Start the autopilot and let it get going."""
    page.keyboard.press("Space")
    page.wait_for_function(
        "s => document.querySelector(s).dataset.auto === 'flying'", arg=SPACE, timeout=30_000
    )
    page.wait_for_timeout(1000 * WARM_SECONDS)


def rounded(rates):
    """Return figures with one digit after the point."""
    return {key: round(value, 1) for key, value in rates.items()}


def measure_view(browser, address, view, seconds=SECONDS):
    """Return the rates of one viewer whose ship is in motion."""
    visitor = open_flight(browser, address, f"view={view}")
    take_off(visitor.page)
    rates = rounded(visitor.page.evaluate(RATES, seconds))
    visitor.close()
    return rates | {"load": load(), "problems": visitor.problems}


def measure_keys(browser, address, presses=PRESSES):
    """Return the milliseconds from a key press to changed pixels."""
    visitor = open_flight(browser, address, "view=single~3~inset")
    settle(visitor.page)
    times = sorted(visitor.page.evaluate(KEY_TO_PIXELS, presses))
    visitor.close()
    return {
        "p50": round(statistics.median(times), 1),
        "p95": round(times[int(0.95 * len(times))], 1),
        "presses": len(times),
        "load": load(),
        "problems": visitor.problems,
    }


def measure_pages(browser, address, viewers=VIEWERS, seconds=SECONDS):
    """Return the rates of several small pages that fly at once."""
    visitors = [
        open_flight(browser, address, "view=single~3~off", viewport=SMALL) for _ in range(viewers)
    ]
    for visitor in visitors:
        take_off(visitor.page)
    before = [_counts(visitor.page) for visitor in visitors]
    kept = [[] for _ in visitors]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for decodes, visitor in zip(kept, visitors, strict=True):
            decodes.append(int(visitor.page.locator(SPACE).get_attribute("data-decodes")))
        time.sleep(0.25)
    drawn = [
        (frames - first) / (at - begun)
        for (frames, at), (first, begun) in zip(
            [_counts(visitor.page) for visitor in visitors], before, strict=True
        )
    ]
    problems = [problem for visitor in visitors for problem in visitor.problems]
    for visitor in visitors:
        visitor.close()
    fresh = [statistics.mean(decodes) for decodes in kept]
    return {
        "viewers": viewers,
        "fresh_decodes_each": {"least": round(min(fresh), 1), "mean": _mean(fresh)},
        "drawn_each": {"least": round(min(drawn), 1), "mean": _mean(drawn)},
        "load": load(),
        "problems": problems,
    }


def _mean(values):
    return round(statistics.mean(values), 1)


def _counts(page):
    return int(page.locator(VIEW).get_attribute("data-frames")), time.monotonic()


def measure_sockets(browser, address, viewers=VIEWERS, seconds=SECONDS):
    """Return the rates of one page beside viewers that only ask and listen, 40 times a second."""
    latent_dim = Registry(Path(tempfile.mkdtemp())).open(CHECKPOINT).config.model.latent_dim
    url = f"{address.replace('http', 'ws', 1)}/live/{CHECKPOINT}?density=1"
    visitor = open_flight(browser, address, "view=single~3~inset")
    take_off(visitor.page)
    answers = [0] * (viewers - 1)
    threads = [
        threading.Thread(target=_listen, args=(url, latent_dim, seconds + 1, answers, n))
        for n in range(viewers - 1)
    ]
    for thread in threads:
        thread.start()
    rates = rounded(visitor.page.evaluate(RATES, seconds))
    for thread in threads:
        thread.join()
    visitor.close()
    each = [count / (seconds + 1) for count in answers]
    return {
        "page": rates,
        "sockets": {"viewers": len(each), "fresh_decodes_each_least": round(min(each), 1)},
        "load": load(),
        "problems": visitor.problems,
    }


def _listen(url, latent_dim, seconds, answers, n):
    z = np.random.default_rng(n).standard_normal(latent_dim).astype("<f4")
    with connect(url, compression=None) as socket:
        end, due = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            z += np.float32(0.01)
            socket.send(struct.pack("<I", answers[n]) + z.tobytes())
            socket.recv(timeout=10)
            answers[n] += 1
            due = max(due + 1 / 40, time.monotonic() - 1 / 40)
            time.sleep(max(0, due - time.monotonic()))


def measure_memory(browser, address, minutes):
    """Return the memory of page and studio over minutes of autopilot, in MB."""
    visitor = open_flight(browser, address, "view=single~3~inset")
    take_off(visitor.page)
    session = visitor.context.new_cdp_session(visitor.page)
    studio = _process_of(address)
    rows, end = [_memory(session, studio, 0)], 60 * minutes
    begun = time.monotonic()
    while (spent := time.monotonic() - begun) < end:
        visitor.page.wait_for_timeout(1000 * min(MEMORY_EVERY, end - spent))
        rows.append(_memory(session, studio, (time.monotonic() - begun) / 60))
    flying = visitor.page.locator(SPACE).get_attribute("data-auto")
    visitor.close()
    return {"rows": rows, "at_the_end": flying, "load": load(), "problems": visitor.problems}


def _memory(session, studio, minute):
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    return {
        "minute": round(minute, 1),
        "page_heap_mb": round(heap / 1e6, 2),
        "studio_rss_mb": round(studio.memory_info().rss / 1e6, 1),
    }


def _process_of(address):
    """The studio's process, a child of this one that listens at the address."""
    port = int(address.rsplit(":", 1)[1])
    for child in psutil.Process().children(recursive=True):
        for connection in child.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                return child
    raise OSError(f"No child process listens at {address}.")


def measure_odyssey(browser, address, minutes):
    """Return all figures of the odyssey."""
    return {
        "checkpoint": CHECKPOINT,
        "single": measure_view(browser, address, "single~3~inset"),
        "grid_3x3": measure_view(browser, address, "grid~3~inset"),
        "grid_7x7": measure_view(browser, address, "grid~7~inset"),
        "tunnel": measure_view(browser, address, "tunnel~3~inset"),
        "key_to_pixels_ms": measure_keys(browser, address),
        "pages_at_once": measure_pages(browser, address),
        "page_among_sockets": measure_sockets(browser, address),
        "memory": measure_memory(browser, address, minutes),
    }


def main():
    """Print the figures of the odyssey as JSON."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=1, help="of autopilot, for the memory")
    minutes = parser.parse_args().minutes
    with running_studio(Path(tempfile.mkdtemp())) as address, chromium() as browser:
        print(json.dumps(measure_odyssey(browser, address, minutes), indent=2))


if __name__ == "__main__":
    main()
