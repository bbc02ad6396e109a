"""Every tab of the studio as it comes works on a machine that is alone in the world."""

import re

import pytest
from playwright.sync_api import expect

from studio.app import Settings, create_app
from studio.tabs import TABS
from tests.browser import faces, labeler, navigator, odyssey, sampler, tables, traversals
from tests.browser.harness import CHROMIUM, FLAGS, PAINTED, Visitor, serve
from tests.reliability.effort import figure
from tests.reliability.homes import calls_out

ALONE = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
SLOW = 90_000


def changes(page, attribute, act):
    """Do something and wait until an attribute of an element is another."""
    selector, name = attribute
    before = page.locator(selector).first.get_attribute(name)
    act()
    expect(page.locator(selector).first).not_to_have_attribute(name, before, timeout=SLOW)


def use_navigator(page):
    page.wait_for_function(PAINTED, timeout=SLOW)
    page.locator(navigator.LIVE).focus()
    changes(page, (navigator.LIVE, "data-z"), lambda: page.keyboard.press("7"))


def use_odyssey(page):
    page.wait_for_function(odyssey.READY, timeout=SLOW)
    page.locator(odyssey.VIEW).focus()
    changes(page, (odyssey.VIEW, "data-x"), lambda: page.keyboard.press("7"))


def use_faces(page):
    page.wait_for_function(faces.DRAWN, timeout=SLOW)
    changes(page, (faces.PICTURE, "data-z"), lambda: page.keyboard.press("r"))


def use_sampler(page):
    page.wait_for_function(sampler.DRAWN, timeout=SLOW)
    page.locator(sampler.PICTURES).first.focus()
    changes(page, (sampler.PICTURES, "data-z"), lambda: page.keyboard.press("r"))


def use_labeler(page):
    labeler.ready(page)
    labelled = int(page.locator(labeler.ROOT).get_attribute("data-labelled"))
    page.keyboard.press("0")
    labeler.counted(page, labelled + 1)


def use_traversals(page):
    page.wait_for_function(traversals.SETTLED, polling=60, timeout=SLOW)
    page.locator(f"{traversals.VIEW}, {traversals.PANEL}").get_by_role(
        "button", name="random", exact=True
    ).click()
    page.wait_for_function(traversals.SETTLED, polling=60, timeout=SLOW)


def use_tables(page):
    page.wait_for_function(tables.READY, timeout=SLOW)
    tables.show(page, "samples")


def use_train(page):
    name = page.locator("#train-name").locator("input, textarea").first
    expect(name).not_to_have_value("", timeout=SLOW)
    name.fill("alone")
    command = page.locator("#train-command textarea")
    expect(command).to_have_value(re.compile("--name alone"), timeout=SLOW)


def use_runs(page):
    page.locator(".runs[data-runs]").wait_for(timeout=SLOW)


def use_checkpoints(page):
    page.locator('#checkpoints-list tr[data-id="iris"]').click(timeout=SLOW)
    chosen = page.locator("#checkpoints-details .checkpoint")
    expect(chosen).to_have_attribute("data-name", "iris", timeout=SLOW)
    expect(chosen).to_have_attribute("data-state", "intact", timeout=SLOW)


USES = {
    "navigator": use_navigator,
    "odyssey": use_odyssey,
    "faces": use_faces,
    "sampler": use_sampler,
    "labeler": use_labeler,
    "traversals": use_traversals,
    "tables": use_tables,
    "train": use_train,
    "runs": use_runs,
    "checkpoints": use_checkpoints,
}


@pytest.fixture(scope="module")
def alone(browser):
    """A browser that finds no machine but this one."""
    found = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, ALONE])
    yield found
    found.close()


def test_every_tab_works_and_nothing_is_asked_of_others(alone, tmp_path):
    requests, sockets = [], []
    with calls_out() as foreign, serve(create_app(Settings(workspace=tmp_path))) as address:
        visitor = Visitor(alone, address)
        page = visitor.page
        page.on("request", lambda request: requests.append(request.url))
        page.on("websocket", lambda socket: sockets.append(socket.url))
        page.goto(f"/?tab={TABS[0].name}")
        for tab in TABS:
            page.get_by_role("tab", name=tab.title, exact=True).click()
            assert tab.name in USES, "say here how one sees that this tab is of use"
            USES[tab.name](page)
        visitor.close()
    assert not visitor.problems
    beyond = [
        url for url in requests if not url.startswith((address, "data:", "blob:", "about:"))
    ] + [url for url in sockets if not url.startswith(f"ws{address.removeprefix('http')}")]
    assert not beyond
    assert not foreign
    figure(17, "tabs used", len(TABS))
    figure(17, "requests of the page", len(requests) + len(sockets))
    figure(17, "of them to other hosts", len(beyond), at_most=0)
    figure(17, "calls of the studio to other hosts", len(foreign), at_most=0)


def test_such_a_browser_finds_nobody_else(alone):
    page = alone.new_page()
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com")
    page.close()
