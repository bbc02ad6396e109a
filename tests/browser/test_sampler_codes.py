"""The sampler's code as numbers: typed, copied and pasted, swept, and where it lies."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.sampler import (
    BARS,
    NUMBERS,
    PICTURES,
    VIEW,
    caption,
    code,
    drag,
    open_sampler,
    pixels,
    press,
    read,
    row,
    settle,
    sweep,
    told,
    type_code,
)

NOTE = f"{VIEW} .where .note"
FACTS = f"{VIEW} .where dl"
FRAMES = f"{VIEW} .sweep .frames button"
MINE = "0.5, -1.25, 0, 2, -0.125, 1, 0.3, -2"
PLANE = 15
AXES = "Dimension to the right", "Dimension upwards"


def plane(page):
    """Show the plane and wait until it is painted."""
    press_show(page, "plane")
    wait_for_plane(page)


def press_show(page, name):
    page.locator(f"{VIEW} .shows").get_by_role("button", name=name, exact=True).click()


def wait_for_plane(page):
    page.wait_for_function(
        "([s, n]) => Number(document.querySelector(s).dataset.count) === n",
        arg=[PICTURES, PLANE**2],
    )


def follow_plane(page, act):
    """Do something, and wait until the plane was painted anew."""
    frames = page.locator(PICTURES).get_attribute("data-frames")
    act()
    page.wait_for_function(
        "([s, frames]) => document.querySelector(s).dataset.frames !== frames",
        arg=[PICTURES, frames],
    )


def test_typed_numbers_are_the_code(sampled):
    before = pixels(sampled)
    type_code(sampled, "[0.5; -1.25 0, 2,\t−0.125 1 .3 -2]")
    settle(sampled)
    assert code(sampled) == [0.5, -1.25, 0, 2, -0.125, 1, 0.3, -2]
    expect(sampled.locator(VIEW)).to_have_attribute("data-mode", "exact")
    caption(sampled, "what the decoder makes of exactly these numbers")
    assert pixels(sampled).shape == (28, 28) != before.shape


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1, 2, 3", "'sampler' takes 8 numbers of at most 1000 with commas between them, not 3."),
        (
            MINE + ", 4",
            "'sampler' takes 8 numbers of at most 1000 with commas between them, not 9.",
        ),
        (" ", "this is not: ''."),
        ("one, two, 3, 4, 5, 6, 7, 8", "this is not: 'one, two, 3, 4, 5, 6, 7, 8'."),
        ("1, 2, 3, 4, 5, 6, 7, NaN", "this is not: '1, 2, 3, 4, 5, 6, 7, NaN'."),
        ("1, 2, 3, 4, 5, 6, 7, 1e999", "this is not: '1, 2, 3, 4, 5, 6, 7, 1e999'."),
        ("1, 2, 3, 4, 5, 6, 7, 1001", "this is not: '1, 2, 3, 4, 5, 6, 7, 1001'."),
    ],
)
def test_what_is_no_code_is_refused_and_changes_nothing(sampled, text, sentence):
    numbers, before = sampled.locator(NUMBERS).input_value(), pixels(sampled)
    type_code(sampled, text)
    told(sampled, sentence)
    expect(sampled.locator(NUMBERS)).to_have_value(numbers)
    expect(sampled.locator(VIEW)).to_have_attribute("data-mode", "gaussian")
    settle(sampled)
    assert (pixels(sampled) == before).all()


def test_a_code_is_copied_and_pasted(visit, sampler_studio):
    visitor = visit(sampler_studio, permissions=["clipboard-read", "clipboard-write"])
    page = open_sampler(visitor.page)
    z = code(page)
    shown = page.locator(BARS).get_attribute("data-z")
    press(page, "copy")
    told(page, "8 numbers are on the clipboard.")
    press(page, "Resample")
    assert code(page) != z
    press(page, "paste")
    # A browser hands the clipboard over in its own time.
    expect(page.locator(BARS)).to_have_attribute("data-z", shown)
    settle(page)
    first = pixels(page)
    press(page, "N(μ, σ²)")
    page.locator(NUMBERS).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.press("ControlOrMeta+v")
    page.keyboard.press("Enter")
    settle(page)
    assert (pixels(page) == first).all()
    page.evaluate("navigator.clipboard.writeText('<b>no code</b>')")
    page.get_by_role("button", name="paste").click()
    told(page, "this is not: '<b>no code</b>'.")
    assert code(page) == z


def test_a_closed_clipboard_is_told(sampled):
    sampled.evaluate("""() => {
      const shut = () => Promise.reject(new DOMException('closed', 'NotAllowedError'));
      Object.defineProperty(navigator, 'clipboard', { value: { readText: shut, writeText: shut } });
    }""")
    before = code(sampled)
    sampled.get_by_role("button", name="copy").click()
    told(sampled, "the numbers are marked, press Ctrl-C.")
    assert sampled.locator(NUMBERS).evaluate("f => f.selectionEnd - f.selectionStart") > 40
    sampled.get_by_role("button", name="paste").click()
    told(sampled, "press Ctrl-V, then Enter.")
    assert code(sampled) == before


def test_a_click_in_the_strip_moves_there(sampled):
    sweep(sampled, 3)
    frames = sampled.locator(FRAMES)
    expect(frames).to_have_count(13)
    z, before = code(sampled), pixels(sampled)
    frames.nth(7).click()
    settle(sampled)
    # From -3 to 3 in steps of a half; the other dimensions stay.
    assert code(sampled) == pytest.approx([*z[:2], 0.5, *z[3:]], abs=2e-4)
    expect(frames.nth(7)).to_have_class("here")
    assert read(sampled, "μ")[2] == pytest.approx(0.5 - z[2], abs=0.01)
    assert (pixels(sampled) != before).any()
    press(sampled, "exact z")
    frames.nth(0).click()
    settle(sampled)
    assert code(sampled) == pytest.approx([*z[:2], -3, *z[3:]], abs=2e-4)


def test_the_strip_shows_what_a_click_would(sampled):
    press(sampled, "exact z")
    sweep(sampled, 2)
    for k in (0, 6, 12):
        frame = sampled.locator(FRAMES).nth(k)
        seen = frame.locator("canvas").evaluate(
            "c => Array.from(c.getContext('2d').getImageData(0, 0, 28, 28).data)"
        )
        frame.click()
        settle(sampled)
        shown = pixels(sampled).flatten().astype(int)
        assert np.abs(np.array(seen)[::4] - shown).max() <= 1


def test_the_strip_follows_the_other_dimensions(sampled):
    sweep(sampled, 1)
    strip = sampled.locator(f"{VIEW} .sweep canvas").first
    picture = "c => c.toDataURL()"
    before = strip.evaluate(picture)
    drag(sampled, sampled.get_by_label("μ of z2", exact=True), 0.95)
    sampled.wait_for_function(
        "([s, before]) => document.querySelector(s).toDataURL() !== before",
        arg=[f"{VIEW} .sweep canvas", before],
    )


def test_a_click_in_the_plane_moves_there(sampled):
    right, up = (sampled.get_by_label(name, exact=True) for name in AXES)
    expect(right).to_be_hidden()
    plane(sampled)
    for axis, dimension in ((right, 3), (up, 7)):
        if axis.evaluate("a => a.selectedOptions[0].text") != f"z{dimension}":
            follow_plane(sampled, lambda a=axis, d=dimension: a.select_option(label=f"z{d}"))
    caption(sampled, "z3 grows to the right, z7 upwards")
    z, canvas = code(sampled), sampled.locator(PICTURES)
    box = canvas.bounding_box()
    # The third cell from the left, the fifth from the top, of fifteen from -3 to 3.
    there = {"x": 2.5 / PLANE * box["width"], "y": 4.5 / PLANE * box["height"]}
    follow_plane(sampled, lambda: canvas.click(position=there))
    wanted = [*z[:2], -3 + 6 * 2 / 14, *z[3:6], 3 - 6 * 4 / 14, z[7]]
    assert code(sampled) == pytest.approx(wanted, abs=2e-3)
    assert pixels(sampled).shape == (PLANE * 28, PLANE * 28)
    cell = pixels(sampled)[4 * 28 : 5 * 28, 2 * 28 : 3 * 28].astype(int)
    press_show(sampled, "samples")
    settle(sampled)
    press(sampled, "exact z")
    assert np.abs(pixels(sampled) - cell).max() <= 1


def test_the_plane_s_axes_are_never_the_same(sampled):
    plane(sampled)
    right, up = (sampled.get_by_label(name, exact=True) for name in AXES)
    before = right.input_value(), up.input_value()
    follow_plane(sampled, lambda: right.select_option(before[1]))
    assert (right.input_value(), up.input_value()) == before[::-1]


def test_where_a_code_lies_is_told(sampled):
    medoid = sampled.request.get("/checkpoints/sampler").json()["medoids"][3]
    type_code(sampled, ", ".join(map(str, medoid)))
    note, facts = sampled.locator(NOTE), sampled.locator(FACTS)
    expect(note).to_contain_text("Charted: ")
    expect(facts).to_contain_text("3: ")
    type_code(sampled, "9, 9, 9, 9, 9, 9, 9, 9")
    expect(note).to_contain_text("The model has hardly been here")
    expect(sampled.locator(f"{VIEW} .where")).to_have_attribute("data-charted", "false")
    log_density = -0.5 * (8 * 81 + 8 * np.log(2 * np.pi))
    expect(facts).to_contain_text(f"−{-log_density:.1f} nats under N(0, I)")
    gauge = sampled.locator(f"{VIEW} .gauge")
    expect(gauge).to_have_accessible_name(
        f"Radius {9 * 8**0.5:.2f}; draws from the prior have 2.74 plus or minus 0.70."
    )


def test_without_encoded_examples_nobody_knows_where_a_code_lies(visit, sampler_studio):
    page = open_sampler(visit(sampler_studio).page, "model=bare")
    expect(page.locator(NOTE)).to_contain_text("nobody knows where this model has been")
    expect(page.locator(FACTS)).to_contain_text("nats under N(0, I)")
    expect(page.get_by_role("button", name="all data")).to_be_disabled()
    before = pixels(page)
    page.get_by_role("button", name="mixture", exact=True).click()
    told(page, "Checkpoint 'bare' has no encoded examples to fit to")
    settle(page)
    assert (pixels(page) == before).all()
    expect(page.locator(VIEW)).to_have_attribute("data-mode", "gaussian")


def test_far_codes_widen_the_sliders(sampled):
    type_code(sampled, "40, 0, 0, 0, 0, 0, 0, -12.5")
    settle(sampled)
    thumb = row(sampled, 1).get_by_label("z1", exact=True)
    assert thumb.evaluate("s => [s.min, s.max, s.value]") == ["-40", "40", "40"]
    assert read_exact(sampled, 8) == -12.5


def read_exact(page, dimension):
    """Return the number of an exact code's dimension, as its row shows it."""
    return float(row(page, dimension).locator(".number").first.input_value().replace("−", "-"))
