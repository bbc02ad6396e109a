"""The odyssey as a person flies it, in a real browser."""

import json
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.odyssey import (
    HELM,
    VIEW,
    arrive,
    attitude,
    open_odyssey,
    pixels,
    position,
    root,
    settle,
)
from tests.models.latent.ship_reference import FILE

FLY = """async ({config, every, flights}) => {
  const { step } = await import('/widgets/space/ship.js');
  return flights.map(({ dt, start, pilot }) => {
    let [state, done, states] = [start, 0, []];
    for (const { steps, controls } of pilot) for (let i = 0; i < steps; i += 1) {
      state = step(state, controls, dt, config);
      done += 1;
      if (done % every === 0) states.push(state);
    }
    return states;
  });
}"""


def about(page):
    return page.request.get("/checkpoints/odyssey").json()


def test_the_ship_flies_in_the_browser_as_in_python(flown):
    reference = json.loads(FILE.read_text())
    flights = flown.evaluate(FLY, reference)
    for states, expected in zip(flights, reference["flights"], strict=True):
        for state, wanted in zip(states, expected["states"], strict=True):
            for part in ("position", "velocity", "attitude", "rates"):
                assert state[part] == pytest.approx(wanted[part], abs=1e-9)


def test_keys_fly_turn_and_change_the_picture(flown):
    settle(flown)
    before, nose, first = position(flown), attitude(flown), pixels(flown)
    flown.keyboard.down("w")
    flown.keyboard.down("ArrowLeft")
    flown.wait_for_timeout(600)
    flown.keyboard.up("w")
    flown.keyboard.up("ArrowLeft")
    assert position(flown) != before
    assert np.dot(attitude(flown), nose) < 0.999
    assert pixels(flown) != first
    flown.keyboard.down("s")
    settle(flown)
    flown.keyboard.up("s")


def test_keys_are_left_alone_elsewhere(flown):
    settle(flown)
    flown.locator("#model-picker input").focus()
    before = position(flown)
    flown.keyboard.press("3")
    flown.keyboard.down("w")
    flown.wait_for_timeout(300)
    flown.keyboard.up("w")
    assert position(flown) == before


def test_digits_and_chips_warp_to_classes(flown):
    medoids = about(flown)["medoids"]
    flown.keyboard.press("3")
    arrive(flown, medoids[3])
    flown.get_by_role("group", name="Warp to a class").get_by_text("7", exact=True).click()
    arrive(flown, medoids[7])
    expect(flown.locator("[data-hud=charted]")).to_contain_text("charted")


def test_drag_turns_the_nose(flown):
    settle(flown)
    nose, place = attitude(flown), position(flown)
    box = flown.locator(VIEW).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    flown.mouse.move(x, y)
    flown.mouse.down()
    flown.mouse.move(x + 120, y - 40, steps=6)
    flown.mouse.up()
    settle(flown)
    assert np.dot(attitude(flown), nose) < 0.99
    assert position(flown) == place


def test_grid_tunnel_and_map_are_shown(flown):
    settle(flown)
    single = pixels(flown)
    flown.keyboard.press("g")
    flown.wait_for_timeout(500)
    assert root(flown, "mode") == "grid"
    grid = pixels(flown)
    assert grid != single
    flown.keyboard.press("t")
    flown.wait_for_timeout(800)
    assert root(flown, "tunnel") == "yes"
    shot = flown.locator(VIEW).screenshot()
    assert len(shot) > 30_000  # A blank tunnel is a few kilobytes of one colour.
    flown.keyboard.press("m")
    flown.wait_for_timeout(300)
    assert root(flown, "map") == "large"
    assert pixels(flown) not in (single, grid)
    flown.keyboard.press("m")
    assert root(flown, "map") == "off"


def test_autopilot_flies_pauses_and_hands_over(flown):
    flown.keyboard.press("Space")
    expect(flown.locator("#odyssey-space .space")).to_have_attribute("data-auto", "flying")
    flown.wait_for_timeout(300)
    before = position(flown)
    flown.wait_for_timeout(500)
    assert position(flown) != before
    flown.keyboard.press("Space")
    expect(flown.locator("#odyssey-space .space")).to_have_attribute("data-auto", "paused")
    settle(flown)
    flown.keyboard.press("Space")
    expect(flown.locator("#odyssey-space .space")).to_have_attribute("data-auto", "flying")
    flown.keyboard.press("ArrowUp")
    expect(flown.locator("#odyssey-space .space")).to_have_attribute("data-auto", "paused")


AUTO = "window.latentFlight.flight('odyssey').auto"


def plan(page, kind="walk"):
    """Ask for a path and stay where it begins."""
    page.locator(HELM).get_by_label("Path", exact=True).select_option(kind)
    page.locator("[data-auto=step]").click()
    expect(page.locator(f"{HELM} .facts")).to_contain_text("units")


def test_a_loop_goes_on_where_it_was_left(flown):
    plan(flown)
    flown.evaluate(f"{AUTO}.place(1.4, 1)")
    there = flown.evaluate(f"{AUTO}.flight.ship.position")
    flown.locator("[data-auto=step]").click()
    assert flown.evaluate(f"{AUTO}.share") == pytest.approx(1.42)
    flown.evaluate(f"{AUTO}.place(1.4, 1)")
    flown.locator(HELM).get_by_label("loop").uncheck()
    settle(flown)
    assert position(flown) == pytest.approx(there, abs=1e-3)
    assert flown.evaluate(f"{AUTO}.share") == pytest.approx(0.6)
    flown.locator(HELM).get_by_label("loop").check()
    flown.evaluate(f"{AUTO}.place(1.4, 1)")
    flown.locator("[data-auto=toggle]").click()
    flown.wait_for_function(f"{AUTO}.playing && {AUTO}.share > 1.4")


def test_a_path_without_loop_ends_and_begins_again(flown):
    plan(flown, "straight")
    flown.locator(HELM).get_by_label("loop").uncheck()
    flown.evaluate(f"{AUTO}.place(0.97, 1)")
    flown.locator("[data-auto=toggle]").click()
    flown.wait_for_function(f"{AUTO}.share === 1 && !{AUTO}.playing")
    flown.locator("[data-auto=toggle]").click()
    flown.wait_for_function(f"{AUTO}.playing && {AUTO}.share < 0.9")


@pytest.mark.parametrize("stop", ["button", "space"])
def test_stopping_on_the_way_to_a_path(flown, stop):
    plan(flown)
    flown.locator(VIEW).focus()
    flown.keyboard.press("6")
    arrive(flown, about(flown)["medoids"][6])
    flown.keyboard.press("Space")
    if stop == "button":
        flown.locator("[data-auto=stop]").click()
    else:
        flown.keyboard.press("Space")
    settle(flown)
    assert not flown.evaluate(f"{AUTO}.playing")
    flown.locator(VIEW).focus()
    before = position(flown)
    flown.keyboard.down("w")
    flown.wait_for_timeout(300)
    flown.keyboard.up("w")
    assert position(flown) != before


def test_level_leaves_the_nose_where_it_is(flown):
    angles = """([pitch, heading, roll]) => import('/widgets/space/angles.js').then(m => {
      const f = window.latentFlight.flight('odyssey');
      f.put({ attitude: m.attitudeOf(pitch, heading, roll) });
      f.level();
      return m.anglesOf(f.ship.attitude);
    })"""
    assert flown.evaluate(angles, [0.7, 1.5, 0.9]) == pytest.approx([0.7, 1.5, 0], abs=1e-6)


@pytest.mark.parametrize("kind", ["follow", "orbit", "spiral", "warp", "straight"])
def test_every_kind_of_path_is_flown(flown, kind):
    helm = flown.locator(HELM)
    helm.get_by_label("Path").select_option(kind)
    if kind != "spiral":
        helm.get_by_label("Towards").select_option("6")
    helm.locator("[data-auto=step]").click()
    expect(helm.locator(".facts")).to_contain_text("units")
    if kind == "follow":
        expect(helm.locator(".facts")).to_contain_text("mean density")
    assert root(flown, "auto") == "paused"
    before = position(flown)
    helm.locator("[data-auto=toggle]").click()
    flown.wait_for_function(f"{AUTO}.playing && {AUTO}.share > 0.05")
    assert position(flown) != before


def test_waypoints_stay_over_a_reload_and_make_a_tour(flown):
    helm = flown.locator(HELM)
    for digit in ("1", "2"):
        flown.locator(VIEW).focus()
        flown.keyboard.press(digit)
        arrive(flown, about(flown)["medoids"][int(digit)])
        settle(flown)
        flown.keyboard.press("b")
    helm.get_by_label("Name of waypoint 1").fill("a one")
    helm.get_by_label("Name of waypoint 1").press("Enter")
    open_odyssey(flown)
    expect(helm.get_by_label("Name of waypoint 1")).to_have_value("a one")
    helm.get_by_title("Move waypoint 2 up").click()
    expect(helm.get_by_label("Name of waypoint 2")).to_have_value("a one")
    helm.get_by_title("Go to a one").click()
    arrive(flown, about(flown)["medoids"][1])
    helm.get_by_label("Path").select_option("tour")
    helm.locator("[data-auto=step]").click()
    expect(helm.locator(".facts")).to_contain_text("units")
    helm.get_by_title("Delete a one").click()
    expect(helm.locator(".waypoints li")).to_have_count(1)


def test_waypoints_are_exported_and_imported(flown, tmp_path):
    helm = flown.locator(HELM)
    flown.keyboard.press("b")
    with flown.expect_download() as download:
        helm.locator("[data-waypoint=export]").click()
    file = tmp_path / "waypoints.json"
    shutil.copy(download.value.path(), file)
    kept = json.loads(file.read_text())
    assert kept["waypoints"][0]["z"] == pytest.approx(position(flown), abs=1e-3)
    chooser = helm.locator("input[type=file]")
    # What is in the list already does not come twice.
    flown.locator(VIEW).focus()
    flown.keyboard.press("3")
    settle(flown)
    flown.keyboard.press("b")
    chooser.set_input_files(file)
    expect(helm.locator(".waypoints li")).to_have_count(2)
    helm.get_by_title("Delete waypoint 1").click()
    expect(helm.locator(".waypoints li")).to_have_count(1)
    chooser.set_input_files(file)
    expect(helm.locator(".waypoints li")).to_have_count(2)
    broken = {**kept, "waypoints": [{"name": "nowhere", "z": [0, None, 1]}]}
    for name, data in (
        ("it is of another model", {**kept, "digest": "0", "checkpoint": "another"}),
        ("is not 3 numbers", broken),
    ):
        file.write_text(json.dumps(data))
        chooser.set_input_files(file)
        expect(flown.locator("#odyssey-space .notice")).to_contain_text(name)
        expect(helm.locator(".waypoints li")).to_have_count(2)


def test_a_link_opens_the_same_flight(flown, visit, odyssey_studio):
    flown.keyboard.press("5")
    arrive(flown, about(flown)["medoids"][5])
    settle(flown)
    flown.keyboard.press("g")
    flown.wait_for_timeout(700)
    other = visit(odyssey_studio).page
    open_odyssey(other, flown.url.split("?tab=odyssey&")[1])
    settle(other)
    assert position(other) == pytest.approx(position(flown), abs=2e-4)
    assert attitude(other) == pytest.approx(attitude(flown), abs=2e-4)
    assert root(other, "mode") == "grid"


def test_visitors_fly_ships_of_their_own(flown, visit, odyssey_studio):
    other = open_odyssey(visit(odyssey_studio).page)
    settle(flown)
    before = position(flown)
    other.keyboard.press("8")
    arrive(other, about(other)["medoids"][8])
    assert position(flown) == before


def test_four_dimensions_are_flown_along_their_principal_axes(visit, odyssey_studio):
    page = open_odyssey(visit(odyssey_studio).page, "model=deep")
    page.keyboard.press("4")
    settle(page)
    page.keyboard.press("Space")
    expect(page.locator("#odyssey-space .space")).to_have_attribute("data-auto", "flying")
    page.keyboard.down("w")
    page.wait_for_timeout(300)
    page.keyboard.up("w")
    assert all(np.isfinite(position(page)))
