"""A real studio on a free port and a real Chromium, for tests, benchmarks and screenshots."""

import os
import socket
import threading
import time
from contextlib import contextmanager

import numpy as np

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing outside is reached, and what a page keeps of earlier visits stays of use.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
RED = """(canvas, box) => {
  const [left, top, width, height] = box ?? [0, 0, canvas.width, canvas.height];
  const { data } = canvas.getContext('2d').getImageData(left, top, width, height);
  let text = '';
  for (let i = 0; i < data.length; i += 4) text += String.fromCharCode(data[i]);
  return { width, height, text };
}"""
PAINTED = """() => document.querySelector('#navigator-live canvas')?.dataset.frames > 0
  && document.querySelector('#navigator-map .map')?.dataset.points > 0"""
LOCAL = ("data:", "blob:")


@contextmanager
def serve(app, port=0):
    """Run an app in a thread on a port, 0 for a free one, and yield its address."""
    import uvicorn

    # With the protocol named, asyncio sets TCP_NODELAY on what it accepts.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    config = uvicorn.Config(
        app, log_level="warning", ws_per_message_deflate=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("The studio did not start.")
        time.sleep(0.01)
    yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@contextmanager
def chromium():
    """Yield a headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def red_of(canvas, box=None):
    """Return the red of a canvas, or of [left, top, width, height] of it: uint8 [H, W].

    As one text: a list of a quarter of a million numbers takes seconds on its way.
    """
    found = canvas.evaluate(RED, box)
    red = np.frombuffer(found["text"].encode("latin-1"), np.uint8)
    return red.reshape(found["height"], found["width"])


class Visitor:
    """One person's browser context: notes errors, and every request that leaves the machine."""

    def __init__(self, browser, address, **options):
        self.address = address
        self.problems = []
        self.context = browser.new_context(
            base_url=address, **({"viewport": {"width": 1280, "height": 720}} | options)
        )
        self.context.on("requestfinished", self._watch)
        self.context.on("requestfailed", self._watch)
        self.context.on(
            "weberror", lambda error: self.problems.append(f"page error: {error.error}")
        )
        self.context.on("console", self._note)
        self.page = self.context.new_page()

    def _watch(self, request):
        # What the page's own policy holds back has not left.
        held_back = "csp" in (request.failure or "").lower()
        if not held_back and not request.url.startswith((self.address, *LOCAL)):
            self.problems.append(f"left the machine: {request.url}")

    def _note(self, message):
        # A refusal that a test provokes is reported by the browser as a failed resource.
        refused = any(f"status of {code}" in message.text for code in (404, 422))
        places = ("/checkpoints/", "/registry/", "/flight/", "/sampling/", "/faces/", "/labels")
        places += ("/traversals/", "/tables")
        provoked = refused and any(place in message.location["url"] for place in places)
        if message.type == "error" and not provoked:
            self.problems.append(f"console: {message.text}")

    def refuse(self, dialog):
        """Note a dialog, which the studio never opens, and close it."""
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open(self, path="/?model=tiny"):
        """Open a page and wait until map and live view are painted."""
        self.page.goto(path)
        self.page.wait_for_function(PAINTED, timeout=30_000)
        return self.page

    def close(self):
        self.context.close()
