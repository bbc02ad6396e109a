"""The guide: one dialog that tells what the open tab shows, and which keys act there."""

import shutil

import pytest
from playwright.sync_api import expect

from studio.app import Settings, create_app
from studio.tabs import TABS
from tests.browser.audit import audit, settle
from tests.browser.harness import Visitor, serve

GUIDE = "dialog.guide"
MAP = "#navigator-map canvas.overlay"


@pytest.fixture(scope="module")
def shared(browser, trained, tmp_path_factory):
    """The page of a studio with one checkpoint, shared by the tests of this module."""
    workspace = tmp_path_factory.mktemp("guide")
    shutil.copytree(trained / "checkpoints" / "tiny", workspace / "checkpoints" / "tiny")
    with serve(create_app(Settings(workspace=workspace, pretrained=workspace / "none"))) as address:
        visitor = Visitor(browser, address)
        yield visitor.open()
        visitor.close()
        assert not visitor.problems


@pytest.fixture
def page(shared):
    """The shared page with the navigator open and nothing over it."""
    shared.keyboard.press("Escape")
    shared.get_by_role("tab", name="2-D navigator").click()
    shared.wait_for_selector("body[data-tab='navigator']")
    return shared


def shown(page):
    """What the guide says, as it is seen."""
    return page.locator(f"{GUIDE} article:visible")


def test_every_tab_has_a_page_of_its_own_by_key_and_by_button(page):
    for tab in TABS:
        page.evaluate("tab => window.latentHouse.open(tab)", tab.name)
        page.wait_for_selector(f"body[data-tab='{tab.name}']")
        page.locator("body").press("Shift+?")
        expect(shown(page)).to_have_attribute("data-tab", tab.name)
        expect(shown(page).get_by_role("heading", level=2)).to_have_text(tab.title)
        page.keyboard.press("Escape")
        expect(page.locator(GUIDE)).to_be_hidden()
    page.locator("#guide-open").click()
    expect(shown(page)).to_have_attribute("data-tab", TABS[-1].name)
    page.locator(GUIDE).get_by_role("button", name="Close").click()
    expect(page.locator(GUIDE)).to_be_hidden()


def test_it_gives_the_focus_back_and_keeps_its_keys_to_itself(page):
    page.locator(MAP).focus()
    before = page.locator(MAP).get_attribute("data-z")
    page.keyboard.press("Shift+?")
    expect(page.locator(GUIDE)).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+?")
    expect(page.locator(GUIDE)).to_be_hidden()
    expect(page.locator(MAP)).to_be_focused()
    assert page.locator(MAP).get_attribute("data-z") == before


def test_it_does_not_open_while_one_types(page):
    page.locator("#model-picker input").press("Shift+?")
    expect(page.locator(GUIDE)).to_be_hidden()
    page.keyboard.press("Escape")


def test_the_first_stop_leads_past_the_header(page):
    page.evaluate("document.activeElement.blur()")
    skip = page.get_by_role("link", name="Skip to the picture")
    skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator(MAP)).to_be_focused()


def test_a_ring_is_a_lasso_for_those_without_a_pointer(page):
    page.locator(MAP).focus()
    page.keyboard.press("Shift+Enter")
    for _ in range(12):
        page.keyboard.press("+")
    page.keyboard.press("Enter")
    expect(page.locator("#navigator-place .caption")).to_contain_text("points picked")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_nobody_stumbles_in_the_navigator_or_the_guide(page, width, dark):
    page.set_viewport_size({"width": width, "height": 780})
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
    settle(page)
    assert audit(page) == []
    page.locator("#guide-open").click()
    assert audit(page) == []


def test_nobody_stumbles_over_the_checkpoints(page):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate("window.latentHouse.open('checkpoints')")
    expect(page.locator("#checkpoints-list tbody tr")).to_have_count(1)
    settle(page)
    assert audit(page) == []
