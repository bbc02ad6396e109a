"""The tab of all runs: table, comparison, and what runs are called."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect

from studio.app import Settings, create_app
from tests.browser.harness import serve
from tests.studio.run_folders import epoch_line, make_run, write_metrics

EVIL = "<img src=x onerror=\"alert('name')\">"


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("runs")
    with serve(create_app(Settings(workspace=workspace, pretrained=workspace / "none"))) as address:
        yield workspace, address


@pytest.fixture
def place(studio):
    workspace, _ = studio
    shutil.rmtree(workspace / "runs", ignore_errors=True)
    return workspace


@pytest.fixture
def enter(visit, studio, place):
    """Open the tab of a studio that has the runs by now."""

    def enter(**options):
        page = visit(studio[1], **options).page
        page.goto("/?tab=runs")
        page.locator(".runs[data-runs]").wait_for()
        return page

    return enter


def names(page):
    return page.locator(".runs-table tbody a").all_inner_texts()


def row(page, name):
    return page.locator(".runs-table tbody tr").filter(has=page.get_by_text(name, exact=True))


def tick(page, *wanted):
    for name in wanted:
        row(page, name).locator("input").click()
    expect(page.locator(".runs-compare")).to_have_attribute("data-compared", str(len(wanted)))


def legend(page):
    return page.locator(".compare-curves .entries button").all_inner_texts()


def test_a_newcomer_is_told_what_to_do(enter):
    page = enter()
    expect(page.locator(".runs-empty")).to_contain_text("No runs yet")
    expect(page.locator(".runs-body")).to_be_hidden()
    page.locator(".runs-empty").get_by_role("link", name="Train").click()
    page.wait_for_function("() => location.search.includes('tab=train')")


def test_runs_are_sorted_and_filtered(place, enter):
    for k, rate in enumerate((0.003, 0.001, 0.002)):
        make_run(place, k, epochs=5 + k, learning_rate=rate)
    make_run(place, 3, state="failed", name="another")
    page = enter()
    assert names(page) == ["another", "digits-2", "digits-1", "digits-0"]
    head = page.locator(".runs-table th").filter(has_text="Epochs")
    head.locator("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names(page) == ["another", "digits-2", "digits-1", "digits-0"]
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert names(page) == ["digits-0", "digits-1", "digits-2", "another"]
    page.locator(".runs-table .filter").fill("DIGITS finished")
    assert names(page) == ["digits-0", "digits-1", "digits-2"]
    expect(page.locator(".runs-table .count")).to_have_text("3 of 4 runs")
    page.locator(".runs-table .filter").fill("failed")
    assert names(page) == ["another"]
    expect(row(page, "another").locator(".badge")).to_have_text("✕failed")
    page.locator(".runs-table .filter").fill("no such run")
    expect(page.locator(".runs-table .nothing")).to_be_visible()


def test_ticked_runs_are_compared(place, enter):
    for k in range(5):
        make_run(place, k, epochs=10 + k)
    page = enter()
    expect(page.locator(".compare-which")).to_contain_text("the newest 3 runs")
    assert legend(page) == ["digits-4", "digits-3", "digits-2"]
    tick(page, "digits-0", "digits-3")
    assert legend(page) == ["digits-3", "digits-0"]
    chart = page.locator(".compare-curves")
    expect(chart).to_have_attribute("data-points", "23")
    page.locator(".compare-what").select_option("learning_rate")
    page.locator(".compare-over").select_option("seconds")
    expect(chart).to_have_attribute("data-points", "23")
    page.locator(".compare-curves canvas.top").hover()
    expect(page.locator(".compare-curves .readout")).to_contain_text("0.001")
    page.reload()
    expect(page.locator(".runs-compare")).to_have_attribute("data-compared", "2")
    assert legend(page) == ["digits-3", "digits-0"]
    expect(page.locator(".compare-what")).to_have_value("learning_rate")


def test_runs_without_a_curve_are_counted(place, enter):
    make_run(place, 0)
    folder = make_run(place, 1)
    write_metrics(folder, [epoch_line(e, validation=False) for e in range(1, 9)])
    page = enter()
    expect(page.locator(".compare-which")).to_contain_text("1 without this curve")
    assert legend(page) == ["digits-0"]
    page.locator(".compare-what").select_option("train.total")
    assert legend(page) == ["digits-1", "digits-0"]
    expect(page.locator(".compare-which")).not_to_contain_text("without")


def test_differing_settings_are_marked(place, enter):
    make_run(place, 0)
    make_run(place, 1, learning_rate=0.005, beta=4.0)
    make_run(place, 2)
    page = enter()
    settings = page.locator(".compare-settings")
    expect(settings).to_have_attribute("data-differences", "2")
    lines = settings.locator("tbody tr[data-field]")
    assert lines.evaluate_all("lines => lines.map(line => line.dataset.field).sort()") == [
        "training.beta",
        "training.learning_rate",
    ]
    assert settings.locator("td.other").all_inner_texts() == ["0.005", "4"]
    expect(settings.locator(".sign").first).to_have_text("≠")
    settings.get_by_label("only differences").click()
    assert lines.count() > 20
    assert settings.locator("tr.differs").count() == 2
    tick(page, "digits-0", "digits-2")
    settings.get_by_label("only differences").click()
    expect(settings.locator(".count")).to_contain_text("are the same")


def test_samples_follow_the_slider(place, enter):
    make_run(place, 0, epochs=20)
    make_run(place, 1, epochs=9)
    page = enter()
    cards = page.locator(".samples-cards figure")
    assert cards.evaluate_all("cards => cards.map(card => card.dataset.epoch)") == ["9", "20"]
    slider = page.locator(".compare-samples input")
    slider.focus()
    page.keyboard.press("Home")
    expect(page.locator(".compare-samples output")).to_have_text("epoch 1")
    assert cards.evaluate_all("cards => cards.map(card => card.dataset.epoch)") == ["1", "1"]
    page.wait_for_function(
        """() => [...document.querySelectorAll('.samples-cards img')]
          .every(image => image.complete && image.naturalWidth === 64)"""
    )


def test_growing_runs_are_followed_and_nothing_else_moves(place, enter):
    folder = make_run(place, 40, epochs=10, state="running")
    for k in range(40):
        make_run(place, k, epochs=2)
    page = enter()
    tick(page, "digits-40")
    chart = page.locator(".compare-curves")
    expect(chart).to_have_attribute("data-points", "10")
    page.locator(".runs-table .scroll").evaluate("scroll => { scroll.scrollTop = 200 }")
    box = row(page, "digits-30").locator("input")
    box.focus()
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(epoch_line(11)) + "\n")
    status = json.loads((folder / "status.json").read_text())
    (folder / "status.json").write_text(json.dumps(status | {"epoch": 11.0, "epochs": 12}))
    expect(row(page, "digits-40")).to_contain_text("11 / 12", timeout=10_000)
    expect(chart).to_have_attribute("data-points", "11")
    assert page.locator(".runs-table .scroll").evaluate("scroll => scroll.scrollTop") == 200
    assert box.evaluate("box => box === document.activeElement")
    expect(row(page, "digits-40").locator("input")).to_be_checked()


def test_names_are_words_and_never_markup(place, enter):
    folder = make_run(place, 0, name=EVIL)
    make_run(place, 1)
    status = json.loads((folder / "status.json").read_text())
    status |= {"state": "failed", "message": EVIL, "checkpoint": EVIL}
    (folder / "status.json").write_text(json.dumps(status))
    line = epoch_line(21)
    line["train"][EVIL] = 5.0
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    page = enter()
    tick(page, EVIL, "digits-1")
    assert EVIL in legend(page)
    assert page.locator(".compare-settings thead").get_by_text(EVIL).count() == 1
    page.locator(".compare-what").select_option(f"train.{EVIL}")
    page.locator(".compare-curves canvas.top").hover()
    expect(page.locator(".readout")).to_contain_text(EVIL)
    assert page.locator("img[src='x']").count() == 0


def test_a_row_leads_to_its_run(place, enter):
    folder = make_run(place)
    page = enter()
    row(page, "digits-0").locator("a").click()
    page.wait_for_function("id => location.search.includes('run=' + id)", arg=folder.name)
    assert "tab=train" in page.url


def test_a_telephone_shows_everything_without_scrolling_aside(place, enter):
    for k in range(3):
        make_run(place, k, name=f"a-rather-long-name-for-a-run-{k}")
    page = enter(viewport={"width": 390, "height": 844})
    page.locator(".compare-curves[data-points='60']").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    for part in (".runs-table", ".compare-curves", ".compare-samples", ".compare-settings"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390


def test_a_studio_that_is_gone_is_said_so(place, enter):
    make_run(place)
    page = enter()
    page.route(re.compile("/runs"), lambda route: route.fulfill(status=200, body="?"))
    expect(page.locator(".runs-notice")).to_be_visible(timeout=10_000)
    page.unroute(re.compile("/runs"))
    expect(page.locator(".runs-notice")).to_be_hidden(timeout=10_000)
