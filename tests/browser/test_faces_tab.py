"""One face as a person makes and moves it, in a real browser."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.faces import (
    CAPTION,
    DRAWN,
    FACES,
    PANEL,
    PICTURE,
    VIEW,
    caption,
    code,
    number,
    open_faces,
    pixels,
    press,
    row,
    settle,
    slide,
    slider,
    step,
    told,
    type_into,
    unfold,
)
from tests.browser.sampler import hold


def seed_box(page):
    return page.locator(f"{PANEL} .seed")


def test_pixels_follow_a_slider_while_it_is_dragged(faced):
    before, z = pixels(faced), code(faced)
    move = hold(faced, slider(faced, "Smiling"))
    seen = [before]
    for share in (0.65, 0.8, 1.0, 0.1):
        move(share)
        settle(faced)
        seen.append(pixels(faced))
        assert all((seen[-1] != other).any() for other in seen[:-1])
    faced.mouse.up()
    value = float(slider(faced, "Smiling").input_value())
    assert value == pytest.approx(-2.4, abs=0.11)
    assert code(faced) == pytest.approx(z + value * step(faced, "Smiling"), abs=1e-5)
    expect(number(faced, "Smiling")).to_have_value(f"−{-value:.1f}")
    caption(faced, f"seed 1, moved: smile −{-value:.1f}.")
    # The whole drag is one step to take back.
    faced.keyboard.press("Control+z")
    settle(faced)
    assert code(faced) == pytest.approx(z)
    assert np.abs(pixels(faced) - before.astype(int)).max() <= 1


def test_moves_add_up_and_each_is_reset_on_its_own(faced):
    z = code(faced)
    slide(faced, "Young", -1.5)
    slide(faced, "Eyeglasses", 2)
    moved = z - 1.5 * step(faced, "Young") + 2 * step(faced, "Eyeglasses")
    assert code(faced) == pytest.approx(moved, abs=1e-5)
    caption(faced, "young −1.5")
    caption(faced, "glasses +2.0")
    row(faced, "Young").get_by_role("button").click()
    settle(faced)
    assert code(faced) == pytest.approx(z + 2 * step(faced, "Eyeglasses"), abs=1e-5)
    press(faced, "Reset all")
    assert code(faced) == pytest.approx(z)
    expect(row(faced, "Eyeglasses").locator(".zero")).to_be_hidden()


def test_a_seed_is_a_face(faced):
    first = code(faced)
    press(faced, "Random")
    expect(seed_box(faced)).to_have_value("2")
    assert (code(faced) != first).any()
    type_into(faced, seed_box(faced), "1")
    settle(faced)
    assert code(faced) == pytest.approx(first)
    caption(faced, "Random face, seed 1.")
    faced.locator(VIEW).click(position={"x": 5, "y": 300})
    for _ in range(3):
        faced.keyboard.press("r")
    settle(faced)
    expect(seed_box(faced)).to_have_value("4")


def test_truncation_goes_to_the_average_face_and_beyond_the_draw(faced):
    draw = np.array(faced.evaluate(f"Array.from({FACES}.origin.draw)"))
    mean = np.array(faced.evaluate(f"{FACES}.about.mean"))
    truncation = faced.get_by_label("Truncation")
    assert code(faced) == pytest.approx(mean + 0.7 * (draw - mean), abs=1e-5)
    for key, share in (("Home", 0), ("End", 1.5)):
        truncation.press(key)
        settle(faced)
        assert code(faced) == pytest.approx(mean + share * (draw - mean), abs=1e-5)


def test_what_is_no_seed_and_no_strength_is_told_and_put_back(faced):
    z = code(faced)
    type_into(faced, seed_box(faced), "seven")
    told(faced, "A seed is a whole number from 0 to 9007199254740991, not 'seven'.")
    expect(seed_box(faced)).to_have_value("1")
    for wrong in ("7", "lots", "nan", "1e0"):
        type_into(faced, number(faced, "Smiling"), wrong)
        told(faced, f"Smile goes from −3 to +3 steps; '{wrong}' is no number between them.")
        expect(number(faced, "Smiling")).to_have_value("0")
    assert code(faced) == pytest.approx(z)
    type_into(faced, number(faced, "Smiling"), "-1,25")
    settle(faced)
    assert code(faced) == pytest.approx(z - 1.25 * step(faced, "Smiling"), abs=1e-5)


def test_more_attributes_get_rows_and_are_left_alone_by_conditional_steps(faced):
    z = code(faced)
    names = faced.evaluate(f"{FACES}.about.attributes.map(a => a.name)")
    main = faced.evaluate(f"{FACES}.about.main")
    other = next(name for name in names if name not in main)
    unfold(faced, "More attributes")
    words = other.replace("_", " ").lower()
    faced.get_by_label("Find attributes").fill(words[:5])
    faced.locator(f"{PANEL} .ticks-list label:visible").first.wait_for()
    faced.get_by_label("Find attributes").fill("no such thing")
    expect(faced.locator(f"{PANEL} .more [role=status]")).to_contain_text("No attribute is called")
    faced.get_by_label("Find attributes").fill("")
    faced.locator(f"{PANEL} .ticks-list input").first.check()
    shown = faced.evaluate(f"{FACES}.shown")
    assert len(shown) == len(main) + 1
    slide(faced, "Smiling", 2)
    plain = step(faced, "Smiling")
    press(faced, "conditional")
    faced.wait_for_function(f"old => {FACES}.step('Smiling')[0] !== old", arg=plain[0])
    settle(faced)
    conditional = step(faced, "Smiling")
    assert code(faced) == pytest.approx(z + 2 * conditional, abs=1e-5)
    caption(faced, "the other rows left alone")
    press(faced, "raw")
    settle(faced)
    assert code(faced) == pytest.approx(z + 2 * plain, abs=1e-5)
    # A row that is taken away moves nothing any more.
    slide(faced, shown[-1], 1)
    faced.locator(f"{PANEL} .ticks-list input").first.uncheck()
    settle(faced)
    assert code(faced) == pytest.approx(z + 2 * step(faced, "Smiling"), abs=1e-5)


def test_a_held_out_face_is_encoded_and_random_ones_come_back(faced):
    press(faced, "held-out face")
    faced.wait_for_function(f"{FACES}.origin.kind === 'held-out'", timeout=30_000)
    settle(faced)
    caption(faced, "Held-out face")
    expect(faced.get_by_label("Truncation")).to_be_disabled()
    held = code(faced)
    slide(faced, "Male", 1)
    faced.wait_for_function("/row=.*moved=Male/.test(location.search)")
    faced.reload()
    faced.wait_for_function(DRAWN, timeout=30_000)
    faced.wait_for_function(f"{FACES}.origin?.kind === 'held-out'")
    settle(faced)
    assert code(faced) == pytest.approx(held + step(faced, "Male"), abs=1e-4)
    faced.locator(CAPTION).click()
    faced.keyboard.press("r")
    faced.wait_for_function(f"{FACES}.origin.kind === 'random'")
    faced.keyboard.press("Control+z")
    caption(faced, "Held-out face")


def test_a_model_without_attributes_still_makes_faces(visit, faces_studio):
    page = open_faces(visit(faces_studio).page, "model=bare")
    expect(page.locator(f"{PANEL} .attributes")).to_contain_text("has no attributes to move")
    expect(page.locator(f"{PANEL} .attribute")).to_be_hidden()
    before = pixels(page)
    press(page, "Random")
    assert (pixels(page) != before).any()


def test_the_picture_is_saved_enlarged(faced):
    with faced.expect_download() as download:
        faced.locator(VIEW).get_by_role("button", name="save PNG").click()
    with open(download.value.path(), "rb") as file:
        picture = Image.open(io.BytesIO(file.read()))
    assert picture.format == "PNG"
    assert picture.size == (512, 512)
    assert re.fullmatch(r"faces-.*\.png", download.value.suggested_filename)


def test_smooth_enlargement_can_be_turned_off(faced):
    smooth = pixels(faced)
    faced.locator(VIEW).get_by_role("button", name="smooth", exact=True).click()
    assert len(np.unique(pixels(faced))) < len(np.unique(smooth)) or (pixels(faced) != smooth).any()


def test_everything_is_in_sight_on_a_phone(visit, faces_studio):
    page = open_faces(visit(faces_studio, viewport={"width": 390, "height": 844}).page)
    row(page, "Young").scroll_into_view_if_needed()
    picture, field = page.locator(PICTURE).bounding_box(), row(page, "Young").bounding_box()
    assert picture["y"] >= 0
    assert picture["y"] + picture["height"] <= field["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_row_says_what_is_left_of_a_conditional_step(faced):
    def with_shares(route):
        answer = route.fetch()
        names = faced.evaluate(f"{FACES}.about.attributes.map(({{ name }}) => name)")
        shares = {"Smiling": "0.99", "Young": "0.35", "Male": "0.12"}
        left = ",".join(shares.get(name, "1") for name in names)
        headers = answer.headers | {"x-left": left, "x-whole": "Hat%2C%20red,Eyeglasses"}
        route.fulfill(response=answer, headers=headers)

    def left(name):
        return row(faced, name).locator(".left")

    assert not faced.locator(f"{PANEL} .left:visible").count()
    faced.route("**/steps?**conditional=1**", with_shares)
    press(faced, "conditional")
    expect(left("Young")).to_have_text("does 0.35 of its own")
    expect(left("Male")).to_have_text("does only 0.12 of its own")
    expect(row(faced, "Male")).to_have_class(re.compile("little"))
    expect(left("Smiling")).to_be_hidden()
    expect(row(faced, "Eyeglasses")).to_have_class(re.compile("whole"))
    assert faced.evaluate(f"[...{FACES}.ways.whole]") == ["Hat, red", "Eyeglasses"]
    press(faced, "raw")
    expect(left("Young")).to_be_hidden()
    faced.unroute("**/steps?**conditional=1**")


def test_what_is_heard_waits_until_the_hand_rests(faced):
    voice = faced.locator(f"{VIEW} > [role=status]")
    expect(voice).to_have_text("Random face, seed 1.")
    faced.evaluate(
        f"""() => {{ window.heard = []; new MutationObserver(() => {{
        window.heard.push(document.querySelector('{VIEW} > [role=status]').textContent); }})
        .observe(document.querySelector('{VIEW} > [role=status]'), {{ childList: true }}); }}"""
    )
    for tenth in range(1, 11):
        slide(faced, "Smiling", tenth / 10)
    caption(faced, "smile +1.0")
    expect(voice).to_have_text("Random face, seed 1, moved: smile +1.0.")
    assert len(faced.evaluate("window.heard")) <= 3
    # A key that is held down is one press.
    faced.evaluate("document.activeElement.blur()")
    faced.keyboard.down("r")
    faced.keyboard.down("r")
    faced.keyboard.down("r")
    faced.keyboard.up("r")
    settle(faced)
    assert faced.evaluate(f"{FACES}.origin.seed") == 2
    faced.evaluate(f"{FACES}.look(Float32Array.from({FACES}.code))")
    expect(faced.locator(PICTURE)).to_have_attribute("aria-label", "A face on the way of the morph")


def test_only_a_studio_that_is_away_is_said_not_to_answer(visit, faces_studio):
    visitor = visit(faces_studio)
    page = open_faces(visitor.page)
    page.route("**/random?**", lambda route: route.abort())
    page.locator(PANEL).get_by_role("button", name="Random", exact=True).click()
    told(page, "The studio is not answering; try again in a moment.")
    page.unroute("**/random?**")
    page.evaluate(f"{FACES}.fail(new TypeError('x.slice is not a function'))")
    told(page, "Something went wrong in this page")
    page.route("**/random?**", lambda route: route.fulfill(body="<html>"))
    page.locator(PANEL).get_by_role("button", name="Random", exact=True).click()
    told(page, "an answer that cannot be read")
    visitor.problems.clear()  # The browser reports the request that failed.
