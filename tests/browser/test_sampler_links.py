"""What a link to a sampler holds, and what the view says of what it cannot hold."""

import re

import pytest
from playwright.sync_api import expect

from models.latent.sampling import normals
from tests.browser.sampler import (
    NUMBERS,
    PANEL,
    PICTURES,
    VIEW,
    caption,
    choose_samples,
    code,
    drag,
    open_sampler,
    pixels,
    press,
    read,
    settle,
    sweep,
    told,
    type_code,
    type_seed,
)


@pytest.fixture
def reopen(visit, sampler_studio):
    """Open a page's address in a browser of another's own."""

    def reopen(page, holds):
        page.wait_for_url(re.compile(re.escape(holds)))
        return open_sampler(visit(sampler_studio).page, page.url.split("?tab=sampler&")[1])

    return reopen


def look(page):
    """What two visitors with the same link have to have in common."""
    shown = page.locator(VIEW).evaluate("v => ({ ...v.dataset })")
    return shown, code(page), pixels(page).tobytes()


def test_a_link_opens_the_same_samples(sampled, reopen):
    drag(sampled, sampled.get_by_label("μ of z2", exact=True), 0.8)
    drag(sampled, sampled.get_by_label("σ of z5", exact=True), 0.2)
    choose_samples(sampled, 7)
    type_seed(sampled, 123456789)
    sweep(sampled, 4)
    sampled.locator(PICTURES).focus()
    sampled.keyboard.press("ArrowRight")
    settle(sampled)
    other = reopen(sampled, "at=2")
    assert look(other) == look(sampled)
    assert read(other, "μ") == read(sampled, "μ") != [0] * 8
    assert read(other, "σ") == read(sampled, "σ") != [1] * 8
    expect(other.get_by_label("seed")).to_have_value("123456789")
    expect(other.locator(f"{VIEW} .sweep h3")).to_have_text("z4 swept")


def test_a_link_opens_the_same_code(sampled, reopen):
    type_code(sampled, "0.5, -1.25, 0, 2, -0.125, 1, 0.3, -2")
    settle(sampled)
    other = reopen(sampled, "z=0.5,-1.25")
    assert look(other) == look(sampled)


def test_a_link_opens_the_same_mixture(sampled, reopen):
    sampled.locator(f"{PANEL} .chips [data-label='4']").click()
    expect(sampled.locator(f"{PANEL} .fits")).to_contain_text("class 4 (")
    sampled.get_by_role("button", name="mixture", exact=True).click()
    sampled.get_by_label("Gaussians of the mixture").select_option("2 Gaussians")
    caption(sampled, "2 Gaussians fitted to class 4")
    settle(sampled)
    other = reopen(sampled, "fit=4~2")
    caption(other, "2 Gaussians fitted to class 4")
    settle(other)
    assert look(other) == look(sampled)


def test_a_link_opens_the_same_comparison(sampled, reopen):
    sampled.locator(f"{PANEL} summary").get_by_text("Compare with").click()
    for name in ("sharp", "wide"):
        sampled.locator(f"{PANEL} .models").get_by_role("button", name=name).click()
        expect(sampled.locator(f"{VIEW} figcaption b").last).to_have_text(name)
    settle(sampled)
    other = reopen(sampled, "vs=sharp~wide")
    assert other.locator(f"{VIEW} figcaption b").all_inner_texts() == ["sampler", "sharp", "wide"]
    for pane in range(3):
        assert pixels(other, pane).tobytes() == pixels(sampled, pane).tobytes()


def test_a_link_opens_the_same_plane(sampled, visit, sampler_studio):
    sampled.get_by_role("button", name="plane", exact=True).click()
    sampled.get_by_label("Dimension to the right").select_option("z2")
    sampled.get_by_label("Dimension upwards").select_option("z6")
    caption(sampled, "z2 grows to the right, z6 upwards")
    sampled.wait_for_url(re.compile("plane=2,6"))
    other = visit(sampler_studio).page
    other.goto(sampled.url)
    for page in (sampled, other):
        expect(page.locator(PICTURES)).to_have_accessible_name(
            re.compile("Plane of z2 .* and z6 "), timeout=15_000
        )
    assert pixels(other).tobytes() == pixels(sampled).tobytes()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("mode=magic", "the mode is unknown"),
        ("seed=-1", "the seed is no whole number from 0"),
        ("seed=9007199254740993", "the seed is no whole number from 0"),
        ("n=65", "the number of samples is not from 1 to 64"),
        ("n=0", "the number of samples is not from 1 to 64"),
        ("at=x", "the sample that is looked at cannot be read"),
        ("mu=1,2", "mu has 2 numbers and 'sampler' has 8 dimensions"),
        ("mu=1,2,3,4,5,6,7,oops", "mu cannot be read"),
        ("sigma=1,1,1,1,1,1,1,-1", "a sigma is below 0"),
        ("sigma=1,1,1,1,1,1,1,1e9", "sigma cannot be read"),
        ("mode=exact&z=1,2,3", "z has 3 numbers and 'sampler' has 8 dimensions"),
        ("mode=exact&z=NaN,1,1,1,1,1,1,1", "z cannot be read"),
        ("dim=9", "there is no dimension 9"),
        ("plane=2,2", "the plane is not one of two dimensions"),
        ("plane=2,99", "the plane is not one of two dimensions"),
        ("fit=all~many", "the fit cannot be read"),
        ("mode=fitted&fit=77~auto", "There is no class 77"),
        ("vs=nobody", "nobody"),
        ("vs=..%2F..%2Fetc", "the models to compare with cannot be read"),
        ("seed=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "the seed is no whole number from 0"),
    ],
)
def test_a_bad_link_is_told_and_harmless(visit, sampler_studio, query, sentence):
    page = visit(sampler_studio).page
    open_sampler(page, f"model=sampler&{query}")
    told(page, sentence)
    # What cannot be read of the link is left out; the rest is as ever.
    assert code(page) == pytest.approx(normals(1, 64, 8)[0].tolist(), abs=1e-4)
    before = pixels(page)
    press(page, "Resample")
    assert (pixels(page) != before).any()


def test_a_sample_beyond_the_last_is_the_last(visit, sampler_studio):
    page = open_sampler(visit(sampler_studio).page, "model=sampler&n=4&at=60")
    other = open_sampler(visit(sampler_studio).page, "model=sampler&n=4&at=4")
    assert code(page) == code(other)


def test_far_numbers_in_a_link_are_drawn_all_the_same(visit, sampler_studio):
    page = open_sampler(
        visit(sampler_studio).page, "model=sampler&mode=exact&z=" + "1e3," * 7 + "1"
    )
    assert code(page) == [1e3] * 7 + [1]
    expect(page.locator(f"{VIEW} .where .note")).to_contain_text("The model has hardly been here")
    expect(page.locator(NUMBERS)).to_have_value(re.compile("^1000.0000, "))
    expect(page.locator(f"{VIEW} .sweep .frames button")).to_have_count(13)


def test_a_model_that_is_not_there_gives_way(visit, sampler_studio):
    page = open_sampler(visit(sampler_studio).page, "model=nobody&seed=5")
    press(page, "Resample")
    expect(page.locator(f"{VIEW} figcaption b")).not_to_have_text("nobody")


def test_a_link_within_the_page_is_followed_whole(sampled, visit, sampler_studio):
    type_code(sampled, "3, 3, 3, 3, 3, 3, 3, 3")
    press(sampled, "N(μ, σ²)")
    drag(sampled, sampled.get_by_label("μ of z2", exact=True), 0.8)
    choose_samples(sampled, 3)
    query = "model=sampler&mode=gaussian&seed=77&n=9"
    sampled.evaluate(
        """query => document.querySelector('#header').append(Object.assign(
          document.createElement('a'), { href: `?tab=sampler&${query}`, textContent: 'there' }))""",
        query,
    )
    sampled.locator("#header a", has_text="there").click()
    expect(sampled.get_by_label("seed")).to_have_value("77")
    settle(sampled)
    other = open_sampler(visit(sampler_studio).page, query)
    assert look(sampled) == look(other)


def test_the_sampler_stays_while_another_tab_is_looked_at(sampler_among_tabs, visit):
    sampled = open_sampler(visit(sampler_among_tabs).page)
    drag(sampled, sampled.get_by_label("μ of z2", exact=True), 0.8)
    before = look(sampled)
    sampled.wait_for_url(re.compile("mu="))
    sampled.get_by_role("tab", name="Train").click()
    expect(sampled.locator("#train-start")).to_be_visible()
    sampled.get_by_role("tab", name="Gaussian sampler").click()
    settle(sampled)
    sampled.wait_for_url(re.compile("tab=sampler.*mu=|mu=.*tab=sampler"))
    assert look(sampled) == before
