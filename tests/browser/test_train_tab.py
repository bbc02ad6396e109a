"""Training from the tab, with real worker processes."""

import re

import pytest
from playwright.sync_api import expect

from models.recipes import get_recipe
from models.runs import Runs
from tests.browser.harness import PAINTED, Visitor
from tests.browser.studios import (
    RUN,
    command,
    fill,
    open_studio,
    points,
    step,
    wait_for_points,
    wait_for_state,
)


@pytest.fixture
def workspace(tmp_path):
    """A workspace; whatever still trains there at the end is stopped."""
    yield tmp_path
    for run in Runs(tmp_path).list():
        if run.status().active:
            Runs(tmp_path).stop(run)


@pytest.fixture
def studio(workspace):
    with open_studio(workspace) as address:
        yield address


@pytest.fixture
def train(studio, visit):
    """The Train tab, filled in and ready; the studio outlives the page, which keeps asking it."""
    page = visit(studio).page
    page.goto("/?tab=train")
    expect(page.locator("#train-name input, #train-name textarea")).to_have_value(
        "navigator-digits"
    )
    page.get_by_role("button", name="All other fields").click()
    # What is typed while Gradio still lays the fields out is lost; nobody types so fast.
    page.wait_for_timeout(500)
    for field in ("encoder", "decoder"):
        fill(page, f"network-{field}-hidden", "32, 32")
        shown = re.compile(f"network.{field}_hidden=32,32")
        expect(page.locator("#train-command textarea")).to_have_value(shown)
    return page


def test_a_run_from_the_start_to_the_navigator(train, visit, studio, workspace):
    page = train
    expect(page.locator(".run-empty")).to_be_visible()
    assert page.locator("#navigator-map").count() == 0
    fill(page, "epochs", 120)
    expect(page.locator("#train-command textarea")).to_have_value(re.compile("--epochs 120"))
    assert "--set network.encoder_hidden=32,32" in command(page)
    page.locator("#train-start").click()
    wait_for_state(page, "running")
    wait_for_points(page, 0)
    wait_for_points(page, points(page))
    expect(page.locator(".run-sample img")).to_be_visible()
    expect(page.locator(".run-map canvas")).to_have_attribute("data-points", re.compile(r"\d{3,}"))

    run = page.locator(RUN).get_attribute("data-run")
    page.reload()
    wait_for_points(page, 0)
    assert page.locator(RUN).get_attribute("data-run") == run
    assert f"run={run}" in page.url
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, "stopped")
    at = step(page)
    assert at > 0
    expect(page.locator(".run-message")).to_contain_text(f"Stopped at step {at:,}")

    page.get_by_role("button", name="Resume").click()
    wait_for_state(page, "running")
    other = visit(studio).page
    other.goto(f"/?tab=train&run={run}")
    for one in (page, other):
        wait_for_state(one, "finished", timeout=90_000)
    assert step(page) == step(other) > at

    page.get_by_role("link", name="Open in 2-D navigator").click()
    page.wait_for_function(PAINTED, timeout=20_000)
    expect(page.locator("#model-picker input")).to_have_value(re.compile("navigator-digits"))
    page.wait_for_url(re.compile("tab=navigator&model=navigator-digits"))
    page.get_by_role("tab", name="Train").click()
    page.wait_for_url(re.compile(f"tab=train.*run={run}"))


@pytest.fixture
def three(workspace):
    """A studio with three runs that were taken off the queue before it opened."""
    runs = Runs(workspace)
    made = [runs.create(get_recipe("navigator-digits"), name=n, queued=True) for n in "abc"]
    for run in made:
        runs.stop(run)
    with open_studio(workspace) as address:
        yield address, made


def test_a_link_leads_to_one_run_among_several(three, visit):
    address, made = three
    page = visit(address).page
    page.goto("/?tab=runs")
    page.get_by_role("link", name="b", exact=True).click()
    expect(page.locator(".run-title h3")).to_have_text("b")
    page.wait_for_url(re.compile(f"tab=train&run={made[1].id}"))
    page.locator(".run-card").filter(has=page.get_by_text("a", exact=True)).click()
    expect(page.locator(".run-title h3")).to_have_text("a")
    page.goto("/?tab=train&run=20200101-000000-nothing-abcdef")
    expect(page.locator(".run-notice")).to_contain_text("not there any more")
    expect(page.locator(".run-title h3")).to_have_text(re.compile("^[abc]$"))


def test_what_cannot_be_trained_is_named_and_nothing_starts(train, workspace):
    page = train
    fill(page, "epochs", 0)
    fill(page, "beta", "")
    fill(page, "name", "<img src=x onerror=alert(1)>")
    faults = page.locator("#train-faults li")
    expect(faults).to_have_count(3)
    page.locator("#train-start").click()
    expect(page.get_by_text("Several fields cannot be used")).to_be_visible()
    assert Runs(workspace).list() == []
    fill(page, "epochs", 3)
    fill(page, "beta", 1)
    fill(page, "name", "a/../b")
    expect(faults).to_have_count(1)
    expect(faults).to_contain_text("'a/../b' is no checkpoint name")
    fill(page, "name", "fine")
    expect(faults).to_have_count(0)


def test_two_starts_for_one_name_and_a_clone(train, workspace):
    page = train
    page.locator(".at-once select").select_option("2")
    fill(page, "name", "twice")
    fill(page, "epochs", 3000)
    page.locator("#train-start").click()
    wait_for_state(page, "queued", "running")
    expect(page.locator("#train-name").locator("input, textarea")).to_have_value("twice-2")
    fill(page, "name", "twice")
    page.locator("#train-start").click()
    expect(page.get_by_text(re.compile("A training called 'twice' is"))).to_be_visible()
    assert len(Runs(workspace).list()) == 1

    page.locator("#train-recipe input").click()
    page.get_by_role("option", name="navigator-mnist").click()
    expect(page.locator("#train-epochs input")).to_have_value("300")
    page.get_by_role("button", name="Clone with changes").click()
    expect(page.locator("#train-epochs input")).to_have_value("3000")
    expect(page.locator("#train-recipe input")).to_have_value("navigator-digits")
    expect(page.locator("#train-network-encoder-hidden").locator("input, textarea")).to_have_value(
        "32, 32"
    )
    expect(page.locator(".at-once select")).to_have_value("2")

    page.get_by_role("button", name="Stop", exact=True).or_(
        page.get_by_role("button", name="Take off the queue")
    ).click()
    wait_for_state(page, "stopped")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".run-empty")).to_be_visible()
    assert Runs(workspace).list() == []
    assert "run=" not in page.url


def test_a_restart_of_the_studio_is_survived(browser, workspace):
    with open_studio(workspace) as address:
        port = int(address.rsplit(":", 1)[1])
        visitor = Visitor(browser, address)
        page = visitor.page
        page.goto("/?tab=train")
        expect(page.locator("#train-name input, #train-name textarea")).not_to_have_value("")
        fill(page, "epochs", 3000)
        page.locator("#train-start").click()
        wait_for_state(page, "running")
        wait_for_points(page, 0)
        before = points(page)
    expect(page.locator(".run-notice")).to_contain_text("not answering", timeout=10_000)
    with open_studio(workspace, port):
        expect(page.locator(".run-notice")).to_be_hidden(timeout=30_000)
        wait_for_points(page, before)
        page.get_by_role("button", name="Stop", exact=True).click()
        wait_for_state(page, "stopped")
        visitor.close()
    unforeseen = [p for p in visitor.problems if "ERR_CONNECTION" not in p]
    assert not unforeseen
