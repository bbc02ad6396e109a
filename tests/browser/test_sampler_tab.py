"""The Gaussian sampler as a person draws from it, in a real browser."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.sampler import (
    BARS,
    NUMBERS,
    PICTURES,
    VIEW,
    caption,
    choose_samples,
    code,
    drag,
    hold,
    open_sampler,
    pixels,
    press,
    read,
    row,
    samples,
    settle,
    sweep,
    told,
    type_into,
    type_seed,
)


def slider(page, name, dimension):
    return page.get_by_label(f"{name} of z{dimension}", exact=True)


def still(page):
    """Press every σ down to 0 with the keyboard."""
    for dimension in range(1, 9):
        slider(page, "σ", dimension).press("Home")
    settle(page)


@pytest.mark.parametrize("count", [1, 16])
def test_pixels_follow_a_slider_while_it_is_dragged(sampled, count):
    choose_samples(sampled, count)
    seen = [pixels(sampled)]
    move = hold(sampled, slider(sampled, "μ", 2))
    for share in (0.6, 0.75, 0.9, 0.2):
        move(share)
        settle(sampled)
        seen.append(pixels(sampled))
        assert all((seen[-1] != other).any() for other in seen[:-1])
    # All that came while the button was down; its release brings nothing more.
    sampled.mouse.up()
    settle(sampled)
    assert (pixels(sampled) == seen[-1]).all()
    assert read(sampled, "μ")[1] == pytest.approx(-1.8, abs=0.1)


def test_a_mu_moves_every_sample_and_its_number_is_exact(sampled):
    before, z = samples(sampled), code(sampled)
    type_into(sampled, sampled.get_by_label("μ of z3 as a number"), "1,25")
    settle(sampled)
    assert code(sampled) == pytest.approx([v + 1.25 * (d == 2) for d, v in enumerate(z)], abs=2e-4)
    assert (samples(sampled) != before).any(axis=(1, 2)).all()
    field = sampled.get_by_label("μ of z3 as a number")
    type_into(sampled, field, "much")
    expect(field).to_have_value("1.25")


def test_without_sigma_all_samples_are_one(sampled):
    different = samples(sampled)
    assert len(np.unique(different, axis=0)) == 16
    still(sampled)
    assert len(np.unique(samples(sampled), axis=0)) == 1
    caption(sampled, "every sample is μ itself")
    assert code(sampled) == [0] * 8
    slider(sampled, "σ", 1).press("End")
    settle(sampled)
    assert len(np.unique(samples(sampled), axis=0)) > 1
    assert read(sampled, "σ") == [2, *[0] * 7]


def test_resampling_draws_others_and_a_seed_brings_them_back(sampled, visit, sampler_studio):
    first = pixels(sampled)
    press(sampled, "Resample")
    second = pixels(sampled)
    assert (first != second).any()
    expect(sampled.get_by_label("seed")).to_have_value("2")
    type_seed(sampled, 1)
    settle(sampled)
    assert pixels(sampled).tobytes() == first.tobytes()
    other = open_sampler(visit(sampler_studio).page)
    assert pixels(other).tobytes() == first.tobytes()
    type_seed(other, 2)
    settle(other)
    assert pixels(other).tobytes() == second.tobytes()


@pytest.mark.parametrize("text", ["abc", "-1", "1.5", "9007199254740993", "1e3"])
def test_a_seed_that_is_none_is_refused(sampled, text):
    before = pixels(sampled)
    type_seed(sampled, text)
    told(sampled, f"A seed is a whole number from 0 to 9007199254740991, not '{text}'.")
    expect(sampled.get_by_label("seed")).to_have_value("1")
    settle(sampled)
    assert (pixels(sampled) == before).all()


def test_the_largest_seed_is_taken_and_begins_anew(sampled):
    type_seed(sampled, 2**53 - 1)
    settle(sampled)
    press(sampled, "Resample")
    expect(sampled.get_by_label("seed")).to_have_value("0")


def test_the_first_samples_stay_however_many_are_shown(sampled):
    sixteen = samples(sampled).astype(int)
    sampled.get_by_label("Samples", exact=True).press("End")
    settle(sampled)
    assert samples(sampled).shape == (64, 28, 28)
    assert np.abs(samples(sampled)[:16] - sixteen).max() <= 1
    choose_samples(sampled, 5)
    assert samples(sampled).shape == (5, 28, 28)
    assert np.abs(samples(sampled) - sixteen[:5]).max() <= 1
    choose_samples(sampled, 1)
    assert pixels(sampled).shape == (28, 28)
    caption(sampled, "One sample")


def test_reset_and_randomize(sampled):
    prior = pixels(sampled)
    drag(sampled, slider(sampled, "μ", 1), 0.8)
    drag(sampled, slider(sampled, "σ", 4), 0.1)
    press(sampled, "Randomize μ")
    mu = read(sampled, "μ")
    assert len(set(mu)) > 5
    assert max(map(abs, mu)) <= 3
    assert read(sampled, "σ")[3] == pytest.approx(0.2, abs=0.1)  # It is left alone.
    assert (pixels(sampled) != prior).any()
    press(sampled, "Reset to N(0, 1)")
    assert read(sampled, "μ") == [0] * 8
    assert read(sampled, "σ") == [1] * 8
    assert (pixels(sampled) == prior).all()


def test_the_prior_does_not_know_the_sliders(sampled):
    standard = pixels(sampled)
    drag(sampled, slider(sampled, "μ", 1), 0.9)
    moved = pixels(sampled)
    press(sampled, "prior N(0, I)")
    assert (pixels(sampled) == standard).all()
    expect(slider(sampled, "μ", 1)).to_be_hidden()
    expect(slider(sampled, "σ", 1)).to_be_hidden()
    press(sampled, "N(μ, σ²)")
    assert (pixels(sampled) == moved).all()


def test_exact_numbers_begin_with_the_sample_that_is_looked_at(sampled):
    grid = samples(sampled).astype(int)
    sampled.locator(PICTURES).focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        sampled.keyboard.press(key)
    z = code(sampled)
    press(sampled, "exact z")
    assert code(sampled) == z
    assert np.abs(pixels(sampled) - grid[6]).max() <= 1
    expect(sampled.get_by_role("button", name="Resample")).to_be_disabled()
    before = pixels(sampled)
    drag(sampled, row(sampled, 2).get_by_label("z2", exact=True), 0.95)
    assert code(sampled)[1] == pytest.approx(2.7, abs=0.1)
    assert code(sampled)[2:] == z[2:]
    assert (pixels(sampled) != before).any()


def test_arrow_keys_and_the_mouse_choose_a_sample(sampled):
    first, mark = code(sampled), sampled.locator(f"{VIEW} .mark")
    canvas = sampled.locator(PICTURES)
    canvas.focus()
    sampled.keyboard.press("ArrowRight")
    second = code(sampled)
    assert second != first
    assert mark.evaluate("m => m.style.left") == "25%"
    sampled.keyboard.press("ArrowDown")
    assert code(sampled) not in (first, second)
    assert mark.evaluate("m => m.style.top") == "25%"
    sampled.keyboard.press("ArrowUp")
    sampled.keyboard.press("ArrowUp")  # There is nothing above.
    assert code(sampled) == second
    sampled.keyboard.press("ArrowLeft")
    sampled.keyboard.press("ArrowLeft")
    assert code(sampled) == first
    box = canvas.bounding_box()
    canvas.click(position={"x": 0.9 * box["width"], "y": 0.9 * box["height"]})
    assert mark.evaluate("m => m.style.top") == "75%"
    last = code(sampled)
    canvas.dblclick(position={"x": 0.9 * box["width"], "y": 0.9 * box["height"]})
    settle(sampled)
    assert code(sampled) == last
    expect(sampled.locator(VIEW)).to_have_attribute("data-mode", "exact")


def test_keys_in_the_bars_choose_and_change_a_dimension(sampled):
    bars, z, before = sampled.locator(BARS), code(sampled), samples(sampled)
    hint = sampled.locator(f"{VIEW} .vector .hint")
    sweep(sampled, 1)
    bars.focus()
    sampled.keyboard.press("ArrowRight")
    expect(hint).to_contain_text("z2 =")
    for _ in range(10):
        sampled.keyboard.press("ArrowUp")
    sampled.keyboard.press("Shift+ArrowDown")
    settle(sampled)
    assert code(sampled) == pytest.approx([v + 0.49 * (d == 1) for d, v in enumerate(z)], abs=2e-3)
    assert read(sampled, "μ")[1] == pytest.approx(0.49, abs=0.01)
    assert (samples(sampled) != before).any(axis=(1, 2)).all()
    sampled.keyboard.press("ArrowLeft")
    sampled.keyboard.press("ArrowLeft")
    expect(hint).to_contain_text("z8 =")


def test_a_bar_is_dragged(sampled):
    before, z = samples(sampled), code(sampled)
    box = sampled.locator(BARS).bounding_box()
    x, middle = box["x"] + 4.5 / 8 * box["width"], box["y"] + (box["height"] - 30) / 2
    sampled.mouse.move(x, middle)
    sampled.mouse.down()
    sampled.mouse.move(x, middle - 10)
    sampled.mouse.move(x, box["y"] + 3, steps=3)
    settle(sampled)
    assert (samples(sampled) != before).any(axis=(1, 2)).all()
    sampled.mouse.up()
    assert code(sampled)[4] == pytest.approx(3, abs=0.05)
    assert code(sampled)[:4] == z[:4]


def test_r_draws_anew_but_not_while_somebody_types(sampled):
    sampled.locator(PICTURES).focus()
    sampled.keyboard.press("r")
    expect(sampled.get_by_label("seed")).to_have_value("2")
    sampled.locator(NUMBERS).focus()
    sampled.keyboard.press("r")
    expect(sampled.get_by_label("seed")).to_have_value("2")


def test_what_is_shown_is_saved_as_a_picture(sampled):
    with sampled.expect_download() as download:
        sampled.get_by_role("button", name="save").click()
    assert download.value.suggested_filename == "sampler-gaussian-seed1.png"
    saved = Image.open(io.BytesIO(download.value.path().read_bytes())).convert("L")
    shown = pixels(sampled)
    factor = saved.width // shown.shape[1]
    kept = np.asarray(saved)[factor // 2 :: factor, factor // 2 :: factor]
    # Between the pictures there is nothing, which has no brightness.
    assert (kept[: len(shown), : shown.shape[1]] == shown).mean() > 0.999


def test_steps_are_taken_back(sampled):
    first = pixels(sampled)
    press(sampled, "Randomize μ")
    random = pixels(sampled)
    press(sampled, "Resample")
    press(sampled, "Reset to N(0, 1)")
    undo = sampled.get_by_role("button", name="undo", exact=True)
    for expected in (None, random, first):
        undo.click()
        settle(sampled)
        assert expected is None or (pixels(sampled) == expected).all()
    expect(sampled.get_by_label("seed")).to_have_value("1")
    assert read(sampled, "μ") == [0] * 8


def test_visitors_draw_on_their_own(sampled, visit, sampler_studio):
    other = open_sampler(visit(sampler_studio).page)
    before = pixels(sampled)
    press(other, "Randomize μ")
    press(other, "Resample")
    assert (pixels(other) != before).any()
    assert (pixels(sampled) == before).all()
    assert read(sampled, "μ") == [0] * 8
