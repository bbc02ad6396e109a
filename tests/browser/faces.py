"""The faces tab as a test sees it: its picture, its code, and what its hands reach."""

import dataclasses

import numpy as np
from playwright.sync_api import expect

from models.attributes import learn_attributes
from models.data.faces.synthetic import load_synthetic
from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.training.outcome import build_atlas, register
from models.training.recipe import new_model
from models.training.trainer import Trainer
from tests.browser.harness import red_of

VIEW = "#faces-view .faces"
PICTURE = f"{VIEW} .frame canvas"
CAPTION = f"{VIEW} > .caption"
NOTICE = f"{VIEW} .notice span"
PANEL = "#faces-panel .faces-panel"
FACES = "window.latentFaces('faces')"
DRAWN = f"() => document.querySelector('{PICTURE}')?.dataset.frames > 0"
# Whether the picture is that of the code that is looked at, and nothing flows any more.
SETTLED = f"""() => {{
  const faces = {FACES};
  const code = faces.looked ?? faces.code;
  const {{ dataset }} = document.querySelector('{PICTURE}');
  if (faces.busy || !code) return false;
  const wanted = Array.from(code.slice(0, 8), v => v.toFixed(7)).join();
  const now = dataset.z === wanted && dataset.frames;
  window.stillFor = now && now === window.lastFrames ? window.stillFor + 1 : 0;
  window.lastFrames = now;
  return window.stillFor >= 3;
}}"""


def train_faces(workspace):
    """Train a small model of a few drawn faces, 'faces'; its copy 'bare' has no directions."""
    drawn = load_synthetic(workspace, validation=10, count=260, test=60)
    network = NetworkConfig(
        kind="convolutional",
        channels=(4, 4, 4, 4),
        encoder_hidden=(),
        decoder_hidden=(),
        head="shuffled",
        principal=16,
    )
    changes = {"epochs": 2, "latent_dim": 8, "network": network}
    recipe = with_overrides(get_recipe("faces-synthetic"), **changes)
    recipe = dataclasses.replace(recipe, thumbnails=5, codes=50)
    trainer = Trainer(new_model(recipe, drawn), recipe.training, binarise=recipe.data.binarise)
    trainer.fit(drawn.train)
    model = trainer.kept_model().eval()
    atlas, directions = build_atlas(model, drawn, recipe), learn_attributes(model, drawn, faces=4)
    registry = Registry(workspace, pretrained=workspace / "none")
    for name, learned in (("faces", directions), ("bare", None)):
        figures = {"mse": 0.0123, "ssim": 0.456, "reconstruction_95": 0.0}
        register(model, drawn, recipe, figures, atlas, registry, name, directions=learned)


def open_faces(page, query="model=faces"):
    page.goto(f"/?tab=faces&{query}")
    page.wait_for_function(DRAWN, timeout=30_000)
    settle(page)
    return page


def settle(page):
    """Wait until the picture is that of the code that is wanted."""
    page.wait_for_function(SETTLED, polling=60, timeout=15_000)


def pixels(page):
    """Return the red of the big picture, uint8 [H, W]."""
    return red_of(page.locator(PICTURE))


def alike(picture, other):
    """Whether two pictures are the same, but for how a batch is rounded."""
    return picture.shape == other.shape and np.abs(picture.astype(int) - other).max() <= 2


def code(page):
    """Return the code of the face."""
    return np.array(page.evaluate(f"Array.from({FACES}.code)"))


def step(page, name):
    """Return one step along an attribute, as the page has it."""
    return np.array(page.evaluate(f"name => Array.from({FACES}.step(name))", name))


def row(page, name):
    return page.locator(f"{PANEL} .attribute[data-name='{name}']")


def slider(page, name):
    return row(page, name).locator("input[type=range]")


def number(page, name):
    return row(page, name).locator(".number")


def slide(page, name, value):
    """Move a slider as a drag does, to a value of it."""
    move = """(slider, value) => {
      slider.value = value;
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }"""
    slider(page, name).evaluate(move, value)
    settle(page)


def press(page, name):
    """Press a button of the view or of its panel."""
    page.locator(f"{VIEW}, {PANEL}").get_by_role("button", name=name, exact=True).click()
    settle(page)


def type_into(page, field, text):
    field.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def unfold(page, title):
    """Open a section of the panel."""
    summary = page.locator(f"{PANEL} summary").get_by_text(title, exact=True)
    if not summary.evaluate("s => s.parentElement.open"):
        summary.click()


def caption(page, text):
    expect(page.locator(CAPTION)).to_contain_text(text)


def told(page, text):
    expect(page.locator(NOTICE)).to_contain_text(text)
