"""The tables tab as a person looks at two models of a table, in a real browser."""

from playwright.sync_api import expect

from tests.browser.tables import (
    CARD,
    NASTY,
    PANES,
    ROOT,
    UPLOAD,
    offer,
    open_tables,
    point,
    ready,
    show,
    table_of,
)

ROW = 60


def test_a_row_lights_up_in_both_models_and_stays_in_the_address(tabled):
    page = open_tables(tabled)
    page.mouse.move(*point(page, ROW))
    expect(page.locator(ROOT)).to_have_attribute("data-hovered", str(ROW))
    for pane in range(2):
        plot = page.locator(PANES).nth(pane).locator(".plot-box")
        expect(plot).to_have_attribute("data-hovered", str(ROW))
    expect(page.locator(f"{CARD} .name")).to_have_text(f"row {ROW + 1}")
    expect(page.locator(f"{CARD} tbody tr")).to_have_count(4)
    page.mouse.click(*point(page, ROW))
    page.mouse.move(2, 2)
    expect(page.locator(ROOT)).to_have_attribute("data-selected", str(ROW))
    page.reload()
    ready(page)
    expect(page.locator(f"{CARD} .name")).to_have_text(f"row {ROW + 1}")
    page.locator(f"{PANES} canvas.top").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{CARD} .name")).not_to_have_text(f"row {ROW + 1}")
    page.keyboard.press("Escape")
    expect(page.locator(ROOT)).to_have_attribute("data-selected", "-1")


def test_every_mode_shows_both_models_and_is_saved(tabled):
    page = open_tables(tabled, "&table=iris&show=map")
    expect(page.locator(f"{PANES} .measures[data-state=there]")).to_have_count(2, timeout=60_000)
    for mode in ("reconstruction", "pairs", "errors", "losses"):
        show(page, mode)
        expect(page.locator(f"{PANES} .caption").first).not_to_be_empty()
    show(page, "samples")
    expect(page.locator(f"{PANES} .sampled tbody").first.locator("tr")).to_have_count(24)
    with page.expect_download() as saved:
        page.locator(f"{PANES} a.take").first.click()
    lines = saved.value.path().read_text().splitlines()
    assert len(lines) == 1001
    assert lines[0].startswith("sepal length")
    with page.expect_download() as saved:
        page.locator(f"{ROOT} [data-do=save]").click()
    assert saved.value.suggested_filename == "iris-samples.png"
    assert saved.value.path().read_bytes()[:4] == b"\x89PNG"


def test_the_threshold_is_dragged_and_the_roc_follows_a_usual_class(tabled):
    page = open_tables(tabled, "&table=iris&show=anomalies&score=mahalanobis&normal=rose")
    expect(page.locator(f"{ROOT} .notice span")).to_have_text(
        "In the link, there is no class 'rose'."
    )
    pane = page.locator(PANES).first
    expect(pane).to_have_attribute("data-flagged", "15")
    expect(pane.locator(".roc")).to_be_hidden()
    page.locator(f"{ROOT} .options select").select_option(label="only setosa")
    expect(pane.locator(".roc")).to_be_visible()
    expect(pane.locator(".methods button")).to_have_count(6)
    box = pane.locator(".spread").bounding_box()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 14, box["y"] + 60, steps=4)
    page.mouse.up()
    # All the way to the left everything is flagged, in both panes.
    for flagged in page.locator(PANES).all():
        assert int(flagged.get_attribute("data-flagged")) >= 148
    pane.locator(".spread canvas.top").focus()
    page.keyboard.press("End")
    expect(pane).to_have_attribute("data-flagged", "0")
    first = pane.locator(".ranked li").first
    first.hover()
    expect(page.locator(ROOT)).to_have_attribute("data-hovered", first.get_attribute("data-row"))


def test_a_csv_of_ones_own_is_checked_taken_trained_and_deleted(tabled):
    page = open_tables(tabled)
    take = page.locator(f"{UPLOAD} button.begin")
    offer(page, "short.csv", b"a,b\n1,2\n3,4\n")
    expect(page.locator(f"{UPLOAD} .problems")).to_contain_text("20")
    expect(take).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.locator(UPLOAD)).to_be_hidden()
    offer(page, "mine.csv", table_of(60, missing=True))
    expect(page.locator(f"{UPLOAD} .problems")).to_contain_text("height")
    page.locator(f"{UPLOAD} .complete").click()
    expect(take).to_be_enabled()
    expect(page.locator(f"{UPLOAD} [name=label]")).to_have_value("kind")
    expect(page.locator(f"{UPLOAD} thead th").last).to_have_text(NASTY)
    take.click()
    expect(page.locator(ROOT)).to_have_attribute("data-table", "mine")
    expect(page.locator(f"{ROOT} .facts-of")).to_contain_text("59 rows")
    page.locator(f"{ROOT} .how summary").click()
    page.locator(f"{ROOT} .how [name=epochs]").fill("2")
    page.locator(f"{ROOT} .how button").click()
    expect(page.locator(ROOT)).to_have_attribute("data-training", "yes")
    # News of checkpoints may tell the page of the end before it asks for that itself.
    page.evaluate("setInterval(() => window.dispatchEvent(new Event('studio-registry')), 200)")
    expect(page.locator(ROOT)).to_have_attribute("data-training", "no", timeout=120_000)
    expect(page.locator(f"{PANES}[data-mode=map][data-state=there]")).to_have_count(
        2, timeout=60_000
    )
    page.locator(f"{ROOT} .gone").click()
    page.locator(f"{ROOT} .asking .danger").click()
    expect(page.locator(ROOT)).not_to_have_attribute("data-table", "mine")
