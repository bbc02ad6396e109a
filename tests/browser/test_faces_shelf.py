"""Saved faces: named, ordered, marked, kept over a reload, and carried in files."""

import json

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.faces import DRAWN, FACES, caption, code, settle, told
from tests.browser.shelf import (
    IMPORT,
    PAINTED,
    ROW,
    SHELF,
    card,
    ends,
    export_shelf,
    give,
    keep,
    names,
)

DEEP = "[" * 20_000 + "]" * 20_000
# Nothing is kept any more whose key ends so.
REFUSES = """end => {
  window.setItem = Storage.prototype.setItem;
  Storage.prototype.setItem = function set(key, text) {
    if (key.endsWith(end)) throw new DOMException('full', 'QuotaExceededError');
    window.setItem.call(this, key, text);
  };
}"""
KEY = f"'latent-studio-faces:' + {FACES}.about.digest.slice(0, 16)"


@pytest.fixture
def shelved(faced):
    """The tab with the faces of three seeds on the shelf."""
    for seed in (3, 5, 8):
        keep(faced, seed)
    return faced


def reload(page):
    page.reload()
    page.wait_for_function(DRAWN, timeout=30_000)
    settle(page)
    page.wait_for_function(PAINTED)


def test_saved_faces_are_there_after_a_reload(shelved):
    z = code(shelved)
    assert names(shelved) == ["seed 3", "seed 5", "seed 8"]
    assert ends(shelved) == ["seed 3", "seed 5"]
    reload(shelved)
    assert names(shelved) == ["seed 3", "seed 5", "seed 8"]
    assert ends(shelved) == ["seed 3", "seed 5"]
    card(shelved, "seed 8").locator(".face").click()
    caption(shelved, "‘seed 8’ from the shelf")
    settle(shelved)
    assert code(shelved) == pytest.approx(z, abs=1e-5)
    # The same face is not saved twice.
    shelved.keyboard.press("s")
    told(shelved, "This face is on the shelf already, as seed 8.")
    assert len(names(shelved)) == 3


def test_faces_are_renamed_marked_and_ordered_with_the_keyboard(shelved):
    face = card(shelved, "seed 5").locator(".face")
    face.focus()
    shelved.keyboard.press("F2")
    shelved.keyboard.type("<img src=x onerror=alert(1)>")
    shelved.keyboard.press("Enter")
    expect(face).to_be_focused()
    shelved.keyboard.press("Alt+ArrowRight")
    assert names(shelved) == ["seed 3", "seed 8", "<img src=x onerror=alert(1)>"]
    shelved.keyboard.press("a")
    shelved.keyboard.press("ArrowLeft")
    shelved.keyboard.press("b")
    assert ends(shelved) == ["<img src=x onerror=alert(1)>", "seed 8"]
    reload(shelved)
    assert names(shelved)[2] == "<img src=x onerror=alert(1)>"
    assert ends(shelved) == ["<img src=x onerror=alert(1)>", "seed 8"]


def test_a_face_that_was_removed_is_brought_back(shelved):
    card(shelved, "seed 3").locator(".face").focus()
    shelved.keyboard.press("Delete")
    assert names(shelved) == ["seed 5", "seed 8"]
    assert ends(shelved) == ["", "seed 5"]
    expect(card(shelved, "seed 5").locator(".face")).to_be_focused()
    shelved.get_by_role("button", name="bring back seed 3").click()
    assert names(shelved) == ["seed 3", "seed 5", "seed 8"]
    assert ends(shelved) == ["seed 3", "seed 5"]


def test_a_second_tab_of_the_browser_has_the_same_shelf(shelved):
    other = shelved.context.new_page()
    other.goto(shelved.url)
    other.wait_for_function(f"() => document.querySelectorAll('{ROW} li').length === 3")
    card(other, "seed 5").locator(".face").focus()
    other.keyboard.press("Delete")
    expect(shelved.locator(f"{ROW} li")).to_have_count(2)
    assert names(shelved) == ["seed 3", "seed 8"]
    other.close()


def test_a_file_of_the_shelf_is_shown_before_it_is_added(shelved, tmp_path):
    saved = export_shelf(shelved)
    assert (saved["format"], saved["version"]) == ("latent-studio-faces", 1)
    assert [face["name"] for face in saved["faces"]] == names(shelved)
    assert saved["model"]["latent_dim"] == len(saved["faces"][0]["z"])
    for name in names(shelved)[:2]:
        card(shelved, name).locator(".face").focus()
        shelved.keyboard.press("Delete")
    give(shelved, tmp_path, saved)
    expect(shelved.locator(f"{IMPORT} p")).to_contain_text("1 is on the shelf already.")
    shelved.wait_for_function(PAINTED)
    expect(shelved.locator(f"{IMPORT} canvas")).to_have_count(2)
    shelved.keyboard.press("Escape")
    assert names(shelved) == ["seed 8"]
    give(shelved, tmp_path, saved)
    shelved.get_by_role("button", name="Add 2 faces").click()
    assert names(shelved) == ["seed 8", "seed 3", "seed 5"]
    give(shelved, tmp_path, saved)
    told(shelved, "All faces of the file are on the shelf already.")


def test_a_file_that_is_dropped_on_the_shelf_is_no_photo(shelved):
    saved = export_shelf(shelved)
    saved["faces"][0]["z"][0] += 1
    drop = """(shelf, text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([text], 'shelf.json', { type: 'application/json' }));
      for (const type of ['dragover', 'drop']) {
        shelf.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }
    }"""
    shelved.locator(SHELF).evaluate(drop, json.dumps(saved))
    shelved.get_by_role("button", name="Add one face").click()
    assert names(shelved)[-1] == "seed 3 (2)"
    expect(shelved.locator("body.photo-over")).to_have_count(0)
    expect(shelved.locator("dialog[open]")).to_have_count(0)


def test_what_is_no_shelf_of_this_model_is_refused_in_a_sentence(shelved, tmp_path):
    saved = export_shelf(shelved)
    other = saved["model"] | {"name": "celebrities", "digest": "0" * 64}
    for content, sentence in (
        (b"no json {", "it is not JSON"),
        (b"\x89PNG\xff\x00", "it is not JSON"),
        ({"format": "waypoints"}, "it is no shelf of faces"),
        (saved | {"version": 2}, "it is of version 2"),
        (saved | {"version": {"toString": 1}}, "it is of version unknown"),
        (
            json.dumps(saved | {"version": 0}).replace(": 0", f": {DEEP}").encode(),
            "it is of version unk",
        ),
        (
            saved | {"model": other | {"name": [[["x"]]]}},
            "its faces are of another model, 'unnamed'",
        ),
        (
            saved | {"faces": saved["faces"] * 400},
            "it holds 1,200 faces, and at most 1,000 are read",
        ),
        (b" " * 2_000_001, "it is larger than 2 MB"),
        (saved | {"model": other}, "its faces are of another model, 'celebrities'"),
        (saved | {"faces": []}, "there is no face in it"),
        (saved | {"faces": [None, {"z": ["1"] * 8}, {"z": [1e9] * 8}]}, "no face in it is 8 numb"),
    ):
        give(shelved, tmp_path, content)
        told(shelved, f"This file cannot be added to the shelf: {sentence}")
        expect(shelved.locator(IMPORT)).to_be_hidden()
    assert names(shelved) == ["seed 3", "seed 5", "seed 8"]


def test_of_a_thousand_faces_those_are_added_that_there_is_room_for(shelved, tmp_path):
    saved = export_shelf(shelved)
    codes = np.random.default_rng(0).normal(size=(1000, 8)).round(5).tolist()
    saved["faces"] = [{"name": f"n {i}", "z": z, "made": None} for i, z in enumerate(codes)]
    give(shelved, tmp_path, saved)
    expect(shelved.locator(f"{IMPORT} p")).to_contain_text("There is room for 61")
    shelved.get_by_role("button", name="Add 61 faces").click()
    expect(shelved.locator(f"{ROW} li")).to_have_count(64)
    shelved.evaluate(f"{FACES}.random(99)")
    caption(shelved, "seed 99")
    shelved.get_by_role("button", name="Save to shelf").click()
    told(shelved, "The shelf holds 64 faces already")


@pytest.mark.parametrize("text", ["{broken", "[]", '{"format": "latent-studio-faces"}'])
def test_a_kept_shelf_that_cannot_be_read_is_set_aside(shelved, text):
    shelved.evaluate(f"text => localStorage.setItem({KEY}, text)", text)
    shelved.reload()
    shelved.wait_for_function(DRAWN, timeout=30_000)
    told(shelved, "The shelf that this browser kept for 'faces' cannot be read")
    assert shelved.evaluate(f"localStorage.getItem({KEY} + ':unread')") == text
    keep(shelved, 9)
    reload(shelved)
    assert names(shelved) == ["seed 9"]


def test_a_second_shelf_that_cannot_be_read_is_set_aside_beside_the_first(shelved):
    for text in ("{first", "{second"):
        shelved.evaluate(f"text => localStorage.setItem({KEY}, text)", text)
        reload(shelved)
    kept = f"['', '-2'].map(n => localStorage.getItem({KEY} + ':unread' + n))"
    assert shelved.evaluate(kept) == ["{first", "{second"]
    lines = shelved.locator(f"{SHELF} .leftovers li")
    expect(lines).to_have_count(2)
    for _ in range(2):
        lines.first.locator("[data-leftover=forget]").click()
    expect(lines).to_have_count(1)
    assert shelved.evaluate(kept) == [None, "{second"]


def test_what_there_is_no_room_to_set_aside_is_not_written_over(shelved):
    shelved.add_init_script(f"({REFUSES})(':unread')")
    shelved.evaluate(f"localStorage.setItem({KEY}, '{{broken')")
    shelved.reload()
    shelved.wait_for_function(DRAWN, timeout=30_000)
    told(shelved, "nothing is kept of this shelf until you forget it")
    keep(shelved, 9)
    expect(shelved.locator(f"{SHELF} .unkept")).to_be_visible()
    assert shelved.evaluate(f"localStorage.getItem({KEY})") == "{broken"
    for _ in range(2):
        shelved.locator(f"{SHELF} [data-leftover=forget]").click()
    expect(shelved.locator(f"{SHELF} .unkept")).to_be_hidden()
    reload(shelved)
    assert names(shelved) == ["seed 9"]


def test_a_browser_without_room_says_that_it_keeps_nothing(shelved):
    shelved.evaluate(f"({REFUSES})('')")
    unkept = shelved.locator(f"{SHELF} .unkept")
    for seed in (9, 10):
        keep(shelved, seed)
        assert names(shelved)[-1] == f"seed {seed}"
        told(shelved, "This browser keeps no faces for this page")
        expect(unkept).to_be_visible()
        shelved.locator(f"{SHELF} h3").click()
        shelved.get_by_role("button", name="Close").click()
    assert len(export_shelf(shelved)["faces"]) == 5
    # Once there is room, all of it is kept.
    shelved.evaluate("() => { Storage.prototype.setItem = window.setItem; }")
    keep(shelved, 11)
    told(shelved, "Saved as seed 11.")
    expect(unkept).to_be_hidden()
    reload(shelved)
    assert names(shelved) == [f"seed {seed}" for seed in (3, 5, 8, 9, 10, 11)]


def test_what_two_tabs_change_at_once_is_kept_of_both(shelved):
    other = shelved.context.new_page()
    other.goto(shelved.url)
    other.wait_for_function(f"() => document.querySelectorAll('{ROW} li').length === 3")
    # One tab hears nothing of what the other one writes.
    hush = "window.addEventListener('storage', event => event.stopImmediatePropagation())"
    shelved.add_init_script(hush)
    reload(shelved)
    keep(other, 11)
    card(other, "seed 5").locator(".face").focus()
    other.keyboard.press("F2")
    other.keyboard.type("Ada")
    other.keyboard.press("Enter")
    assert names(shelved) == ["seed 3", "seed 5", "seed 8"]
    card(shelved, "seed 3").locator(".face").focus()
    shelved.keyboard.press("Delete")
    keep(shelved, 12)
    assert names(shelved) == ["Ada", "seed 8", "seed 11", "seed 12"]
    expect(other.locator(f"{ROW} li")).to_have_count(4)
    assert names(other) == ["Ada", "seed 8", "seed 11", "seed 12"]
    assert ends(other) == ends(shelved)
    other.close()


def test_a_tab_that_wrote_over_this_one_takes_nothing_away(shelved):
    before = json.loads(shelved.evaluate(f"localStorage.getItem({KEY})"))
    card(shelved, "seed 3").locator(".face").focus()
    shelved.keyboard.press("Delete")
    keep(shelved, 9)
    face = {"name": "theirs", "z": [0.5] * 8, "made": None}
    late = before | {"faces": [*before["faces"], face], "after": before["revision"]}
    hear = f"""text => {{
      localStorage.setItem({KEY}, text);
      window.dispatchEvent(new StorageEvent('storage', {{ key: {KEY}, newValue: text }}));
    }}"""
    shelved.evaluate(hear, json.dumps(late | {"revision": "theirs"}))
    assert names(shelved) == ["seed 5", "seed 8", "theirs", "seed 9"]
    shelved.get_by_role("button", name="Save to shelf").click()
    reload(shelved)
    assert names(shelved) == ["seed 5", "seed 8", "theirs", "seed 9"]


def test_what_was_removed_can_be_brought_back_after_another_tab_has_written(shelved):
    other = shelved.context.new_page()
    other.goto(shelved.url)
    other.wait_for_function(f"() => document.querySelectorAll('{ROW} li').length === 3")
    card(shelved, "seed 3").locator(".face").focus()
    shelved.keyboard.press("Delete")
    keep(other, 11)
    expect(shelved.locator(f"{ROW} li")).to_have_count(3)
    shelved.get_by_role("button", name="bring back seed 3").click()
    assert names(shelved) == ["seed 3", "seed 5", "seed 8", "seed 11"]
    other.close()


def test_faces_of_former_weights_are_told_exported_and_forgotten(shelved):
    saved = export_shelf(shelved)
    saved["model"]["digest"] = "0" * 64
    former = "latent-studio-faces:" + "0" * 16
    put = "([key, text]) => localStorage.setItem(key, text)"
    shelved.evaluate(put, [former, json.dumps(saved)])
    reload(shelved)
    line = shelved.locator(f"{SHELF} .leftovers li")
    expect(line).to_contain_text("3 faces of the former weights of 'faces' are kept")
    with shelved.expect_download() as download:
        line.locator("[data-leftover=export]").click()
    assert json.loads(download.value.path().read_text()) == saved
    for _ in range(2):
        assert shelved.evaluate("key => localStorage.getItem(key)", former)
        line.locator("[data-leftover=forget]").click()
    expect(line).to_have_count(0)
    assert shelved.evaluate("key => localStorage.getItem(key)", former) is None
    assert names(shelved) == ["seed 3", "seed 5", "seed 8"]
