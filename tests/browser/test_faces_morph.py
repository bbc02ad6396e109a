"""Morphs between saved faces: by hand, played, and as files that open."""

import av
import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from models.latent.interpolation import slerp
from tests.browser.faces import FACES, VIEW, caption, pixels, press, settle, told, type_into
from tests.browser.shelf import (
    MORPH,
    ROW,
    TELLS,
    card,
    ends,
    export,
    export_shelf,
    go_to,
    keep,
    looked,
    names,
    open_morph,
)


@pytest.fixture
def morphed(faced):
    """The morph between the faces of two seeds, a third one beside them."""
    for seed in (3, 5, 8):
        keep(faced, seed)
    open_morph(faced)
    return faced


def codes(page):
    return np.array([face["z"] for face in export_shelf(page)["faces"]])


def export_codes(page):
    with np.load(export(page, "npz")) as file:
        return file["codes"]


def steps(page):
    return page.locator(f"{MORPH} .steps")


def test_without_two_faces_it_says_what_is_missing(faced):
    faced.locator(f"{VIEW} [data-show=morph]").click()
    expect(faced.locator(TELLS)).to_contain_text("Save two faces to the shelf")
    expect(faced.locator(f"{MORPH} [data-export=gif]")).to_be_disabled()
    faced.get_by_role("button", name="Save to shelf").click()
    expect(faced.locator(TELLS)).to_contain_text("One end is missing")


def test_the_picture_follows_the_slider(morphed):
    a, b, _ = codes(morphed)
    seen = []
    for share in (0, 0.25, 0.5, 1):
        go_to(morphed, share)
        assert looked(morphed) == pytest.approx(a + share * (b - a), abs=1e-4)
        seen.append(pixels(morphed))
        assert all((seen[-1] != other).any() for other in seen[:-1])
    expect(morphed.locator(TELLS)).to_have_text("At seed 5.")
    press(morphed, "slerp")
    go_to(morphed, 0.5)
    between = slerp(torch.tensor(a), torch.tensor(b), torch.tensor([0.5], dtype=torch.float64))
    assert looked(morphed) == pytest.approx(between[0].numpy(), abs=1e-3)


def test_ends_are_swapped_marked_and_gone_to(morphed):
    go_to(morphed, 0.3)
    press(morphed, "Swap A and B")
    assert ends(morphed) == ["seed 5", "seed 3"]
    expect(morphed.locator(TELLS)).to_have_text(
        "70 % of the way from seed 5 to seed 3, on the straight way."
    )
    card(morphed, "seed 8").hover()
    card(morphed, "seed 8").get_by_role("button", name="Morph from seed 8").click()
    assert ends(morphed) == ["seed 8", "seed 3"]
    press(morphed, "Go to seed 8")
    expect(morphed.locator(TELLS)).to_have_text("At seed 8.")
    settle(morphed)
    assert looked(morphed) == pytest.approx(codes(morphed)[2], abs=1e-4)


def test_it_plays_forth_and_back(morphed):
    type_into(morphed, steps(morphed), "8")
    morphed.locator(f"{VIEW} .frame").click()
    morphed.keyboard.press(" ")
    slider = f"document.querySelector('{MORPH} .share')"
    morphed.wait_for_function(f"() => {slider}.value > 0.8")
    morphed.wait_for_function(f"() => {slider}.value < 0.2")
    morphed.wait_for_function(f"() => {slider}.value > 0.5")
    morphed.get_by_role("button", name="Pause (space)").click()
    settle(morphed)
    at = morphed.locator(f"{MORPH} .share").input_value()
    morphed.wait_for_timeout(200)
    assert morphed.locator(f"{MORPH} .share").input_value() == at


def test_a_way_leads_through_the_whole_shelf_and_back(morphed):
    found = codes(morphed)
    press(morphed, "through the shelf")
    for at, share in enumerate((0, 0.5, 1)):
        go_to(morphed, share)
        assert looked(morphed) == pytest.approx(found[at], abs=1e-6)
    morphed.get_by_label("closed").check()
    go_to(morphed, 1)
    assert looked(morphed) == pytest.approx(found[0], abs=1e-4)
    card(morphed, "seed 5").locator(".face").click()
    expect(morphed.locator(TELLS)).to_have_text("At seed 5.")
    expect(morphed.locator(f"{MORPH} [data-do=swap]")).to_be_hidden()


def test_every_face_of_the_shelf_is_a_step_of_the_way(morphed):
    keep(morphed, 13)
    open_morph(morphed)
    found = codes(morphed)
    press(morphed, "through the shelf")
    expect(steps(morphed)).to_have_value("49")
    assert export_codes(morphed)[::16] == pytest.approx(found, abs=1e-5)
    # The small pictures stop there, too.
    frames = morphed.locator(f"{MORPH} .frames button")
    count = frames.count()
    assert (count - 1) % 3 == 0
    frames.nth((count - 1) // 3).click()
    expect(morphed.locator(TELLS)).to_have_text("At seed 5.")
    settle(morphed)
    assert looked(morphed) == pytest.approx(found[1], abs=1e-6)
    morphed.get_by_label("closed").check()
    expect(steps(morphed)).to_have_value("65")
    assert export_codes(morphed)[:-1:16] == pytest.approx(found, abs=1e-5)


def test_films_strips_and_codes_open(morphed):
    type_into(morphed, steps(morphed), "6")
    morphed.get_by_label("size", exact=True).select_option("64")
    for kind in ("gif", "webp"):
        with Image.open(export(morphed, kind)) as film:
            assert (film.format.lower(), film.size) == (kind, (64, 64))
            assert film.n_frames == 10
    with av.open(export(morphed, "mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == 10
    with Image.open(export(morphed, "png")) as strip:
        assert strip.size == (6 * 64, 64)
    with np.load(export(morphed, "npz")) as file:
        found = codes(morphed)
        assert file["codes"].shape == (6, 8)
        assert file["codes"][[0, -1]] == pytest.approx(found[:2], abs=1e-5)
        assert str(file["kind"]) == "linear"
    told(morphed, "Saved")


def test_what_is_no_number_of_steps_is_told(morphed):
    for wrong in ("1", "241", "1e2", "many"):
        type_into(morphed, steps(morphed), wrong)
        told(morphed, f"A morph has a whole number of steps from 2 to 240, not '{wrong}'.")
        expect(steps(morphed)).to_have_value("32")


def test_a_face_in_between_is_saved_and_edited(morphed):
    go_to(morphed, 0.4)
    between = looked(morphed)
    morphed.get_by_role("button", name="Save to shelf").click()
    expect(morphed.locator(f"{ROW} li")).to_have_count(4)
    assert names(morphed)[-1] == "seed 3 to seed 5, 40 %"
    assert codes(morphed)[-1] == pytest.approx(between, abs=1e-4)
    press(morphed, "edit this face")
    caption(morphed, "‘seed 3 to seed 5, 40 %’ from the shelf")
    assert looked(morphed) == pytest.approx(between, abs=1e-4)


def test_a_hand_at_the_sliders_of_the_face_leaves_the_morph(morphed):
    press(morphed, "Random")
    assert morphed.evaluate(f"{FACES}.show") == "face"


def test_the_morph_of_another_model_is_gone(morphed):
    morphed.get_by_role("button", name="Play (space)").click()
    morphed.evaluate(f"{FACES}.open('bare')")
    expect(morphed.locator(TELLS)).to_contain_text("Save two faces to the shelf")
    assert names(morphed) == []
    morphed.evaluate(f"{FACES}.open('faces')")
    expect(morphed.locator(f"{ROW} li")).to_have_count(3)
    expect(morphed.locator(TELLS)).to_have_text("At seed 3.")


def test_the_way_of_another_model_does_not_outlive_a_request_that_failed(morphed):
    refusal = {"status": 422, "json": {"error": "There is no way today."}}
    morphed.route("**/faces/*/path", lambda route: route.fulfill(**refusal))
    press(morphed, "slerp")
    told(morphed, "There is no way today.")
    morphed.evaluate(f"{FACES}.open('bare')")
    morphed.wait_for_function(f"() => {FACES}.about.name === 'bare'")
    settle(morphed)
    assert morphed.evaluate(f"{FACES}.looked") is None
    expect(morphed.locator(f"{MORPH} .frames button")).to_have_count(0)
    morphed.unroute("**/faces/*/path")
