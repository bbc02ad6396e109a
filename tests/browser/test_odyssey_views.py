"""What the odyssey's views show while it flies: walls, grids, colours, and true instruments."""

import dataclasses
import io
import re
import struct
from itertools import pairwise

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import expect

from models.checkpoint import CheckpointConfig
from models.networks import NetworkConfig
from models.preprocessing import DataConfig
from models.registry import Registry
from models.training.config import TrainingConfig
from models.vae import VAE, VAEConfig
from tests.browser.harness import red_of
from tests.browser.odyssey import HELM, VIEW, open_odyssey, position, root, settle
from tests.browser.studios import open_studio
from tests.models.latent.worlds import NAMES, ring_atlas

SPACE = "#odyssey-space .space"
COLOUR = VAEConfig(
    shape=(3, 16, 16),
    latent_dim=3,
    network=NetworkConfig(encoder_hidden=(8,), decoder_hidden=(16,)),
)
NO_WEBGL = """
const real = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
};"""
# What the HUD says and how far the ship really went in the time before, several times a second.
WATCH_SPEED = """async seconds => {
  const view = document.querySelector('#odyssey-space canvas.view');
  const part = document.querySelector('#odyssey-space [data-hud=speed]');
  const way = [], said = [];
  const begun = performance.now();
  await new Promise(done => {
    const look = now => {
      way.push({ at: now, x: view.dataset.x.split(',').map(Number) });
      const since = way.filter(w => w.at >= now - 230);
      let length = 0;
      for (let i = 1; i < since.length; i += 1) {
        length += Math.hypot(...since[i].x.map((v, d) => v - since[i - 1].x[d]));
      }
      const spent = (now - since[0].at) / 1000;
      if (spent > 0.15 && !(said.at(-1)?.at > now - 120)) {
        said.push({ at: now, text: part.textContent, went: length / spent });
      }
      if (now - begun > 1000 * seconds) return void done();
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return said.slice(1).map(s => [Number.parseFloat(s.text), s.went]);
}"""


@pytest.fixture(scope="module")
def colour_workspace(tmp_path_factory):
    """A workspace with 'colour': an untrained decoder of strong colours, codes around a ring."""
    workspace = tmp_path_factory.mktemp("colour")
    torch.manual_seed(3)
    model = VAE(COLOUR)
    with torch.no_grad():
        for last in list(model.decoder.parameters())[-2:]:
            last.mul_(12)
    config = CheckpointConfig(
        recipe="colour",
        model=COLOUR,
        data=DataConfig(),
        training=TrainingConfig(),
        class_names=NAMES,
    )
    registry = Registry(workspace, pretrained=workspace / "none")
    thumbnails = torch.zeros(10, *COLOUR.shape, dtype=torch.uint8)
    atlas = dataclasses.replace(ring_atlas(rows=400), thumbnails=thumbnails)
    registry.save("colour", config, model.eval(), atlas)
    return workspace


@pytest.fixture(scope="module")
def colour_studio(colour_workspace):
    with open_studio(colour_workspace, only="odyssey") as address:
        yield address


def fly(page, **choices):
    """Start the autopilot with a path of the helm's choices."""
    helm = page.locator(HELM)
    for label, value in choices.items():
        helm.get_by_label(label).select_option(value)
    page.locator(VIEW).focus()
    page.keyboard.press("Space")
    expect(page.locator(SPACE)).to_have_attribute("data-auto", "flying", timeout=15_000)


def seen(page):
    """What a person sees of the view, as floats [H, W, 3]."""
    # At a scrolled place the picture's height may be rounded to another pixel.
    page.evaluate("window.scrollTo(0, 0)")
    shot = page.locator(SPACE).screenshot()
    return np.asarray(Image.open(io.BytesIO(shot)).convert("RGB"), float)


def quarters(picture):
    """The four corners of the middle of the view, free of instruments."""
    height, width, _ = picture.shape
    rows = (
        slice(int(0.36 * height), int(0.5 * height)),
        slice(int(0.5 * height), int(0.78 * height)),
    )
    columns = (
        slice(int(0.25 * width), int(0.5 * width)),
        slice(int(0.5 * width), int(0.74 * width)),
    )
    return [picture[row, column] for row in rows for column in columns]


def frames_of(page):
    return int(page.locator(VIEW).get_attribute("data-frames"))


def wait_for_frames(page, more):
    page.wait_for_function(
        "([s, count]) => Number(document.querySelector(s).dataset.frames) >= count",
        arg=[VIEW, frames_of(page) + more],
    )


def tiles(page, side):
    """The pictures of the grid as it is drawn, float [side * side, h, w]."""
    left, top, width = page.locator(VIEW).evaluate(
        """({ width, height }) => {
          const side = Math.round(Math.min(0.74 * height, 0.8 * width));
          return [Math.round((width - side) / 2), Math.round((height - side) / 2 - 6), side];
        }"""
    )
    square = red_of(page.locator(VIEW), [left, top, width, width]).astype(float)
    edges = np.linspace(0, width, side + 1).astype(int)
    return [
        square[a + 3 : b - 3, c + 3 : d - 3] for a, b in pairwise(edges) for c, d in pairwise(edges)
    ]


def test_the_tunnel_has_walls_of_pictures_that_move_past(flown):
    flown.keyboard.press("t")
    fly(flown, Path="orbit")
    flown.wait_for_function(
        "s => Number(document.querySelector(s).dataset.decodes) > 5", arg=SPACE, timeout=15_000
    )
    wait_for_frames(flown, 30)
    first = seen(flown)
    wait_for_frames(flown, 30)
    second = seen(flown)
    red, _, blue = np.moveaxis(first, 2, 0)
    assert np.mean((blue > red + 25) | (red > blue + 25)) > 0.02  # The rims are drawn in colour.
    for before, after in zip(quarters(first), quarters(second), strict=True):
        assert before.std() > 4  # A picture or a rim, not a single colour.
        assert np.abs(after - before).mean() > 1


@pytest.mark.parametrize("side", [5, 7])
def test_large_grids_play_along_the_path(visit, odyssey_studio, side):
    page = visit(odyssey_studio).page
    asked = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda data: asked.append(data)))
    open_odyssey(page, f"model=odyssey&view=grid~{side}~off")
    fly(page, Path="orbit")
    asked.clear()
    wait_for_frames(page, 20)
    before = tiles(page, side)
    wait_for_frames(page, 30)
    after = tiles(page, side)
    assert all(np.abs(a - b).max() > 8 for a, b in zip(before, after, strict=True))
    counts = {(len(data) - 4) // 12 for data in asked}
    assert counts <= {side**2 * views for views in range(1, 64 // side**2 + 1)}
    middles = [
        struct.unpack_from("<3f", data, 4 + 12 * (side**2 // 2)) for data in asked if len(data) > 4
    ]
    assert len(set(middles)) == len(middles) > 1  # Every request is for another place.


@pytest.mark.parametrize(("kind", "even"), [("warp", False), ("orbit", False), ("follow", True)])
def test_the_speed_shown_is_the_ship_s_own(flown, kind, even):
    helm = flown.locator(HELM)
    helm.get_by_label("Path").select_option(kind)
    helm.get_by_label("Towards").select_option("6")
    helm.get_by_label("constant image speed").set_checked(even)
    fly(flown)
    watched = np.array(flown.evaluate(WATCH_SPEED, 2.5))
    said, went = watched.T
    assert len(said) > 3
    assert np.median(np.abs(said - went) / np.maximum(went, 0.1)) < 0.2
    if kind == "warp":
        assert said.max() > 1.5 * said.min()  # It gathers speed, whatever the plan's mean is.


def test_instruments_say_when_the_view_rests(flown):
    rate = flown.locator("[data-hud=rate]")
    settle(flown)
    expect(rate).to_contain_text(re.compile(r"at\srest"))
    drawn = frames_of(flown)
    flown.wait_for_timeout(400)
    assert frames_of(flown) == drawn
    expect(flown.locator("[data-hud=speed]")).to_have_text("0.00 /s")
    flown.keyboard.down("ArrowLeft")
    expect(rate).to_contain_text("fps")
    flown.keyboard.up("ArrowLeft")
    settle(flown)
    expect(rate).to_contain_text(re.compile(r"at\srest"))


def test_colours_are_the_decoder_s(visit, colour_studio, colour_workspace):
    page = open_odyssey(visit(colour_studio).page, "model=colour")
    settle(page)
    model = Registry(colour_workspace, pretrained=colour_workspace / "none").open("colour").model
    with torch.inference_mode():
        wanted = model.decode(torch.tensor([position(page)]))[0].permute(1, 2, 0).numpy() * 255
    height, width, _ = seen(page).shape
    side = min(0.74 * height, 0.8 * width)
    top, left = (height - side) / 2 - 6, (width - side) / 2
    picture = seen(page)[int(top) : int(top + side), int(left) : int(left + side)]
    middles = ((np.arange(16) + 0.5) / 16 * len(picture)).astype(int)[1:-1]
    shown = picture[np.ix_(middles, middles)]
    assert np.ptp(wanted, axis=2).mean() > 50
    assert np.abs(shown - wanted[1:-1, 1:-1]).mean() < 12
    page.keyboard.press("g")
    wait_for_frames(page, 10)
    middle = seen(page)[int(top) : int(top + side), int(left) : int(left + side)]
    assert np.ptp(middle, axis=2).mean() > 20
    page.keyboard.press("t")
    fly(page, Path="orbit")
    wait_for_frames(page, 40)
    assert all(np.ptp(quarter, axis=2).mean() > 15 for quarter in quarters(seen(page)))


def test_without_webgl_the_tunnel_says_so(visit, odyssey_studio):
    page = visit(odyssey_studio).page
    page.add_init_script(NO_WEBGL)
    open_odyssey(page)
    page.keyboard.press("t")
    expect(page.locator("#odyssey-space .notice span")).to_have_text(
        "The tunnel needs WebGL, which this browser has switched off; the picture is shown."
    )
    assert root(page, "mode") == "single"
    fly(page, Path="orbit")
    before = seen(page)
    wait_for_frames(page, 30)
    assert np.abs(seen(page) - before).max() > 20


def test_less_motion_leaves_the_stars_out(visit, odyssey_studio):
    page = open_odyssey(
        visit(odyssey_studio, reduced_motion="reduce").page, "model=odyssey&view=single~3~off"
    )
    fly(page, Path="orbit")
    wait_for_frames(page, 10)
    before = seen(page)
    # With less motion the flight goes on once a second.
    page.wait_for_timeout(2500)
    after = seen(page)
    width = before.shape[1]
    beside = (
        slice(int(0.02 * width), int(0.12 * width)),
        slice(int(0.88 * width), int(0.98 * width)),
    )
    middle = slice(int(0.4 * len(before)), int(0.75 * len(before)))
    for columns in beside:
        assert np.abs(after[middle, columns] - before[middle, columns]).max() < 3
    assert np.abs(after - before)[:, int(0.4 * width) : int(0.6 * width)].max() > 20


def test_less_motion_draws_the_tunnel_too(visit, odyssey_studio):
    page = open_odyssey(
        visit(odyssey_studio, reduced_motion="reduce").page, "model=odyssey&view=tunnel~3~off"
    )
    fly(page, Path="walk")
    before = seen(page)
    page.wait_for_timeout(3000)
    assert np.abs(seen(page) - before).max() > 20


def test_wider_tunnels_show_other_places(visit, odyssey_studio):
    page = open_odyssey(visit(odyssey_studio).page, "model=odyssey&view=tunnel~3~off")
    settle(page)
    page.wait_for_timeout(1500)
    before = seen(page)
    page.locator(f"{HELM} summary").get_by_text("View").click()
    page.locator(HELM).get_by_label("Spacing").fill("0.15")
    page.wait_for_timeout(1500)
    after = seen(page)
    assert np.abs(after - before).max() > 40


def test_pictures_are_enlarged_smoothly_and_truly(flown):
    enlarged = np.array(
        flown.evaluate(
            """async pixels => {
              const { Enlarger } = await import('/widgets/space/enlarge.js');
              const data = new Uint8ClampedArray(4 * 12 * 12);
              new Enlarger([3, 4, 4], 3).into(data, 12, 0, Uint8Array.from(pixels), 0);
              return Array.from(data);
            }""",
            PIXELS.flatten().tolist(),
        )
    ).reshape(12, 12, 4)[..., :3]
    assert (enlarged[1::3, 1::3] == PIXELS).all()  # It passes through what was decoded.
    steps = np.abs(np.diff(enlarged.astype(int), axis=1)).max()
    assert steps < np.abs(np.diff(PIXELS.astype(int), axis=1)).max()


PIXELS = np.random.default_rng(0).integers(0, 256, (4, 4, 3))
