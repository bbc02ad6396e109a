"""Recording in the odyssey, as a person does it: what comes is opened with other readers."""

import io
import json
import zipfile

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.odyssey import HELM, VIEW, arrive, open_odyssey, settle

LIGHT = "#odyssey-space .recording"
REEL = """async (times) => {
  const { Reel } = await import('/widgets/space/reel.js');
  const reel = new Reel(10, 25);
  const q = [1, 0, 0, 0];
  for (const t of times) reel.take(1000 + 1000 * t, [t, -2 * t, 0], q);
  return { z: reel.poses.map(({ z }) => [...z]), seconds: reel.seconds, full: reel.full };
}"""


def recorder(page):
    """The section, unfolded."""
    section = page.locator(f"{HELM} .recorder")
    if section.get_attribute("open") is None:
        section.locator("summary").click()
    return section


def choose(page, **choices):
    for label, value in choices.items():
        recorder(page).get_by_label(label, exact=True).select_option(str(value))


def said(page):
    return recorder(page).locator(".hint")


def frames_beforehand(page):
    expect(said(page)).to_contain_text("frames, ")
    return int(said(page).inner_text().split()[0])


def recorded(page, act, timeout=90_000):
    """Do what ends in a film; return its name and bytes."""
    with page.expect_download(timeout=timeout) as download:
        act()
    return download.value.suggested_filename, download.value.path().read_bytes()


def press_record(page):
    recorder(page).locator("[data-film=record]").click()


def plan_path(page, kind, speed=0.6):
    """Choose a path of a class and ask for it, without flying it."""
    helm = page.locator(HELM)
    helm.get_by_label("Path", exact=True).select_option(kind)
    helm.get_by_label("Speed", exact=True).fill(str(speed))
    recorder(page).locator("[data-film=plan]").click()
    expect(recorder(page).locator("[data-film=plan]")).to_be_hidden()


def grey_frames(data):
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 12
        return [frame.to_ndarray(format="gray") for frame in container.decode(stream)]


def png_frames(data):
    """Names and bytes of all files in a ZIP."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_poses_are_laid_at_equal_times_whenever_the_page_draws(flown):
    reel = flown.evaluate(REEL, [0, 0.016, 0.05, 0.13, 0.14, 0.31, 0.5])
    times = np.arange(6) / 10
    assert np.array(reel["z"]) == pytest.approx(np.outer(times, [1, -2, 0]), abs=1e-6)
    paused = flown.evaluate(REEL, [0, 0.1, 60, 60.1])
    assert paused["seconds"] == pytest.approx(0.45)
    long = flown.evaluate(REEL, [0.2 * i for i in range(40)])
    assert long["full"]
    assert len(long["z"]) == 25


def test_nothing_is_recorded_before_there_is_a_path(flown):
    record = recorder(flown).locator("[data-film=record]")
    expect(record).to_be_disabled()
    expect(said(flown)).to_contain_text("no path yet")
    plan_path(flown, "orbit", speed=0.3)
    expect(record).to_be_enabled()
    frames_beforehand(flown)
    flown.locator(HELM).get_by_label("Speed", exact=True).fill("0.02")
    choose(flown, Frames=50)
    expect(record).to_be_disabled()
    expect(said(flown)).to_contain_text("fly faster")


def test_a_tour_becomes_an_mp4_with_the_right_number_of_frames(flown):
    medoids = flown.request.get("/checkpoints/odyssey").json()["medoids"]
    for digit in (1, 4, 7):
        flown.locator(VIEW).focus()
        flown.keyboard.press(str(digit))
        arrive(flown, medoids[digit])
        settle(flown)
        flown.keyboard.press("b")
    plan_path(flown, "tour")
    choose(flown, Frames=12, Size=280)
    wanted = frames_beforehand(flown)
    name, data = recorded(flown, lambda: press_record(flown))
    assert name == f"odyssey-tour-{wanted}.mp4"
    frames = grey_frames(data)
    assert len(frames) == wanted
    assert frames[0].shape == (280, 280)
    assert np.abs(frames[0].astype(int) - frames[wanted // 3]).mean() > 2
    link = recorder(flown).locator("a.film")
    expect(link).to_contain_text(name)
    assert flown.request.get(link.get_attribute("href")).body() == data


def test_a_flight_by_hand_becomes_a_webp(flown):
    settle(flown)
    choose(flown, Film="webp", Frames=12, Size=280)
    flown.locator(VIEW).focus()
    flown.keyboard.press("v")
    expect(flown.locator(LIGHT)).to_be_visible()
    flown.keyboard.down("w")
    flown.wait_for_function(
        "s => parseFloat(document.querySelector(s).textContent) > 1.5", arg=f"{LIGHT} b"
    )
    flown.keyboard.up("w")
    name, data = recorded(flown, lambda: flown.keyboard.press("v"))
    expect(flown.locator(LIGHT)).to_be_hidden()
    film = Image.open(io.BytesIO(data))
    assert name == f"odyssey-flown-{film.n_frames}.webp"
    assert film.n_frames >= 18
    first = np.asarray(film.convert("L")).astype(int)
    film.seek(film.n_frames - 1)
    assert np.abs(np.asarray(film.convert("L")) - first).mean() > 1


def test_the_same_seed_gives_the_same_png_frames_in_another_browser(flown, visit, odyssey_studio):
    films = []
    for page in (flown, open_odyssey(visit(odyssey_studio).page)):
        settle(page)
        page.locator(VIEW).focus()
        page.keyboard.press("g")
        plan_path(page, "walk")
        choose(page, Film="png", Frames=12, Size=280)
        films.append(png_frames(recorded(page, lambda page=page: press_record(page))[1]))
    first, again = films
    assert json.loads(first["film.json"])["frames"] == len(first) - 2
    assert first == again
    with np.load(io.BytesIO(first["codes.npz"]), allow_pickle=False) as kept:
        assert kept["codes"].shape == (len(first) - 2, 9, 3)
        # The middle picture is where the ship is, its neighbours lie around it.
        middle = kept["codes"].mean(axis=1)
        assert middle == pytest.approx(kept["codes"][:, 4], abs=1e-4)


def test_a_film_is_cancelled_and_another_made(flown):
    plan_path(flown, "walk", speed=0.1)
    choose(flown, Film="gif", Frames=50, Size=720)
    press_record(flown)
    bar = recorder(flown).get_by_role("progressbar")
    expect(bar).to_be_visible()
    flown.wait_for_function("document.querySelector('.recorder progress').value > 0")
    flown.locator(VIEW).focus()
    flown.keyboard.press("v")
    expect(flown.locator("#odyssey-space .notice")).to_contain_text("film is being made")
    recorder(flown).locator("[data-film=cancel]").click()
    expect(bar).to_be_hidden()
    flown.locator(HELM).get_by_label("Speed", exact=True).fill("0.6")
    choose(flown, Film="gif", Frames=12, Size=280)
    wanted = frames_beforehand(flown)
    _, data = recorded(flown, lambda: press_record(flown))
    assert Image.open(io.BytesIO(data)).n_frames == wanted


def test_a_refusal_is_said_in_the_view(flown):
    plan_path(flown, "orbit")
    flown.route(
        "**/flight/odyssey/films?*",
        lambda route: route.fulfill(status=422, json={"error": "The studio is making films."}),
    )
    press_record(flown)
    expect(flown.locator("#odyssey-space .notice")).to_contain_text("The studio is making films.")
    expect(recorder(flown).get_by_role("progressbar")).to_be_hidden()
    expect(recorder(flown).locator("[data-film=record]")).to_be_enabled()
