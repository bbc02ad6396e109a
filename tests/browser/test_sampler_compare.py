"""Several checkpoints beside each other, and one with many dimensions."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.sampler import (
    PANEL,
    PICTURES,
    VIEW,
    caption,
    code,
    drag,
    first_code,
    open_sampler,
    pixels,
    press,
    read,
    row,
    settle,
    sweep,
    told,
    type_code,
    unfold,
)

FIGURES = f"{PANEL} .figures"


@pytest.fixture
def wide(visit, sampler_studio):
    return open_sampler(visit(sampler_studio).page, "model=wide")


def beside(page, *names):
    """Compare with other checkpoints, or take them away again."""
    unfold(page, "Compare with")
    for name in names:
        model = page.locator(f"{PANEL} .models").get_by_role("button", name=name, exact=True)
        was = model.get_attribute("aria-pressed")
        model.click()
        expect(model).not_to_have_attribute("aria-pressed", was)
    settle(page)


def names(page):
    return page.locator(f"{VIEW} figcaption b").all_inner_texts()


def dimensions(page):
    return page.locator(f"{PANEL} .name").all_inner_texts()


def test_two_checkpoints_decode_the_same_codes(sampled):
    alone = pixels(sampled)
    beside(sampled, "sharp")
    assert names(sampled) == ["sampler", "sharp"]
    assert first_code(sampled, 0) == first_code(sampled, 1)
    assert (pixels(sampled, 0) == alone).all()
    assert (pixels(sampled, 1) != alone).any()
    cards = sampled.locator(f"{VIEW} figcaption span")
    expect(cards.nth(0)).to_contain_text("β 1 · 8-d · reconstruction")
    expect(cards.nth(1)).to_contain_text("β 0.1 · 8-d · reconstruction")
    caption(sampled, "All decode the same z; each model has its own use for a dimension.")
    other = pixels(sampled, 1)
    drag(sampled, sampled.get_by_label("μ of z1", exact=True), 0.9)
    assert first_code(sampled, 0) == first_code(sampled, 1)
    assert (pixels(sampled, 0) != alone).any()
    assert (pixels(sampled, 1) != other).any()
    beside(sampled, "sharp")
    assert names(sampled) == ["sampler"]


def test_another_latent_size_is_matched_by_the_seed(sampled):
    beside(sampled, "sharp", "wide")
    assert names(sampled) == ["sampler", "sharp", "wide"]
    caption(sampled, "wide is matched by seed")
    ours, theirs = first_code(sampled, 0), first_code(sampled, 2)
    assert len(theirs) == 128
    assert theirs[:8] == ours
    assert np.std(theirs[8:]) == pytest.approx(1, abs=0.25)
    before = pixels(sampled, 2)
    press(sampled, "Resample")
    assert first_code(sampled, 2)[:8] == first_code(sampled, 0) != ours
    assert (pixels(sampled, 2) != before).any()


def test_exact_numbers_of_another_size_say_what_is_missing(sampled):
    beside(sampled, "wide")
    type_code(sampled, "1, 2, 0, 0, 0, 0, 0, 1")
    settle(sampled)
    assert first_code(sampled, 1) == [1, 2, 0, 0, 0, 0, 0, 1, *[0] * 120]
    caption(sampled, "wide gets the same first numbers, and 0 for further ones.")


def test_three_models_are_the_most(sampled):
    beside(sampled, "sharp", "wide")
    press(sampled, "bare")
    told(sampled, "Three models at once are the most; take sharp or wide away first.")
    assert names(sampled) == ["sampler", "sharp", "wide"]
    beside(sampled, "sharp", "bare")
    assert names(sampled) == ["sampler", "wide", "bare"]
    # The same weights make the same pictures.
    assert (pixels(sampled, 2) == pixels(sampled, 0)).all()
    beside(sampled, "wide", "bare")
    assert names(sampled) == ["sampler"]


def test_two_models_chosen_in_a_row_are_both_shown(sampled):
    unfold(sampled, "Compare with")
    sampled.evaluate(
        """() => ['sharp', 'wide'].forEach(
          name => document.querySelector(`[data-compared="${name}"]`).click())"""
    )
    expect(sampled.locator(f"{VIEW} figcaption b")).to_have_text(["sampler", "sharp", "wide"])


def test_each_draws_from_a_mixture_of_its_own(sampled):
    beside(sampled, "sharp")
    sampled.get_by_role("button", name="full covariance").click()
    caption(sampled, "Each model draws from its own fit with the same seed.")
    settle(sampled)
    assert first_code(sampled, 0) != first_code(sampled, 1)
    for pane, name in enumerate(("sampler", "sharp")):
        drawn = sampled.request.get(f"/sampling/{name}/draws?seed=1&components=1").body()
        assert first_code(sampled, pane) == pytest.approx(np.frombuffer(drawn, "<f4")[:8], abs=1e-4)


def test_the_model_tells_its_figures(sampled):
    unfold(sampled, "Model")
    figures = sampled.locator(FIGURES)
    for name, value in (("latent dimensions", "8"), ("β", "1"), ("epochs", "6")):
        line = figures.get_by_role("row", name=f"{name} {value}", exact=True)
        expect(line.get_by_role("cell")).to_have_text(value)
    expect(sampled.locator(f"{PANEL} .about-model")).to_contain_text("Decodes on cpu")


def test_many_dimensions_are_turned_over_in_pages(wide):
    press(wide, "most active first")
    assert dimensions(wide) == [f"z{d}" for d in range(1, 17)]
    page = wide.locator(f"{PANEL} .pager .page")
    expect(page).to_have_text("1–16 of 128")
    after = wide.get_by_role("button", name="Dimensions after")
    after.click()
    assert dimensions(wide) == [f"z{d}" for d in range(17, 33)]
    expect(page).to_have_text("17–32 of 128")
    before = pixels(wide)
    drag(wide, wide.get_by_label("μ of z20", exact=True), 0.95)
    assert (pixels(wide) != before).any()
    for _ in range(6):
        after.click()
    expect(page).to_have_text("113–128 of 128")
    expect(after).to_be_disabled()
    wide.get_by_role("button", name="Dimensions before").click()
    expect(page).to_have_text("97–112 of 128")
    assert len(code(wide)) == 128


def test_the_most_active_dimensions_come_first(wide):
    order = [f"z{d + 1}" for d in wide.request.get("/sampling/wide").json()["order"]]
    expect(wide.get_by_role("button", name="most active first")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert dimensions(wide) == order[:16]
    drag(wide, wide.get_by_label(f"μ of {order[0]}", exact=True), 0.8)
    press(wide, "most active first")
    assert dimensions(wide)[:3] == ["z1", "z2", "z3"]
    press(wide, "most active first")
    assert dimensions(wide) == order[:16]
    assert read(wide, "μ")[0] == pytest.approx(1.8, abs=0.1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("7", ["z7"]),
        ("z99", ["z99"]),
        ("40-43 120", ["z40", "z41", "z42", "z43", "z120"]),
        ("0", []),
        ("129", []),
        ("mu", []),
    ],
)
def test_dimensions_are_found_by_number(wide, query, found):
    press(wide, "most active first")
    wide.get_by_label("Find dimensions by number").click()
    wide.keyboard.type(query)
    assert dimensions(wide) == found
    if not found:
        expect(wide.locator(f"{PANEL} .pager .page")).to_contain_text("none")


def test_many_dimensions_are_swept_and_typed_too(wide):
    wide.get_by_label("Find dimensions by number").fill("100")
    sweep(wide, 100)
    z = code(wide)
    wide.locator(f"{VIEW} .sweep .frames button").nth(6).click()
    settle(wide)
    assert code(wide) == pytest.approx([v * (d != 99) for d, v in enumerate(z)], abs=2e-4)
    type_code(wide, " ".join(["0.5"] * 128))
    settle(wide)
    assert code(wide) == [0.5] * 128
    assert row(wide, 100).locator(".number").first.input_value() == "0.50"


def test_another_model_keeps_what_it_has_in_common(sampled):
    drag(sampled, sampled.get_by_label("μ of z1", exact=True), 0.9)
    z, before = code(sampled), pixels(sampled)
    sampled.locator("#model-picker input").click()
    sampled.get_by_role("option", name="sharp").click()
    expect(sampled.locator(f"{VIEW} figcaption b")).to_have_text("sharp")
    settle(sampled)
    assert code(sampled) == z
    assert (pixels(sampled) != before).any()
    sampled.locator("#model-picker input").click()
    sampled.get_by_role("option", name="wide").click()
    expect(sampled.locator(f"{VIEW} figcaption b")).to_have_text("wide")
    settle(sampled)
    assert len(code(sampled)) == 128
    assert sampled.locator(PICTURES).count() == 1
