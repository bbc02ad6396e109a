"""What the navigator keeps, and what it says when something is wrong."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.harness import PAINTED
from tests.browser.navigator import CAPTION, LIVE, MAP, arrive, pixels, settle, z_of
from tests.browser.studios import open_studio


def test_a_link_reopens_the_same_picture(page, visit):
    page.locator("#navigator-go").click()
    page.locator(LIVE).focus()
    page.keyboard.press("3")
    arrive(page, page.request.get("/checkpoints/tiny").json()["means"][3])
    page.wait_for_function("() => location.search.includes('path=')")
    page.wait_for_function(
        "z => location.search.includes('z=' + z)",
        arg=",".join(f"{v:.4f}".rstrip("0").rstrip(".") for v in z_of(page)),
    )
    link = page.evaluate("location.pathname + location.search")
    other = visit().open(link)
    settle(other)
    assert z_of(other) == pytest.approx(z_of(page), abs=1e-3)
    # The address holds four decimals, which may turn a pixel by one of its 256 levels.
    assert np.abs(np.subtract(pixels(other), pixels(page))).max() <= 1
    expect(other.locator("#navigator-strip .cell")).to_have_count(16)


def test_a_damaged_link_still_opens(visit):
    page = visit().open("/?model=<b>nothing&z=nan,&path=1,2~x&tab=nowhere")
    assert len(z_of(page)) == 2
    expect(page.get_by_text("There is no checkpoint '<b>nothing'")).to_be_visible()


def test_two_visitors_do_not_move_each_other(visit):
    first, second = visit().open(), visit().open()
    stays = z_of(second)
    first.locator(LIVE).focus()
    first.keyboard.press("6")
    arrive(first, first.request.get("/checkpoints/tiny").json()["means"][6])
    assert z_of(second) == stays
    assert z_of(first) != stays


def test_a_text_file_as_picture_gets_one_sentence(page, tmp_path):
    file = tmp_path / "notes.png"
    file.write_text("no picture at all")
    page.get_by_role("button", name="Your own digit").click()
    page.locator("#navigator-pad .pad[data-mounted]").wait_for()
    page.locator("#navigator-pad input[type=file]").set_input_files(file)
    expect(page.locator("#navigator-pad .words")).to_contain_text("picture")
    expect(page.locator("#navigator-pad .pad")).to_have_class(re.compile("wrong"))
    page.locator(LIVE).focus()
    page.keyboard.press("5")
    arrive(page, page.request.get("/checkpoints/tiny").json()["means"][5])


def test_it_fits_a_phone(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True).open()
    assert page.evaluate("document.documentElement.scrollWidth") <= 391
    for part in (MAP, LIVE):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_another_model_keeps_the_position(page, visit):
    page.evaluate("window.latentStudio.scene('navigator').moveTo([0.3, 0.2], 'test')")
    arrive(page, (0.3, 0.2))
    page.locator("#model-picker input").click()
    page.get_by_role("option", name="other").click()
    page.wait_for_function("() => window.latentStudio.scene('navigator').about.name === 'other'")
    arrive(page, (0.3, 0.2))
    expect(page.locator("#live-status")).to_have_attribute("data-state", "live")


def test_a_damaged_model_is_refused_in_a_sentence_and_nothing_is_lost(page):
    before = z_of(page)
    page.locator("#model-picker input").click()
    page.get_by_role("option", name="broken").click()
    expect(page.locator("#navigator-live .notice")).to_contain_text("damaged")
    page.locator(LIVE).focus()
    page.keyboard.press("8")
    arrive(page, page.request.get("/checkpoints/tiny").json()["means"][8])
    assert z_of(page) != before


def test_a_lost_connection_is_said_and_mended(visit, trained):
    with open_studio(trained, only="navigator") as address:
        visitor = visit(base=address)
        page = visitor.open()
        port = int(address.rsplit(":", 1)[1])
    notice = page.locator("#navigator-live .notice")
    expect(notice).to_contain_text("does not answer")
    with open_studio(trained, port, only="navigator"):
        expect(notice).to_be_hidden(timeout=15_000)
        page.locator(LIVE).focus()
        page.keyboard.press("1")
        arrive(page, page.request.get("/checkpoints/tiny").json()["means"][1])
        # Before the second studio ends, or the page would miss that one, too.
        page.close()
    visitor.problems.clear()  # The browser reports every connection that was refused meanwhile.


def test_an_empty_studio_says_what_to_do(visit, tmp_path):
    with open_studio(tmp_path, only="navigator") as address:
        visitor = visit(base=address)
        visitor.page.goto("/")
        expect(visitor.page.locator(CAPTION)).to_contain_text("models train navigator-digits")


def test_the_controls_show_the_path_of_a_link(visit):
    page = visit().open("/?model=tiny&path=-1,1~1,-1~spherical~40")
    expect(page.locator("#navigator-kind input[value=spherical]")).to_be_checked()
    expect(page.locator("#navigator-steps input[type=number]")).to_have_value("40")
    expect(page.locator("#navigator-strip .cell")).to_have_count(40)


def test_numbers_out_of_range_are_brought_back(page):
    about = page.request.get("/checkpoints/tiny").json()
    y = z_of(page)[1]
    box = page.locator("#navigator-x input[type=number]")
    box.fill("100")
    box.press("Enter")
    arrive(page, (about["range"][0][1], y), within=0.02)
    page.locator("#navigator-go").click()
    steps = page.locator("#navigator-steps input[type=number]")
    steps.fill("200")
    steps.press("Enter")
    expect(page.locator("#navigator-strip .cell")).to_have_count(64)


def test_a_resized_window_keeps_everything_in_view(page):
    settle(page)
    page.set_viewport_size({"width": 1800, "height": 1000})
    page.wait_for_timeout(400)
    inside = page.evaluate(
        """() => { const scene = window.latentStudio.scene('navigator');
           const box = document.querySelector('#navigator-map').getBoundingClientRect();
           const [[x0, x1], [y0, y1]] = scene.about.core;
           const [left, top] = scene.pixelsOf([x0, y1]);
           const [right, bottom] = scene.pixelsOf([x1, y0]);
           return { left, top, right: box.width - right, bottom: box.height - bottom } }"""
    )
    assert min(inside.values()) > 0


def test_the_theme_outlives_a_reload(page):
    page.locator("#theme-switch").click()
    dark = page.evaluate("document.body.classList.contains('dark')")
    page.reload()
    page.wait_for_function(PAINTED)
    assert page.evaluate("document.body.classList.contains('dark')") == dark


def test_an_idle_page_asks_for_nothing(page):
    settle(page)
    page.mouse.move(5, 5)
    page.wait_for_timeout(600)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1200)
    assert [url for url in asked if "/checkpoints/" in url] == []


def test_the_last_model_chosen_is_the_one_shown(page):
    page.evaluate(
        """() => { const scene = window.latentStudio.scene('navigator');
           scene.open('other'); scene.open('tiny'); }"""
    )
    page.wait_for_timeout(800)
    assert page.evaluate("window.latentStudio.scene('navigator').about.name") == "tiny"
    page.evaluate("window.latentStudio.scene('navigator').open('other')")
    expect(page.locator("#navigator-place .examples button")).to_have_count(8)
