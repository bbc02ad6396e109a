"""Studios of a test's own, and what a test does in the Train tab."""

from contextlib import contextmanager

from studio.app import Settings, create_app
from tests.browser.harness import serve

RUN = ".run"


@contextmanager
def open_studio(workspace, port=0, only=None):
    """Yield the address of a studio on a workspace, with all tabs or only one."""
    app = create_app(Settings(workspace=workspace, pretrained=workspace / "none", only=only))
    with serve(app, port) as address:
        yield address


def fill(page, field, value):
    page.locator(f"#train-{field}").locator("input, textarea").first.fill(str(value))


def command(page):
    return page.locator("#train-command textarea").input_value()


def wait_for_state(page, *states, timeout=45_000):
    page.wait_for_function(
        "([run, states]) => states.includes(document.querySelector(run)?.dataset.state)",
        arg=[RUN, list(states)],
        timeout=timeout,
    )


def step(page):
    return int(page.locator(RUN).get_attribute("data-step"))


def points(page):
    return int(page.locator(".run-chart").get_attribute("data-points") or 0)


def wait_for_points(page, count):
    page.wait_for_function(
        "count => Number(document.querySelector('.run-chart')?.dataset.points) > count",
        arg=count,
        timeout=30_000,
    )


def note_sockets(page):
    """Have every page that is opened from now on note its connections, to be cut."""
    page.add_init_script(
        """window.sockets = [];
        window.WebSocket = class extends WebSocket {
          constructor(...args) { super(...args); window.sockets.push(this); }
        };"""
    )


def cut_sockets(page):
    """Cut all connections, as a proxy does."""
    page.evaluate("window.sockets.splice(0).forEach(socket => socket.close())")
