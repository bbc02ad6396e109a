"""The labeler as a person labels with it, in a real browser."""

from playwright.sync_api import expect

from tests.browser.labeler import (
    CAPTION,
    INSPECT,
    LABELER,
    MAP,
    ROOT,
    ROUNDS,
    begin,
    chip,
    counted,
    crowd,
    labels,
    lasso,
    look_at,
    looked_at,
    ready,
    show_projects,
    shown,
    state,
    still,
    told,
)

NASTY = "<script>alert(1)</script><img src=x onerror=alert(2)>"
QUEUE = f"{ROOT} .cell"


def mine(page, words):
    expect(page.locator(f"{ROOT} .mine")).to_have_text(words)


def in_the_lasso(page):
    page.wait_for_function(f"Number(document.querySelector('{MAP}').dataset.chosen) > 0")
    return int(page.locator(MAP).get_attribute("data-chosen"))


def test_a_label_is_counted_taken_back_and_there_after_a_reload(labelled):
    page = labelled
    look_at(page, 40)
    page.keyboard.press("3")
    counted(page, 1)
    expect(chip(page, 3)).to_have_attribute("data-count", "1")
    mine(page, "your label: 3")
    assert labels(page) == {40: 3}
    page.keyboard.press("Control+z")
    counted(page, 0)
    mine(page, "not labelled yet")
    assert labels(page) == {}
    page.keyboard.press("Control+y")
    counted(page, 1)
    page.reload()
    ready(page)
    counted(page, 1)
    look_at(page, 40)
    mine(page, "your label: 3")
    page.keyboard.press("d")
    counted(page, 0)
    # Undo reaches back to before the reload.
    for _ in range(2):
        page.keyboard.press("Control+z")
    counted(page, 0)
    expect(page.locator(f"{ROOT} [data-do=undo]")).to_be_disabled()


def test_the_queue_goes_on_after_a_key_and_the_map_follows(labelled):
    page = labelled
    rows = [int(cell.get_attribute("data-row")) for cell in page.locator(QUEUE).all()]
    assert len(rows) == len(set(rows)) == 24
    before = page.evaluate(f"Array.from({LABELER}.bytes.predicted)")
    for count, (row, key) in enumerate(zip(rows[:3], "012", strict=True), 1):
        shown(page, row)
        page.keyboard.press(key)
        counted(page, count)
    shown(page, rows[3])
    assert labels(page) == dict(zip(rows[:3], (0, 1, 2), strict=True))
    page.keyboard.press("ArrowLeft")
    shown(page, rows[2])
    # What was said spreads: the map tells classes, and only those that were given.
    page.wait_for_function(f"new Set({LABELER}.bytes.predicted).size === 3", timeout=20_000)
    after = page.evaluate(f"Array.from({LABELER}.bytes.predicted)")
    assert before != after
    assert set(after) == {0, 1, 2}


def test_one_key_labels_a_lasso_in_one_step(labelled):
    page = labelled
    page.locator(f"{ROOT} .zoom button").nth(2).click()
    still(page)
    lasso(page, *crowd(page, 55))
    inside = in_the_lasso(page)
    assert 45 <= inside <= 60
    expect(page.locator(CAPTION)).to_contain_text(f"{inside} pictures inside the lasso")
    page.keyboard.press("4")
    counted(page, inside)
    assert set(labels(page).values()) == {4}
    page.keyboard.press("Control+z")
    counted(page, 0)
    assert labels(page) == {}


def test_keys_do_nothing_while_one_types_or_looks_elsewhere(labelled):
    page = labelled
    field = page.locator(ROOT).get_by_label("Epochs")
    field.fill("")
    field.press("7")
    expect(field).to_have_value("7")
    page.locator(f"{ROOT} .files summary").click()
    page.locator(ROOT).get_by_label("Name of a checkpoint").press("3")
    show = page.get_by_role("tab", name="Runs")
    show.click()
    expect(page.locator("#runs")).to_be_visible()
    page.keyboard.press("5")
    page.get_by_role("tab", name="Labeler").click()
    counted(page, 0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="What am I looking at?")).to_be_visible()
    page.keyboard.press("6")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="What am I looking at?")).to_be_hidden()
    assert labels(page) == {}


def test_a_recolouring_sends_one_byte_a_point(labelled):
    page = labelled
    drawn = f"{LABELER}.feed.known.points"
    before, answers = page.evaluate(drawn), []
    page.on("response", lambda answer: answers.append(answer))
    with page.expect_response("**/colour/true"):
        page.get_by_role("button", name="true", exact=True).click()
    page.wait_for_function(f"{LABELER}.bytes.true?.length === {LABELER}.about.rows")
    page.get_by_role("button", name="my labels", exact=True).click()
    expect(chip(page, 255)).to_be_visible()
    assert "colour=mine" in page.evaluate("location.search")
    rows = page.evaluate(f"{LABELER}.about.rows")
    found = [answer for answer in answers if answer.url.endswith("/colour/true")]
    assert [len(answer.body()) for answer in found] == [rows]
    # The map of a new project may be drawn anew meanwhile.
    redrawn = page.evaluate(drawn) != before
    assert redrawn or not any(answer.url.endswith("/points") for answer in answers)


def test_a_round_trains_while_labels_are_given(labelled):
    page = labelled
    for key, row in (("1", 3), ("2", 9)):
        look_at(page, row)
        page.keyboard.press(key)
    counted(page, 2)
    page.locator(ROOT).get_by_label("Epochs").fill("1")
    page.locator(ROUNDS).get_by_role("button", name="Train 1 more epoch").click()
    expect(page.locator(ROUNDS).get_by_role("button", name="Stop")).to_be_visible()
    look_at(page, 21)
    page.keyboard.press("5")
    counted(page, 3)
    page.reload()
    ready(page)
    expect(page.locator(ROUNDS)).to_have_attribute("data-state", "finished", timeout=240_000)
    expect(page.locator(f"{ROOT} .losses")).to_be_visible()
    assert len(labels(page)) == 3
    assert any(point["how"] == "classifier" for point in state(page)["growth"])


def test_a_csv_is_shown_before_anything_changes(labelled, tmp_path):
    page = labelled
    look_at(page, 11)
    page.keyboard.press("7")
    counted(page, 1)
    files = page.locator(f"{ROOT} .files")
    if not files.evaluate("f => f.open"):
        files.locator("summary").click()
    wrong, right = tmp_path / "wrong.csv", tmp_path / "right.csv"
    wrong.write_text(f"Serial,label\n5,{NASTY}\n")
    right.write_text("Serial,label\n5,1\n6,2\n11,3\n")
    files.locator("input[type=file]").set_input_files(wrong)
    expect(files).to_contain_text("ine 2")
    expect(files.get_by_role("button", name="Import 3 labels")).to_have_count(0)
    files.locator("input[type=file]").set_input_files(right)
    take = files.get_by_role("button", name="Import 3 labels")
    expect(take).to_be_enabled()
    assert labels(page) == {11: 7}
    take.click()
    counted(page, 3)
    assert labels(page) == {5: 1, 6: 2, 11: 3}
    page.locator(f"{ROOT} [data-do=undo]").click()
    counted(page, 1)
    assert labels(page) == {11: 7}


def test_projects_have_any_name_and_go_only_by_it(labelling):
    page = labelling
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    begin(page, NASTY)
    show_projects(page)
    card = page.locator(".project-card", has_text=NASTY)
    card.get_by_role("button", name="Rename").click()
    card.get_by_role("textbox").fill("Renamed <b>")
    card.get_by_role("button", name="Rename").click()
    card = page.locator(".project-card", has_text="Renamed <b>")
    card.get_by_role("button", name="Delete").click()
    card.get_by_role("textbox").fill("Renamed")
    card.get_by_role("button", name="Delete it").click()
    expect(page.locator(f"{ROOT} .start .told")).to_contain_text("Renamed <b>")
    card.get_by_role("textbox").fill("Renamed <b>")
    card.get_by_role("button", name="Delete it").click()
    expect(card).to_have_count(0)
    assert not dialogs


def test_a_link_to_a_project_that_is_gone_says_so(labelling):
    page = labelling
    page.goto("/?tab=labeler&project=0123456789ab")
    told(page, "not there any more")
    page.get_by_role("button", name="Open the example").click()
    ready(page)
    assert looked_at(page) >= 0
    expect(page.locator(INSPECT)).to_be_visible()
