"""A face in the page's address, and faces of other models."""

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.faces import (
    FACES,
    PANEL,
    VIEW,
    caption,
    code,
    open_faces,
    pixels,
    row,
    settle,
    slide,
    told,
)


def test_an_address_is_a_face(faced, visit, faces_studio):
    slide(faced, "Smiling", 1.5)
    slide(faced, "Young", -0.5)
    faced.get_by_label("Truncation").press("End")
    settle(faced)
    faced.wait_for_function("location.search.includes('truncation=1.5')")
    query = faced.evaluate("location.search")
    assert "moved=Smiling~1.5,Young~-0.5" in query
    other = open_faces(visit(faces_studio).page, query.removeprefix("?"))
    assert code(other) == pytest.approx(code(faced), abs=1e-5)
    assert np.abs(pixels(other) - pixels(faced).astype(int)).max() <= 1
    caption(other, "smile +1.5, young −0.5")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("seed=-4", "the seed is no whole number from 0"),
        ("seed=3&moved=Smiling~9", "what the face is moved by cannot be read"),
        ("moved=Wings~1,Smiling~1", "'faces' has no attribute 'Wings'"),
        ("kind=magic", "the kind of directions is unknown"),
        ("show=dance", "the show is unknown"),
        ("truncation=7", "the truncation is not from 0 to 1.5"),
    ],
)
def test_what_a_link_gets_wrong_is_told_and_the_rest_is_shown(visit, faces_studio, query, words):
    page = open_faces(visit(faces_studio).page, f"model=faces&{query}")
    told(page, words)
    if "Wings" in query:
        caption(page, "moved: smile +1.0")


def test_a_show_is_in_the_address_and_keys_reach_every_control(faced):
    faced.locator(VIEW).get_by_role("button", name="effects", exact=True).click()
    faced.wait_for_function("location.search.includes('show=effects')")
    expect(faced.locator(f"{VIEW} .frame")).to_be_hidden()
    faced.locator(VIEW).get_by_role("button", name="face", exact=True).click()
    faced.wait_for_function("!location.search.includes('show=')")
    reached = set()
    faced.locator(f"{VIEW} .shows button").first.focus()
    for _ in range(60):
        faced.keyboard.press("Tab")
        found = "document.activeElement.closest('.attribute')?.dataset.name"
        reached.add(faced.evaluate(f"{found} ?? document.activeElement.textContent.trim()"))
    assert {"Smiling", "Young", "Male", "Eyeglasses", "Random", "conditional"} <= reached


def test_another_model_keeps_the_seed(faced):
    slide(faced, "Smiling", 2)
    faced.evaluate("window.latentHouse.open('faces', { model: 'bare' })")
    faced.wait_for_function(f"{FACES}.about.name === 'bare'")
    settle(faced)
    caption(faced, "Random face, seed 1.")
    expect(faced.locator(f"{PANEL} .rows")).to_be_hidden()
    faced.evaluate("window.latentHouse.open('faces', { model: 'faces', seed: 3 })")
    faced.wait_for_function(f"{FACES}.about.name === 'faces' && {FACES}.origin?.seed === 3")
    settle(faced)
    expect(row(faced, "Smiling")).to_be_visible()


def test_what_a_followed_address_leaves_out_is_as_in_the_beginning(faced):
    slide(faced, "Smiling", 1.5)
    faced.get_by_label("Truncation").press("End")
    faced.evaluate(f"{FACES}.setKind('normal')")
    faced.locator(f"{PANEL}").get_by_role("button", name="conditional", exact=True).click()
    faced.evaluate(f"{FACES}.setShown(['Smiling'])")
    settle(faced)
    before = code(faced)
    faced.evaluate(f"{FACES}.setShow('plane')")
    faced.evaluate("window.latentHouse.open('faces', { model: 'faces', seed: 3 })")
    faced.wait_for_function(f"{FACES}.origin.seed === 3")
    state = faced.evaluate(
        f"""() => {{ const f = {FACES};
        return [f.truncation, f.strengths.size, f.kind, f.conditional, f.shown, f.show]; }}"""
    )
    assert state == [0.7, 0, "means", False, ["Smiling", "Young", "Male", "Eyeglasses"], "face"]
    settle(faced)
    # All of it is one step to take back.
    faced.locator(PANEL).get_by_role("button", name="undo", exact=True).click()
    settle(faced)
    assert code(faced) == pytest.approx(before, abs=1e-5)
    assert faced.evaluate(f"{FACES}.conditional && {FACES}.kind === 'normal'")


def test_whoever_wants_another_face_meanwhile_gets_that(faced):
    held = []
    faced.route("**/held-out?**", lambda route: held.append(route))
    faced.evaluate("window.latentHouse.open('faces', { model: 'faces', row: 1, seed: 9 })")
    faced.wait_for_function(f"{FACES}.busy === 'held-out'")
    faced.evaluate(f"{FACES}.random(5)")
    faced.wait_for_function(f"{FACES}.origin.seed === 5")
    held[0].continue_()
    faced.wait_for_timeout(600)
    settle(faced)
    assert faced.evaluate(f"[{FACES}.origin.kind, {FACES}.origin.seed]") == ["random", 5]
