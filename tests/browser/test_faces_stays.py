"""What the faces tab leaves alone, and what it keeps whatever happens around it."""

import json
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.faces import (
    FACES,
    PANEL,
    PICTURE,
    VIEW,
    alike,
    code,
    number,
    open_faces,
    pixels,
    press,
    settle,
    slide,
    step,
    told,
    type_into,
)
from tests.browser.sampler import PICTURES, SAMPLER
from tests.browser.shelf import (
    MORPH,
    export,
    export_shelf,
    give,
    keep,
    names,
    open_morph,
)
from tests.browser.studios import cut_sockets, note_sockets, open_studio

STATE = f"""() => {{
  const faces = {FACES};
  return [faces.origin.seed, [...faces.strengths], faces.show, faces.steps.taken.length];
}}"""


def test_a_seed_is_the_same_picture_for_everybody(faced, visit, faces_studio):
    first = pixels(faced)
    press(faced, "Random")
    second = pixels(faced)
    assert not alike(first, second)
    type_into(faced, faced.locator(f"{PANEL} .seed"), "1")
    settle(faced)
    assert alike(pixels(faced), first)
    other = open_faces(visit(faces_studio).page, "model=faces&seed=2")
    assert alike(pixels(other), second)
    # Truncated to nothing every seed is the average face.
    average = []
    for page in (faced, other):
        page.get_by_label("Truncation").press("Home")
        settle(page)
        average.append(pixels(page))
    assert alike(*average)
    mean = np.array(faced.evaluate(f"{FACES}.about.mean"))
    assert code(faced) == pytest.approx(mean, abs=1e-6)


def test_two_sliders_compose_in_any_order(faced):
    z, before = code(faced), pixels(faced)
    slide(faced, "Smiling", 2)
    first = pixels(faced)
    slide(faced, "Male", -1.5)
    both = pixels(faced)
    moved = z + 2 * step(faced, "Smiling") - 1.5 * step(faced, "Male")
    assert code(faced) == pytest.approx(moved, abs=1e-5)
    assert not any(alike(a, b) for a, b in ((before, first), (first, both), (before, both)))
    press(faced, "Reset all")
    assert alike(pixels(faced), before)
    slide(faced, "Male", -1.5)
    slide(faced, "Smiling", 2)
    assert code(faced) == pytest.approx(moved, abs=1e-5)
    assert alike(pixels(faced), both)
    press(faced, "conditional")
    faced.wait_for_function(f"old => Math.abs({FACES}.code[0] - old) > 1e-4", arg=moved[0])
    settle(faced)
    assert not alike(pixels(faced), both)
    # Each step back is one press, to the very beginning.
    for _ in range(faced.evaluate(f"{FACES}.steps.taken.length")):
        press(faced, "undo")
    assert alike(pixels(faced), before)
    expect(faced.get_by_role("button", name="undo", exact=True)).to_be_disabled()


def test_a_number_that_is_wiped_out_is_put_back(faced):
    z = code(faced)
    for field, kept in ((number(faced, "Smiling"), "0"), (faced.locator(f"{PANEL} .seed"), "1")):
        field.click()
        field.fill("")
        faced.keyboard.press("Enter")
        expect(field).to_have_value(kept)
    told(faced, "A seed is a whole number from 0")
    assert code(faced) == pytest.approx(z)


def test_keys_of_the_faces_mean_nothing_in_other_tabs(faces_among_tabs, visit):
    faced = open_faces(visit(faces_among_tabs).page)
    slide(faced, "Smiling", 2)
    before = faced.evaluate(STATE)
    sampled = f"{SAMPLER}.seed"
    faced.get_by_role("tab", name="Gaussian sampler").click()
    faced.wait_for_function(f"() => document.querySelector('{PICTURES}')?.dataset.frames > 0")
    faced.locator(PICTURES).first.focus()
    seed = faced.evaluate(sampled)
    faced.keyboard.press("r")
    faced.wait_for_function(f"seed => {sampled} === seed + 1", arg=seed)
    for tab in ("Gaussian sampler", "Train", "Checkpoints"):
        faced.get_by_role("tab", name=tab).click()
        for key in ("s", "Control+z", "Space"):
            faced.keyboard.press(key)
    assert faced.evaluate(STATE) == before
    assert names(faced) == []
    seed = faced.evaluate(sampled)
    faced.get_by_role("tab", name="Faces").click()
    expect(faced.locator(PICTURE)).to_be_visible()
    settle(faced)
    assert faced.evaluate(STATE) == before
    faced.wait_for_url("**tab=faces**")
    faced.keyboard.press("r")
    faced.wait_for_function(f"seed => {FACES}.origin.seed === seed", arg=before[0] + 1)
    assert faced.evaluate(sampled) == seed


def test_a_browser_that_keeps_nothing_at_all_still_has_a_shelf(visit, faces_studio):
    page = visit(faces_studio).page
    page.add_init_script(
        """for (const name of ['getItem', 'setItem']) Storage.prototype[name] = () => {
          throw new DOMException('No.', 'SecurityError'); };"""
    )
    open_faces(page)
    keep(page, 1)
    keep(page, 2)
    assert names(page) == ["seed 1", "seed 2"]
    assert len(export_shelf(page)["faces"]) == 2


def test_codes_that_are_no_numbers_never_reach_the_shelf(faced, tmp_path):
    keep(faced, 1)
    saved = export_shelf(faced)
    whole = json.dumps(saved["faces"][0]["z"])
    for text, why in (
        ("[NaN, 0, 0, 0, 0, 0, 0, 0]", "it is not JSON"),
        ("[null, 0, 0, 0, 0, 0, 0, 0]", "no face in it is 8 numbers"),
        ("[1e999, 0, 0, 0, 0, 0, 0, 0]", "no face in it is 8 numbers"),
        ("[0, 0]", "no face in it is 8 numbers"),
    ):
        give(faced, tmp_path, json.dumps(saved).replace(whole, text).encode())
        told(faced, f"This file cannot be added to the shelf: {why}")
    other = saved["model"] | {"digest": "0" * 64}
    give(faced, tmp_path, saved | {"model": other})
    told(faced, "its faces are of another 'faces', with other weights")
    assert names(faced) == ["seed 1"]


def test_a_file_is_given_up_and_another_one_made(faced):
    keep(faced, 1)
    keep(faced, 2)
    open_morph(faced)
    type_into(faced, faced.locator(f"{MORPH} .steps"), "40")
    # A studio that is slow to answer.
    faced.route("**/export/gif", lambda route: None)
    faced.locator(f"{MORPH} [data-export=gif]").click()
    faced.locator(MORPH).get_by_role("button", name="cancel").click()
    expect(faced.locator(f"{MORPH} [data-export=npz]")).to_be_enabled()
    with np.load(export(faced, "npz"), allow_pickle=False) as file:
        assert file["codes"].shape == (40, 8)
        assert file["codes"].dtype == np.float32


def test_nothing_is_wider_than_a_phone(visit, faces_studio):
    page = open_faces(visit(faces_studio, viewport={"width": 360, "height": 780}).page)
    keep(page, 1)
    keep(page, 2)
    for show in ("morph", "strip", "plane", "effects", "face"):
        page.locator(f"{VIEW} [data-show={show}]").click()
        expect(page.locator(VIEW)).to_have_attribute("data-show", show)
        page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_model_that_is_deleted_and_brought_back_goes_on(visit, faces_workspace, tmp_path):
    kept, away = tmp_path / "ws" / "checkpoints" / "faces", tmp_path / "away"
    shutil.copytree(faces_workspace / "checkpoints" / "faces", kept)
    with open_studio(tmp_path / "ws", only="faces") as address:
        page = visit(address).page
        note_sockets(page)
        open_faces(page)
        keep(page, 1)
        slide(page, "Smiling", 1)
        before = pixels(page)
        kept.rename(away)
        told(page, "was deleted from the studio")
        cut_sockets(page)
        page.wait_for_timeout(1500)
        told(page, "was deleted from the studio")
        # Whatever waits for pictures hears of it.
        refused = page.evaluate(
            f"""async () => {{
              const codes = new Float32Array(200 * {FACES}.about.latent_dim);
              const asked = [codes, codes].map(all => {FACES}.decodeOnce(all));
              return (await Promise.allSettled(asked)).map(({{ status }}) => status);
            }}"""
        )
        assert refused == ["rejected", "rejected"]
        away.rename(kept)
        expect(page.locator(f"{VIEW} .notice")).to_be_hidden(timeout=15_000)
        slide(page, "Smiling", -2)
        assert not alike(pixels(page), before)
        assert page.evaluate(f"{FACES}.decodeOnce({FACES}.code).then(found => found.length)") > 0
        assert names(page) == ["seed 1"]
