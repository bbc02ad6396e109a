"""`make screenshots`: the pictures of the README, taken from the running studio."""

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from models.bench.live import running_studio
from tests.browser.faces import DRAWN as FACED
from tests.browser.faces import FACES, slide
from tests.browser.faces import settle as settle_face
from tests.browser.harness import PAINTED, Visitor, chromium
from tests.browser.labeler import LABELER, looked_at, ready
from tests.browser.odyssey import HELM, READY, VIEW
from tests.browser.sampler import DRAWN as SAMPLED
from tests.browser.sampler import PICTURES as SAMPLES
from tests.browser.sampler import settle
from tests.browser.shelf import PAINTED as PAINTED_SHELF
from tests.browser.shelf import go_to, keep, open_morph
from tests.browser.studios import fill
from tests.browser.tables import PANES
from tests.browser.tables import READY as TABLED
from tests.browser.traversals import VIEW as TRAVERSED
from tests.browser.traversals import settle as settle_traversals

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
COLOURS = 256
"""So that no picture is over 300 kB; dots and letters look the same."""
BETAS = ("0.25", "1", "4")
COMPARISON = (
    "tab=sampler&model=sampler-mnist-beta0.1&vs=sampler-mnist-beta1~sampler-mnist-beta10&at=2"
)
BEHIND = "column=petal+length+(cm)&row=107"
UNUSUAL = "show=anomalies&normal=versicolor&row=107"
SHELF = (14, 5, 40, 8)
HALF_DONE = "() => Number(document.querySelector('.run')?.dataset.step) > 900"
COMPARED = """() => document.querySelector('.runs-compare')?.dataset.compared === '3'
  && [...document.querySelectorAll('.samples-cards img')].every(i => i.naturalWidth)"""
DRAWN = "() => document.querySelector('.checkpoint img.drawn')?.naturalWidth"


def navigator_dark(page):
    """The map with the pointer on it."""
    page.wait_for_function(PAINTED, timeout=30_000)
    page.evaluate("window.latentStudio.scene('navigator').jump(3)")


def navigator_path(page):
    """A path between two digits, with its film strip."""
    page.wait_for_function(PAINTED, timeout=30_000)
    page.locator("#navigator-go").click()
    page.locator("#navigator-strip .cell").first.wait_for()


def odyssey(page):
    """Between two classes, with the star map."""
    page.wait_for_function(READY, timeout=30_000)
    page.locator(VIEW).focus()
    page.keyboard.press("3")
    page.wait_for_timeout(1500)
    page.locator(HELM).get_by_label("Path").select_option("follow")
    page.locator(HELM).get_by_label("Towards").select_option("6")
    page.keyboard.press("Space")
    page.wait_for_timeout(3500)
    page.keyboard.press("Space")


def odyssey_tunnel(page):
    """The tunnel around a random walk."""
    page.wait_for_function(READY, timeout=30_000)
    page.locator(VIEW).focus()
    page.keyboard.press("t")
    page.keyboard.press("Space")
    page.wait_for_timeout(7000)


def sampler(page):
    """Sixteen samples, one of them looked at."""
    page.wait_for_function(SAMPLED, timeout=30_000)
    settle(page)
    page.locator(SAMPLES).focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    page.locator(SAMPLES).blur()


def sampler_compare(page):
    """What three betas make of the same codes."""
    page.wait_for_function(SAMPLED, timeout=30_000)
    settle(page)


def faces(page):
    """A face with a smile and glasses, and three others on the shelf."""
    fill_shelf(page)
    page.evaluate(f"{FACES}.random(23)")
    settle_face(page)
    for name, steps in (("Smiling", 1.5), ("Eyeglasses", 2)):
        slide(page, name, steps)
    settle_face(page)


def faces_morph(page):
    """Between two saved faces."""
    fill_shelf(page)
    open_morph(page)
    go_to(page, 0.5)
    page.wait_for_function(PAINTED_SHELF)


def faces_effects(page):
    """What a step of each attribute does to the others."""
    page.wait_for_function(FACED, timeout=30_000)
    page.locator("#faces-view").get_by_role("button", name="effects", exact=True).click()
    page.locator("#faces-view .effects-host canvas").first.wait_for()


def fill_shelf(page):
    """Save some random faces."""
    page.wait_for_function(FACED, timeout=30_000)
    settle_face(page)
    for seed in SHELF:
        keep(page, seed)
    page.locator("#faces-view .notice").wait_for(state="hidden")


def labeler(page):
    """A handful of labels, and what they say about all others."""
    ready(page)
    for _ in range(12):
        row = looked_at(page)
        true = page.request.get(f"/labels/{project(page)}/sample/{row}").json()["true"]
        page.keyboard.press(str(true))
        page.wait_for_function(f"row => {LABELER}.selected !== row", arg=row)
        page.wait_for_function(
            "row => document.querySelector('.inspect').dataset.row !== String(row)", arg=row
        )
    page.wait_for_timeout(4000)


def traversals(page):
    """Around an example, every row of a JointVAE."""
    settle_traversals(page)
    page.locator(f"{TRAVERSED} .examples button").nth(1).click()
    settle_traversals(page)


def project(page):
    """Return the id of the open project."""
    return page.evaluate(f"{LABELER}.about.id")


def tables(page):
    """A row of Iris looked at in both models."""
    page.wait_for_function(TABLED, timeout=60_000)
    page.locator(f"{PANES} .measures[data-state=there]").nth(1).wait_for(timeout=60_000)


def tables_anomalies(page):
    """What is unusual to models that have learned versicolor alone."""
    page.wait_for_function(TABLED, timeout=60_000)
    page.locator("#tables-view button.alone").click()
    for pane in (0, 1):
        only = page.locator(PANES).nth(pane).get_by_text("only versicolor").first
        only.wait_for(timeout=120_000)
    page.locator(f"{PANES}[data-mode=anomalies][data-state=there]").nth(1).wait_for(timeout=60_000)
    page.locator("#tables-view .notice").wait_for(state="hidden", timeout=30_000)


def train(page):
    """A training of 150 epochs when half of it is done."""
    page.wait_for_function(
        "document.querySelector('#train-name textarea, #train-name input')?.value"
    )
    fill(page, "name", "my-digits")
    page.locator("#train-start").click()
    page.wait_for_function(HALF_DONE, timeout=120_000)


def runs(page):
    """Three runs with different betas side by side."""
    page.wait_for_function(COMPARED, timeout=30_000)
    page.locator(".compare-what").select_option("validation.reconstruction")


def checkpoints(page):
    """What came of them, beside the shipped ones."""
    page.locator(".vault-unchecked button").click()
    page.locator(".vault-table tbody tr", has_text="digits-beta-1").click()
    page.wait_for_function(DRAWN, timeout=30_000)
    page.locator(".vault-unchecked").wait_for(state="hidden")


def make_runs(workspace):
    """Train one recipe with several betas."""
    for beta in BETAS:
        options = ["--beta", beta, "--epochs", "60", "--name", f"digits-beta-{beta}"]
        command = [sys.executable, "-m", "models", "train", "navigator-digits", *options]
        subprocess.run([*command, "--workspace", str(workspace)], check=True, capture_output=True)


def save(png, path):
    """Write a picture with as few colours as it needs."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=0)
    few.save(path, optimize=True)


SHOTS = (
    ("navigator", "model=navigator-mnist", "dark", (1280, 720), navigator_dark),
    ("navigator-path", "model=navigator-mnist", "light", (1280, 800), navigator_path),
    ("navigator-phone", "model=navigator-mnist", "dark", (390, 844), navigator_dark),
    ("odyssey", "tab=odyssey&model=odyssey-mnist", "dark", (1440, 900), odyssey),
    ("odyssey-tunnel", "tab=odyssey&model=odyssey-mnist", "dark", (1440, 900), odyssey_tunnel),
    ("sampler", "tab=sampler&model=sampler-mnist-beta1", "dark", (1440, 900), sampler),
    ("sampler-compare", COMPARISON, "light", (1440, 900), sampler_compare),
    ("faces", "tab=faces&model=faces-celeba", "dark", (1440, 900), faces),
    ("faces-morph", "tab=faces&model=faces-celeba", "light", (1440, 900), faces_morph),
    ("faces-effects", "tab=faces&model=faces-celeba", "dark", (1440, 900), faces_effects),
    ("labeler", "tab=labeler", "dark", (1440, 900), labeler),
    ("traversals", "tab=traversals&model=joint-mnist-10", "dark", (1440, 900), traversals),
    ("tables", f"tab=tables&table=iris&{BEHIND}", "dark", (1440, 900), tables),
    ("runs", "tab=runs", "light", (1440, 900), runs),
    ("checkpoints", "tab=checkpoints", "light", (1440, 900), checkpoints),
    ("train", "tab=train", "dark", (1440, 900), train),
    # The last, since it trains, and Runs compares the newest.
    (
        "tables-anomalies",
        f"tab=tables&table=iris&{UNUSUAL}",
        "light",
        (1440, 900),
        tables_anomalies,
    ),
)
"""Name, address, theme, size, and what is done before the picture is taken."""
OF_RUNS = {"runs", "checkpoints", "train"}


def main(*names):
    """Take the pictures of these names, or every one."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp())
    shots = [shot for shot in SHOTS if not names or shot[0] in names]
    if any(shot[0] in OF_RUNS for shot in shots):
        make_runs(workspace)
    with running_studio(workspace) as address, chromium() as browser:
        for name, query, theme, (width, height), act in shots:
            visitor = Visitor(browser, address, viewport={"width": width, "height": height})
            visitor.page.goto(f"/?__theme={theme}&{query}")
            act(visitor.page)
            visitor.page.wait_for_timeout(900)
            save(visitor.page.screenshot(), PICTURES / f"{name}.png")
            visitor.close()
            print(PICTURES / f"{name}.png", *visitor.problems)


if __name__ == "__main__":
    main(*sys.argv[1:])
