"""Several tabs in one page: address, picker, and checkpoints that come and go."""

import re
import shutil

import gradio as gr
import pytest
from playwright.sync_api import expect

from studio import tabs
from studio.tabs import Tab
from studio.widget_files import VERSION
from tests.browser.harness import PAINTED
from tests.browser.studios import open_studio

PICKER = "#model-picker input"


def second_tab():
    def build(house):
        gr.Markdown("A second view.")
        shown = gr.Textbox(label="Shown", elem_id="second-shown")
        house.model.change(fn=None, inputs=house.model, outputs=shown, js="name => name")

    return Tab(
        name="second",
        title="Second view",
        build=build,
        accepts=lambda config: config.model.latent_dim == 2,
        favourite="other",
    )


@pytest.fixture(scope="module")
def workspace(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("house")
    for name in ("tiny", "other"):
        shutil.copytree(trained / "checkpoints" / "tiny", folder / "checkpoints" / name)
    return folder


@pytest.fixture(scope="module")
def house(workspace):
    shown = tabs.TABS
    tabs.TABS = (*shown, second_tab())
    try:
        with open_studio(workspace) as address:
            yield address
    finally:
        tabs.TABS = shown


def test_a_page_opens_on_the_tab_in_its_address_alone(visit, house):
    page = visit(house).page
    page.goto("/?tab=train")
    expect(page.locator("#train-start")).to_be_visible()
    expect(page.locator("#model-picker")).to_be_hidden()
    assert page.locator("#navigator-map").count() == 0
    expect(page.get_by_role("tab", name="Train")).to_have_attribute("aria-selected", "true")


def test_a_tab_s_scripts_are_asked_for_once_and_early(visit, house):
    page = visit(house).page
    page.goto("/?tab=train")
    expect(page.locator("#train-start")).to_be_visible()
    named = "document.querySelectorAll('link[rel=modulepreload][href*=\"/map/map.js\"]').length"
    assert page.evaluate(named) == 0
    page.get_by_role("tab", name="2-D navigator").hover()
    page.wait_for_function(f"() => {named} === 1")
    assert page.locator("#navigator-map").count() == 0
    page.get_by_role("tab", name="2-D navigator").click()
    page.wait_for_function(PAINTED, timeout=30_000)
    asked = page.evaluate(
        """() => performance.getEntriesByType('resource')
             .map(entry => new URL(entry.name).pathname)
             .filter(path => path.startsWith('/widgets/') && path.endsWith('.js'))"""
    )
    assert len(asked) == len(set(asked)) > 30
    assert all(path.startswith(f"/widgets/{VERSION}/") for path in asked)


def test_each_tab_keeps_its_model_and_its_address(visit, house):
    page = visit(house).page
    page.goto("/?model=tiny&z=0.5,0.25")
    page.wait_for_function(PAINTED, timeout=30_000)
    page.wait_for_url(re.compile("model=tiny.*z=0.5,0.25"))
    page.get_by_role("tab", name="Second view").click()
    # The model stays, because this tab can use it, too.
    expect(page.locator("#second-shown").locator("input, textarea")).to_have_value("tiny")
    page.wait_for_url(re.compile(r"\?tab=second$"))
    page.locator(PICKER).click()
    page.get_by_role("option", name="other").click()
    expect(page.locator("#second-shown").locator("input, textarea")).to_have_value("other")
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#model-picker")).to_be_hidden()
    page.get_by_role("tab", name="2-D navigator").click()
    expect(page.locator("#model-picker")).to_be_visible()
    # What was left is found again, whatever another tab shows.
    page.wait_for_url(re.compile("model=tiny.*z=0.5,0.25.*tab=navigator"))
    expect(page.locator(PICKER)).to_have_value(re.compile("^tiny"))


def test_links_lead_to_a_tab_with_a_model(visit, house):
    page = visit(house).page
    page.goto("/?tab=train")
    expect(page.locator("#train-start")).to_be_visible()
    page.evaluate("window.marked = true")
    page.evaluate("window.latentHouse.open('second', { model: 'tiny' })")
    expect(page.locator("#second-shown").locator("input, textarea")).to_have_value("tiny")
    page.evaluate(
        """() => {
          const link = Object.assign(document.createElement('a'), {
            href: '?tab=navigator&model=other', textContent: 'there', id: 'there' });
          document.querySelector('#header').append(link);
        }"""
    )
    page.locator("#there").click()
    page.wait_for_function(PAINTED, timeout=30_000)
    page.wait_for_url(re.compile("tab=navigator&model=other"))
    assert page.evaluate("window.marked")


def test_every_open_page_hears_of_checkpoints_that_come_and_go(visit, house, workspace):
    pages = [visit(house).page for _ in range(2)]
    own = workspace / "checkpoints"
    for page in pages:
        page.goto("/?tab=second&model=tiny")
        expect(page.locator(PICKER)).to_have_value(re.compile("tiny"))
    shutil.copytree(own / "tiny", own / "fresh")
    for page in pages:
        page.wait_for_timeout(100)
        page.locator(PICKER).click()
        expect(page.get_by_role("option", name="fresh")).to_be_visible(timeout=8_000)
        page.get_by_role("option", name="fresh").click()
        expect(page.locator("#second-shown").locator("input, textarea")).to_have_value("fresh")
    (own / "fresh").rename(own / "renamed")
    for page in pages:
        # What was shown is gone, so the favourite takes its place.
        expect(page.locator(PICKER)).to_have_value(re.compile("other"), timeout=8_000)
    shutil.rmtree(own / "renamed")
