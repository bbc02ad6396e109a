"""The navigator as a person uses it, in a real browser."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.navigator import (
    CAPTION,
    LIVE,
    MAP,
    arrive,
    at,
    decoded_z,
    pixels,
    settle,
    slider,
    z_of,
)


def test_drag_moves_position_picture_and_sliders(page):
    before, first = z_of(page), pixels(page)
    page.mouse.move(*at(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(page, 0.35, 0.4), steps=8)
    page.mouse.up()
    page.mouse.move(5, 5)
    settle(page)
    assert z_of(page) != before
    assert pixels(page) != first
    page.wait_for_function(
        "([s, x]) => Math.abs(document.querySelector(s).value - x) < 0.02",
        arg=["#navigator-x input[type=number]", z_of(page)[0]],
    )
    assert slider(page, "y") == pytest.approx(z_of(page)[1], abs=0.02)


def test_hover_previews_and_leaving_returns(page):
    settle(page)
    stays = z_of(page)
    page.mouse.move(*at(page, 0.3, 0.3))
    page.wait_for_function(
        "([s, z]) => document.querySelector(s).dataset.z !== z",
        arg=[LIVE, ",".join(f"{v:.4f}" for v in stays)],
    )
    assert z_of(page) == stays
    page.mouse.move(5, 5)
    settle(page)
    assert decoded_z(page) == stays


def test_arrow_keys_move_and_digits_jump(page):
    page.locator(LIVE).focus()
    before = z_of(page)
    page.keyboard.down("ArrowRight")
    page.wait_for_timeout(250)
    page.keyboard.up("ArrowRight")
    settle(page)
    after = z_of(page)
    assert after[0] > before[0]
    assert after[1] == before[1]
    about = page.request.get("/checkpoints/tiny").json()
    page.keyboard.press("7")
    arrive(page, about["means"][7])


def test_keys_are_left_alone_while_typing(page):
    settle(page)
    before = z_of(page)
    box = page.locator("#navigator-steps input[type=number]")
    box.fill("12")
    box.press("3")
    page.wait_for_timeout(200)
    settle(page)
    assert z_of(page) == before


def test_chips_jump_and_the_medoid_can_be_chosen(page):
    about = page.request.get("/checkpoints/tiny").json()
    page.get_by_role("group", name="Go to a class").get_by_text("4", exact=True).click()
    arrive(page, about["means"][4])
    page.locator("#navigator-place .anchor").click()
    page.get_by_role("group", name="Go to a class").get_by_text("2", exact=True).click()
    arrive(page, about["medoids"][2])


def test_morph_goes_a_share_of_the_way(page):
    about = page.request.get("/checkpoints/tiny").json()
    page.locator(LIVE).focus()
    page.keyboard.press("0")
    start, target = (np.array(about["means"][k]) for k in (0, 9))
    arrive(page, start)
    page.locator("#navigator-morph").click()
    arrive(page, start + 0.25 * (target - start))


def test_slider_moves_the_position(page):
    box = page.locator("#navigator-x input[type=number]")
    y = z_of(page)[1]
    box.fill("0.5")
    box.press("Enter")
    arrive(page, (0.5, y))
    assert decoded_z(page)[0] == pytest.approx(0.5)


def test_random_samples_move(page):
    for button in ("#navigator-random-data", "#navigator-random-prior"):
        before = z_of(page)
        page.locator(button).click()
        page.wait_for_function(
            "([s, z]) => document.querySelector(s).dataset.z !== z",
            arg=[MAP, ",".join(f"{v:.4f}" for v in before)],
        )
        settle(page)


def test_interpolation_shows_frames_plays_and_saves(page):
    strip = page.locator("#navigator-strip .strip")
    expect(strip).to_be_hidden()
    page.locator("#navigator-go").click()
    expect(strip.locator(".cell")).to_have_count(16)
    expect(strip.locator(".words")).to_contain_text("latent length")
    box = page.locator("#navigator-steps input[type=number]")
    box.fill("6")
    box.press("Enter")
    expect(strip.locator(".cell")).to_have_count(6)
    strip.get_by_text("Play").click()
    before = z_of(page)
    page.wait_for_function(
        "([s, z]) => document.querySelector(s).dataset.z !== z",
        arg=[MAP, ",".join(f"{v:.4f}" for v in before)],
    )
    strip.get_by_text("Pause").click()
    with page.expect_download() as download:
        strip.get_by_text("GIF").click()
    with open(download.value.path(), "rb") as file:
        assert Image.open(io.BytesIO(file.read())).n_frames >= 6
    strip.get_by_label("Remove the path").click()
    expect(strip).to_be_hidden()


def test_an_end_of_the_path_can_be_dragged(page):
    page.locator("#navigator-go").click()
    strip = page.locator("#navigator-strip .strip")
    expect(strip.locator(".cell")).to_have_count(16)
    words = strip.locator(".words").inner_text()
    settle(page)
    about = page.request.get("/checkpoints/tiny").json()
    view = page.evaluate("window.latentStudio.scene('navigator').path.b")
    assert view == pytest.approx(about["means"][9], abs=1e-3)
    place = page.evaluate(
        """z => { const [x, y] = window.latentStudio.scene('navigator').pixelsOf(z);
           const box = document.querySelector('#navigator-map canvas.overlay')
             .getBoundingClientRect(); return [box.left + x, box.top + y] }""",
        view,
    )
    page.mouse.move(*place)
    page.mouse.down()
    page.mouse.move(place[0] + 60, place[1] - 40, steps=5)
    page.mouse.up()
    expect(strip.locator(".words")).not_to_have_text(words)
    assert page.evaluate("window.latentStudio.scene('navigator').path.b") != view


def test_neighbourhood_grid_and_click(page):
    settle(page)
    before = z_of(page)
    page.locator("#navigator-live").hover()
    page.locator("#navigator-live [data-side='3']").click()
    page.wait_for_function("s => document.querySelector(s).width === 84", arg=LIVE)
    (low, high), _ = page.request.get("/checkpoints/tiny").json()["range"]
    box = page.locator(LIVE).bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    arrive(page, (before[0] + 0.03 * (high - low), before[1]))


def test_legend_solos_and_hides(page):
    chip = page.locator("#navigator-map .chip")
    chip.nth(3).locator(".name").click()
    expect(page.locator("#navigator-map .chip.off")).to_have_count(9)
    chip.nth(3).locator(".name").click()
    expect(page.locator("#navigator-map .chip.off")).to_have_count(0)
    chip.nth(5).locator(".swatch").click()
    expect(page.locator("#navigator-map .chip.off")).to_have_count(1)


def test_lasso_sums_up_what_it_picked(page):
    page.locator("#navigator-map [data-tool=lasso]").click()
    page.mouse.move(*at(page, 0.2, 0.2))
    page.mouse.down()
    for corner in ((0.8, 0.2), (0.8, 0.8), (0.2, 0.8)):
        page.mouse.move(*at(page, *corner), steps=4)
    page.mouse.up()
    expect(page.locator(CAPTION)).to_have_text(re.compile(r"[\d,]+ points picked"))


def test_a_drawn_digit_is_encoded_as_the_pen_moves(page):
    page.get_by_role("button", name="Your own digit").click()
    page.locator("#navigator-pad .pad[data-mounted]").wait_for()
    pad = page.locator("#navigator-pad canvas.paper")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 66, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 66, box["y"] + 110, steps=6)
    page.mouse.up()
    expect(page.locator("#navigator-pad .words")).to_contain_text("nats")
    assert page.evaluate("window.latentStudio.scene('navigator').posterior.mu.length") == 2


def test_dragging_an_end_keeps_the_picture_under_the_pointer(page):
    page.locator("#navigator-go").click()
    expect(page.locator("#navigator-strip .cell")).to_have_count(16)
    x, y = page.evaluate(
        """() => { const scene = window.latentStudio.scene('navigator');
           const [x, y] = scene.pixelsOf(scene.path.a);
           const box = document.querySelector('#navigator-map canvas.overlay')
             .getBoundingClientRect(); return [box.left + x, box.top + y] }"""
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 50, y + 30, steps=5)
    settle(page)
    assert decoded_z(page) == pytest.approx(z_of(page), abs=1e-3)
    page.mouse.up()
    expect(page.locator("#navigator-from input")).to_have_value("as drawn")


def test_the_lasso_is_forgotten_when_one_goes_elsewhere(page):
    page.mouse.move(*at(page, 0.2, 0.2))
    page.keyboard.down("Shift")
    page.mouse.down()
    for corner in ((0.8, 0.2), (0.8, 0.8)):
        page.mouse.move(*at(page, *corner), steps=4)
    page.mouse.up()
    page.keyboard.up("Shift")
    expect(page.locator(CAPTION)).to_contain_text("points picked")
    page.get_by_role("group", name="Go to a class").get_by_text("1", exact=True).click()
    expect(page.locator(CAPTION)).to_contain_text("z = (")


def test_a_pinch_zooms_and_leaves_the_position(page):
    settle(page)
    before = z_of(page)
    zoom = page.evaluate(
        """() => {
          const map = document.querySelector('#navigator-map canvas.overlay');
          map.setPointerCapture = () => {};
          const box = map.getBoundingClientRect();
          const send = (type, pointerId, fx, fy) => map.dispatchEvent(new PointerEvent(type, {
            pointerId, pointerType: 'touch', bubbles: true, buttons: 1,
            clientX: box.left + fx * box.width, clientY: box.top + fy * box.height,
          }));
          send('pointerdown', 11, 0.4, 0.5);
          send('pointerdown', 12, 0.6, 0.5);
          for (let i = 1; i <= 5; i += 1) send('pointermove', 12, 0.6 + 0.04 * i, 0.5);
          send('pointerup', 12, 0.8, 0.5);
          send('pointermove', 11, 0.3, 0.5);
          send('pointerup', 11, 0.3, 0.5);
          return window.latentStudio.scene('navigator').zoom;
        }"""
    )
    assert zoom == pytest.approx(2, rel=0.05)
    settle(page)
    assert z_of(page) == pytest.approx(before, abs=1e-3)
