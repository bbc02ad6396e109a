"""A training goes on without its page: reloaded, closed, looked at from two tabs."""

import time

import pytest

from models.registry import Registry
from models.runs import Runs
from tests.browser.harness import serve
from tests.browser.studios import step, wait_for_state
from tests.reliability.effort import figure
from tests.small import small_recipe

SECONDS = 2.0


@pytest.fixture
def training(tmp_path):
    """A studio whose queue trains for long, and the run."""
    from studio.app import Settings, create_app

    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    runs = Runs(tmp_path, pretrained=registry.pretrained)
    run = runs.create(small_recipe(epochs=20_000), name="long", queued=True)
    app = create_app(Settings(workspace=tmp_path, pretrained=tmp_path / "none", only="train"))
    with serve(app) as address:
        yield address, runs, run
        if run.status().active:
            runs.stop(run)


def seen_by(page, at):
    """Wait until a page shows a step at least so far."""
    page.wait_for_function(
        "([run, at]) => Number(document.querySelector(run)?.dataset.step) >= at",
        arg=[".run", at],
        timeout=60_000,
        polling=20,
    )


def test_reloaded_closed_and_from_two_tabs_it_goes_on(training, visit):
    address, runs, run = training
    query = f"/?run={run.id}"
    page, other = visit(address).page, visit(address).page
    for one in (page, other):
        one.goto(query)
        wait_for_state(one, "running", timeout=120_000)
    seen_by(page, 1)
    lags = []
    for _ in range(5):
        seen_by(page, step(page) + 1)
        now, begun = step(page), time.monotonic()
        seen_by(other, now)
        lags.append(time.monotonic() - begun)
    figure(4, "slowest that a second tab agreed", max(lags), "s", at_most=SECONDS)
    assert max(lags) < 10 * SECONDS

    before = step(page)
    page.reload()
    wait_for_state(page, "running")
    seen_by(page, before)
    page.close()
    other.close()
    at = run.status().step
    deadline = time.monotonic() + 120
    while run.status().step <= at:
        assert time.monotonic() < deadline, "it stood still while nobody looked"
        time.sleep(0.05)
    figure(4, "steps made while no page was open", run.status().step - at, at_least=1)

    late = visit(address).page
    late.goto(query)
    wait_for_state(late, "running")
    late.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(late, "stopped", timeout=60_000)
    assert runs.get(run.id).status().state == "stopped"
    assert step(late) == run.status().step
