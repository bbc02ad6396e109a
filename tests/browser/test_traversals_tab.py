"""The traversals as a person goes through them, in a real browser."""

import io
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from models.registry import Registry
from tests.browser.harness import Visitor
from tests.browser.studios import open_studio
from tests.browser.traversals import (
    PANEL,
    PICTURE,
    VIEW,
    caption,
    cell,
    code,
    ink,
    open_traversals,
    part,
    press,
    settle,
    told,
    train_joint,
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("traversals")
    train_joint(workspace)
    return workspace


@pytest.fixture(scope="module")
def traversed(browser, workspace):
    """One page, shared by the tests."""
    with open_studio(workspace) as address:
        visitor = Visitor(browser, address)
        yield open_traversals(visitor.page)
        visitor.close()
        assert not visitor.problems


def test_hands_move_the_place_and_steps_are_taken_back(traversed):
    page = open_traversals(traversed)
    first, start = ink(page, PICTURE), code(page)
    rows = page.locator(f"{PANEL} .part").evaluate_all("rows => rows.map(r => r.dataset.part)")
    assert (rows[0], sorted(rows[1:])) == ("c", ["z1", "z2", "z3"])
    line, at = part(page, rows[1]), int(rows[1][1]) - 1
    page.mouse.move(*cell(page, line, 10, 11))
    caption(page, f"{rows[1]} = 2.50")
    settle(page)
    assert code(page) == start
    assert (ink(page, PICTURE) != first).any()
    page.mouse.down()
    page.mouse.up()
    page.mouse.move(2, 2)
    settle(page)
    assert code(page)[at] == pytest.approx(2.5)
    caption(page, "Moved away")
    page.mouse.move(*cell(page, line, 10, 11))
    page.mouse.down()
    page.mouse.move(*cell(page, line, 2, 11), steps=4)
    page.mouse.up()
    page.mouse.move(2, 2)
    settle(page)
    assert code(page)[at] == pytest.approx(-1.5, abs=0.05)
    line.locator("canvas").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    settle(page)
    assert code(page)[at] == pytest.approx(-2.5)
    line.get_by_role("slider").focus()
    page.keyboard.press("End")
    settle(page)
    assert code(page)[at] == pytest.approx(2.5)
    part(page, "c").locator("[data-class='3']").click()
    settle(page)
    assert np.argmax(code(page)[3:]) == 3
    for _ in range(5):
        page.keyboard.press("ControlOrMeta+z")
        settle(page)
    assert code(page) == start
    assert np.abs(ink(page, PICTURE).astype(int) - first).max() <= 2


def test_grids_of_two_parts_are_clicked_linked_and_saved(traversed):
    page = open_traversals(traversed)
    press(page, "plane")
    page.get_by_label("Dimension to the right").select_option("z1")
    page.get_by_label("Dimension upwards").select_option("z3")
    settle(page)
    page.mouse.click(*cell(page, page.locator(f"{PANEL} .sheet"), 9, 11, 2, 11))
    page.mouse.move(2, 2)
    settle(page)
    assert (code(page)[0], code(page)[2]) == pytest.approx((2, 1.5))
    press(page, "classes × z")
    page.get_by_label("Dimension", exact=True).select_option("z2")
    settle(page)
    page.mouse.click(*cell(page, page.locator(f"{PANEL} .sheet"), 1, 11, 4, 10))
    page.mouse.move(2, 2)
    settle(page)
    assert code(page)[1] == pytest.approx(-2)
    assert np.argmax(code(page)[3:]) == 4
    page.get_by_role("slider", name="columns").fill("7")
    press(page, "quantiles")
    page.wait_for_url(re.compile("show=classes&of=c,z2.*steps=7.*by=quantiles"))
    place, address = code(page), page.url.split("?tab=traversals&")[1]
    with page.expect_download() as download:
        press(page, "PNG")
    saved = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert (download.value.suggested_filename, saved.format) == ("joint-classes.png", "PNG")
    with page.expect_download() as download:
        page.get_by_role("button", name="GIF of").click()
    assert download.value.suggested_filename.endswith(".gif")
    page.goto("about:blank")
    open_traversals(page, address)
    assert code(page) == place
    expect(page.locator(PANEL)).to_have_attribute("data-show", "classes")


def test_the_place_is_around_an_example_or_a_picture(traversed, tmp_path):
    page = open_traversals(traversed)
    page.locator(f"{VIEW} .examples button").nth(2).click()
    caption(page, "Around an example of")
    caption(page, "The encoder reads c =")
    settle(page)
    expect(page.locator(f"{VIEW} .original")).to_be_visible()
    around = code(page)
    press(page, "random")
    caption(page, "a draw from the prior")
    press(page, "centre")
    assert code(page)[:3] == [0, 0, 0]
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(tmp_path / "mine.png")
    (tmp_path / "none.png").write_bytes(b"no picture")
    upload = page.locator(f"{VIEW} input[type=file]")
    upload.set_input_files(tmp_path / "none.png")
    told(page, "picture")
    assert code(page)[:3] == [0, 0, 0]
    upload.set_input_files(tmp_path / "mine.png")
    caption(page, "Around 'mine.png'")
    settle(page)
    assert code(page) != around
    page.locator(PICTURE).focus()
    page.keyboard.press("ArrowRight")
    settle(page)
    press(page, "back")
    caption(page, "Around 'mine.png'")


def test_what_a_link_or_a_model_has_not_is_told_and_loses_nothing(traversed, workspace):
    page, own = traversed, Registry(workspace, pretrained=workspace / "none").own
    shutil.copytree(own / "plain", own / "lost", dirs_exist_ok=True)
    page.goto("about:blank")
    query = "model=lost&z=1,2&example=99999&show=classes&of=c,z1&range=9&steps=4&by=odd"
    open_traversals(page, query)
    for words in ("z has 2 numbers", "no example 99999", "has no c", "3 more do not fit"):
        told(page, words)
    assert len(code(page)) == 16
    expect(page.get_by_role("button", name="classes × z")).to_be_hidden()
    expect(page.locator(f"{PANEL} .part")).to_have_count(12)
    page.get_by_role("button", name="Show the other 4").click()
    settle(page)
    expect(page.locator(f"{PANEL} .part")).to_have_count(16)
    page.locator("[data-tab-id=tables]").click()
    page.keyboard.press("c")
    expect(page.locator("body")).to_have_attribute("data-tab", "tables")
    page.locator("[data-tab-id=traversals]").click()
    expect(page.locator(VIEW)).to_have_attribute("data-origin", "start")
    field = part(page, "z3").get_by_label("z3 as a number")
    field.fill("much")
    field.press("Enter")
    told(page, "A number from −1000 to 1000 goes here")
    field.fill("1,5")
    field.press("Enter")
    settle(page)
    assert code(page)[2] == pytest.approx(1.5)
    shutil.rmtree(own / "lost")
    page.wait_for_url(re.compile("model=joint&z="))
    settle(page)
    assert len(code(page)) == 13
