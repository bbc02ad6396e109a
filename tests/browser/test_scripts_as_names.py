"""Scripts in the place of names, everywhere in one workspace; a browser goes through all of it."""

import dataclasses
import json
import shutil
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from models.labels.projects import Projects
from models.registry import Registry
from tests.browser import labeler, tables
from tests.browser.harness import PAINTED, Visitor
from tests.browser.studios import open_studio
from tests.labelers import make_teller
from tests.reliability.effort import figure
from tests.studio.run_folders import epoch_line, make_run
from tests.studio.tables import begin_model, blobs_csv

IMG = "<img src=x onerror=alert(1)>"
SVG = '"><svg/onload=alert(2)>'
SCRIPT = "</script><script>alert(3)</script>"
QUOTE = "';alert(4);'"
EVIL = (IMG, SVG, SCRIPT, QUOTE, "{{alert(5)}}", "${alert(6)}", "javascript:alert(7)")
MADE = """() => [...document.querySelectorAll(
  'img[src="x"], [onerror], [onload], svg[onload], a[href^="javascript:"]')].map(e => e.outerHTML)
  .concat([...document.scripts].filter(s => /alert\\(/.test(s.textContent)).map(s => s.outerHTML))
"""


@pytest.fixture(scope="module")
def hostile(trained, tmp_path_factory):
    """A workspace in which everything that can be called something is called a script."""
    workspace = tmp_path_factory.mktemp("hostile")
    registry = Registry(workspace, pretrained=workspace / "none")
    classes = tuple(f"{EVIL[i % len(EVIL)]}{i}" for i in range(10))
    shutil.copytree(trained / "checkpoints" / "tiny", registry.own / "tiny")
    tiny = registry.open("tiny")
    words = {"recipe": IMG, "terms": SVG, "licence": IMG, "class_names": classes}
    named = dataclasses.replace(
        tiny.config, metrics={**tiny.config.metrics, "conditions": IMG}, **words
    )
    registry.save("named", named, tiny.model, tiny.atlas)
    (registry.own / IMG).mkdir()
    make_teller(workspace)
    projects = Projects(workspace, registry)
    for text in EVIL:
        projects.create(text, "digits", "teller", rows=1540, class_names=classes)
    _make_table(workspace, registry)
    _make_runs(workspace)
    return workspace


def _make_table(workspace, registry):
    folder = workspace / "datasets" / "tables"
    folder.mkdir(parents=True)
    columns = [f'"{text}"' for text in (IMG, SCRIPT, QUOTE)]
    text = blobs_csv(columns=columns, label="kind").decode()
    (folder / "named.csv").write_text(text.replace("left", IMG).replace("right", "${alert(6)}"))
    own = {"dataset": "table:named", "label_column": "kind", "latent_dim": 2}
    begin_model(registry, "table", "named-vae", **own)


def _make_runs(workspace):
    for number, text in enumerate(EVIL):
        folder = make_run(workspace, number, name=text)
        status = json.loads((folder / "status.json").read_text())
        status |= {"state": "failed", "message": text, "checkpoint": text}
        (folder / "status.json").write_text(json.dumps(status))
        (folder / "log.txt").write_text(f"{text}\n")
        line = epoch_line(21)
        line["train"][text] = 5.0
        with (folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps(line) + "\n")


@pytest.fixture(scope="module")
def watched(browser, hostile):
    """A page in that workspace, what it was told by dialogs, and what it complained of."""
    with open_studio(hostile) as address:
        visitor = Visitor(browser, address)
        dialogs = []
        visitor.page.on("dialog", lambda d: (dialogs.append(d.message), d.dismiss()))
        yield visitor, dialogs
        visitor.close()
        assert not visitor.problems


def require_words(visitor, dialogs):
    """Check that nothing ran and that nothing was made of the names."""
    page = visitor.page
    assert page.evaluate(MADE) == []
    assert not dialogs
    figure(12, "dialogs", len(dialogs), at_most=0)


def test_the_look_for_scripts_would_notice(watched):
    visitor, dialogs = watched
    page = visitor.page
    page.goto("/?tab=runs")
    page.locator(".runs[data-runs]").wait_for()
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", IMG + SVG)
    page.wait_for_function(f"() => ({MADE})().length >= 2")
    page.wait_for_timeout(200)
    assert set(dialogs) >= {"1"}
    dialogs.clear()
    visitor.problems.clear()


def test_runs_and_what_they_say(watched):
    visitor, dialogs = watched
    page = visitor.page
    page.goto("/?tab=runs")
    rows = page.locator(".runs-table tbody a")
    expect(rows).to_have_count(len(EVIL))
    assert set(rows.all_inner_texts()) == set(EVIL)
    for box in page.locator(".runs-table tbody tr input").all()[:4]:
        box.click()
    expect(page.locator(".runs-compare")).to_have_attribute("data-compared", "4")
    require_words(visitor, dialogs)
    rows.get_by_text(IMG, exact=True).click()
    expect(page.locator(".run-title h3")).to_have_text(IMG)
    expect(page.locator(".run-message")).to_contain_text(IMG)
    require_words(visitor, dialogs)


def test_checkpoints_and_their_classes(watched):
    visitor, dialogs = watched
    page = visitor.page
    page.goto("/?tab=checkpoints&checkpoint=named")
    expect(page.locator("#checkpoints-details .checkpoint")).to_have_attribute("data-name", "named")
    expect(page.locator('#checkpoints-list tr[data-id="named"]')).to_contain_text(IMG)
    page.locator("#checkpoints-card").get_by_text("Card", exact=True).first.click()
    page.get_by_text("Settings and files").click()
    offered = {"name": f"{IMG}.pth", "mimeType": "text/plain", "buffer": b"x"}
    page.locator("#checkpoints-list input.file").set_input_files(offered)
    expect(page.locator("#checkpoints-list form.given .what")).to_contain_text(IMG)
    require_words(visitor, dialogs)
    page.goto("/?tab=navigator&model=named")
    page.wait_for_function(PAINTED, timeout=30_000)
    expect(page.get_by_text(f"{IMG}0").first).to_be_visible()
    require_words(visitor, dialogs)


def test_projects_and_their_classes(watched):
    visitor, dialogs = watched
    page = visitor.page
    page.goto("/?tab=labeler")
    labeler.show_projects(labeler.ready(page))
    cards = page.locator(f"{labeler.ROOT} .project-card")
    expect(cards).to_have_count(len(EVIL), timeout=30_000)
    for text in EVIL:
        assert cards.filter(has_text=text).count() == 1
    require_words(visitor, dialogs)
    cards.filter(has_text=IMG).get_by_text("Open", exact=True).click()
    expect(page.locator(labeler.ROOT)).to_have_attribute("data-screen", "project")
    labeler.ready(page)
    expect(page.locator(f"{labeler.ROOT} .chip", has_text=f"{IMG}0").first).to_be_visible()
    require_words(visitor, dialogs)


def test_tables_and_their_columns(watched):
    visitor, dialogs = watched
    page = visitor.page
    page.goto("/?tab=tables&table=named")
    expect(page.locator(tables.ROOT)).to_have_attribute("data-table", "named", timeout=60_000)
    tables.offer(page, f"{IMG}.csv", tables.table_of(60))
    expect(page.locator(f"{tables.UPLOAD} thead th").last).to_have_text(IMG)
    require_words(visitor, dialogs)


@pytest.mark.parametrize("tab", ["navigator", "runs", "train", "tables", "checkpoints"])
def test_links(watched, tab):
    visitor, dialogs = watched
    page = visitor.page
    parts = ("model", "run", "table", "checkpoint", "z", "project", "show")
    page.goto(f"/?tab={tab}&" + "&".join(f"{part}={quote(IMG)}" for part in parts))
    expect(page.get_by_role("tab", selected=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    require_words(visitor, dialogs)
