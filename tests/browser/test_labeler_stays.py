"""What the labeler keeps when the studio is killed, and what it says meanwhile."""

import contextlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.harness import Visitor
from tests.browser.labeler import (
    ROOT,
    counted,
    labels,
    look_at,
    open_labeler,
    shown,
    told,
)

HERE = Path(__file__).resolve().parents[2]
SAVED = f"{ROOT} .saved"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(port, workspace):
    """Start a studio as a process of its own, and wait until it answers."""
    command = [sys.executable, "-m", "studio", "--only", "labeler", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([*command, "--workspace", str(workspace)], cwd=HERE, **quiet)
    while True:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return process
        assert process.poll() is None, "The studio did not start."
        time.sleep(0.1)


def choose(page, cell):
    """Look at one of the queue; return its row."""
    chosen = page.locator(f"{ROOT} .cell").nth(cell)
    row = int(chosen.get_attribute("data-row"))
    chosen.click()
    shown(page, row)
    return row


def kill(process):
    process.kill()
    process.wait()


@pytest.fixture
def killable(browser, tmp_path):
    """A page of a studio that can be killed, and a function that kills and one that starts it."""
    port = free_port()
    studio = [start(port, tmp_path)]
    visitor = Visitor(browser, f"http://127.0.0.1:{port}")
    yield visitor.page, lambda: kill(studio[-1]), lambda: studio.append(start(port, tmp_path))
    visitor.close()
    kill(studio[-1])
    assert not [problem for problem in visitor.problems if "ERR_CONNECTION" not in problem]


def test_labels_wait_while_the_studio_is_dead_and_are_saved_when_it_is_back(killable):
    page, die, live = killable
    body = {"name": "Digits", "dataset": "digits"}
    project = page.request.post("/labels", data=body).json()["id"]
    open_labeler(page, f"&project={project}")
    look_at(page, 15)
    page.keyboard.press("4")
    counted(page, 1)
    row, other = (choose(page, cell) for cell in (1, 0))
    choose(page, 1)
    die()
    page.keyboard.press("6")
    page.keyboard.press("d")
    page.keyboard.press("8")
    told(page, "The studio does not answer")
    expect(page.locator(SAVED)).to_contain_text("not saved yet")
    waiting = int(page.locator(ROOT).get_attribute("data-pending"))
    assert waiting >= 2
    live()
    expect(page.locator(SAVED)).to_have_text("all saved", timeout=60_000)
    kept = labels(page)
    assert kept[15] == 4
    assert kept[row] == 6
    counted(page, len(kept))
    # What a page had not got through when it was closed is sent by the next one.
    choose(page, 0)
    die()
    page.keyboard.press("2")
    expect(page.locator(SAVED)).to_contain_text("1 change not saved yet")
    context = page.context
    page.close()
    live()
    later = open_labeler(context.new_page(), f"&project={project}")
    counted(later, len(kept) + 1)
    assert labels(later) == kept | {other: 2}
