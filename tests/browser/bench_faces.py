"""The faces' part of `make bench-browser`: how a dragged attribute feels, in headless Chromium.

    python -m tests.browser.bench_faces [WORKSPACE]

measures this part alone: a real pointer drags the slider of an attribute, raw and conditional, and
that of the morph between two saved faces. A movement's time is that from the slider's input event
to the display frame whose big picture has other pixels, decoding included. An attribute moves by
tenths of a step, of which a drag passes about thirty a second: more fresh pictures there are not.
"""

import json
import sys
import tempfile
from pathlib import Path

from models.bench.live import running_studio
from tests.browser.bench_odyssey import load
from tests.browser.bench_sampler import measure_drag, measure_moves
from tests.browser.faces import PICTURE, open_faces, press, slider
from tests.browser.harness import Visitor, chromium
from tests.browser.shelf import MORPH, keep, open_morph

CHECKPOINTS = ("faces-celeba", "faces-synthetic")
"""The first of these that is there"""
ATTRIBUTE = "Smiling"
WANTED_P95_MS = 120


def measure_faces(browser, address):
    """Return the figures of an attribute's slider, raw and conditional, and of a morph's."""
    visitor = Visitor(browser, address, viewport={"width": 1440, "height": 900})
    page = visitor.page
    there = [name for name in CHECKPOINTS if page.request.get(f"/faces/{name}").ok]
    if not there:
        visitor.close()
        return {"problems": [f"There is neither {' nor '.join(CHECKPOINTS)}."]}
    open_faces(page, f"model={there[0]}")
    figures = {}
    for way in ("raw", "conditional"):
        press(page, way)
        figures[way] = _measure(page, slider(page, ATTRIBUTE))
    for seed in (1, 2):
        keep(page, seed)
    open_morph(page)
    figures["morph"] = _measure(page, page.locator(f"{MORPH} .share"))
    visitor.close()
    met = all(part["slider_to_pixels_ms"]["p95"] < WANTED_P95_MS for part in figures.values())
    return {
        "checkpoint": there[0],
        **figures,
        "wanted": {"p95_below_ms": WANTED_P95_MS, "met": met},
        "problems": visitor.problems,
    }


def _measure(page, dragged):
    return {
        "slider_to_pixels_ms": measure_moves(page, dragged, pictures=PICTURE),
        "drag_each_second": measure_drag(page, dragged, 1, pictures=PICTURE),
        "load": load(),
    }


def main(workspace=None):
    """Print the figures of the faces as JSON.

    Args:
        workspace: Where the checkpoint lies, if it is not a shipped one.
    """
    place = Path(workspace) if workspace else Path(tempfile.mkdtemp())
    with running_studio(place) as address, chromium() as browser:
        print(json.dumps(measure_faces(browser, address), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
