"""The odyssey by buttons, sliders, fingers and waypoints, and with less motion."""

import numpy as np
import pytest
from playwright.sync_api import expect

from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe
from tests.browser.odyssey import (
    HELM,
    VIEW,
    arrive,
    attitude,
    open_odyssey,
    position,
    settle,
)
from tests.browser.studios import open_studio

FLIGHT = "window.latentFlight.flight('odyssey')"
MEDOID = f"k => Array.from({FLIGHT}.about.medoids[k])"
CONTROLS = f"() => {FLIGHT}.controls"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ROUND_TRIP = """async (attitudes) => {
  const { anglesOf, attitudeOf } = await import('/widgets/space/angles.js');
  return attitudes.map((q) => attitudeOf(...anglesOf(q)));
}"""


def unfold(page, *titles):
    for title in titles:
        page.locator(f"{HELM} summary").get_by_text(title, exact=True).click()


def turned(page, before):
    return abs(np.dot(attitude(page), before)) < 0.9999


def centre(page, locator):
    box = locator.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def set_slider(page, label, value):
    page.get_by_label(label, exact=True).evaluate(
        """(input, value) => { input.value = value;
           input.dispatchEvent(new Event('input', { bubbles: true })); }""",
        value,
    )


def touch(session, kind, *points):
    places = [{"x": x, "y": y} for x, y in points]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})


def test_every_key_has_a_button(flown):
    unfold(flown, "Fly by hand")
    keys = ["W", "S", "X", "Q", "E", "L", "space", "R", "B", "G", "T", "M", "F", "?"]
    arrows = [f"arrow {way}" for way in ("up", "down", "left", "right")]
    for key in keys + arrows:
        expect(flown.locator(f'button[title*="({key})"]').first).to_be_visible()
    expect(flown.get_by_role("group", name="Warp to a class").get_by_role("button")).to_have_count(
        10
    )


def test_a_button_acts_for_as_long_as_it_is_held(flown):
    settle(flown)
    before, thrust = position(flown), flown.locator(".bar [data-hold='thrust 1']")
    x, y = centre(flown, thrust)
    flown.mouse.move(x, y)
    flown.mouse.down()
    # The pointer leaves the button and still holds it.
    flown.mouse.move(x, y - 80)
    flown.wait_for_timeout(300)
    assert flown.evaluate(CONTROLS)["thrust"] == 1
    assert position(flown) != before
    flown.mouse.up()
    assert flown.evaluate(CONTROLS)["thrust"] == 0
    # The keys stay with the view.
    expect(flown.locator(VIEW)).to_be_focused()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_button_is_held_by_the_keyboard(flown, key):
    settle(flown)
    unfold(flown, "Fly by hand")
    before = attitude(flown)
    flown.get_by_role("button", name="Nose left").focus()
    flown.keyboard.down(key)
    flown.wait_for_timeout(400)
    assert flown.evaluate(CONTROLS)["yaw"] == -1
    flown.keyboard.up(key)
    assert flown.evaluate(CONTROLS)["yaw"] == 0
    assert turned(flown, before)


def test_the_place_sliders_set_and_follow_the_ship(flown):
    settle(flown)
    unfold(flown, "Fly by hand", "Place")
    set_slider(flown, "Position along z2", 0.5)
    settle(flown)
    assert position(flown)[1] == pytest.approx(0.5, abs=1e-3)
    for label, degrees in (("heading", 40), ("pitch", -30), ("roll", 100)):
        set_slider(flown, label, degrees)
    expect(flown.locator("[data-hud=heading]")).to_contain_text("040°")
    expect(flown.locator("[data-hud=heading]")).to_contain_text("−30°")
    flown.wait_for_timeout(400)
    for label, degrees in (("heading", "40"), ("pitch", "-30"), ("roll", "100")):
        expect(flown.get_by_label(label, exact=True)).to_have_value(degrees)
    flown.locator(VIEW).focus()
    flown.keyboard.press("3")
    arrive(flown, flown.evaluate(MEDOID, 3))
    flown.wait_for_timeout(400)
    shown = float(flown.get_by_label("Position along z1", exact=True).input_value())
    assert shown == pytest.approx(position(flown)[0], abs=2e-3)


def test_angles_and_attitudes_are_the_same_thing(flown):
    drawn = np.random.default_rng(0).normal(size=(200, 4))
    straight_up = [np.sqrt(0.5), np.sqrt(0.5), 0, 0]
    attitudes = np.concatenate([drawn, [straight_up, [1, 0, 0, 0], [0, 0, 0, 1]]])
    attitudes /= np.linalg.norm(attitudes, axis=1, keepdims=True)
    again = np.array(flown.evaluate(ROUND_TRIP, attitudes.tolist()))
    assert np.abs((again * attitudes).sum(1)) == pytest.approx(1, abs=1e-9)


def test_a_finger_turns_the_ship_and_does_not_scroll(visit, odyssey_studio):
    page = open_odyssey(visit(odyssey_studio, **PHONE).page)
    finger = page.context.new_cdp_session(page)
    settle(page)
    before = attitude(page)
    x, y = centre(page, page.locator(VIEW))
    touch(finger, "touchStart", (x, y))
    for step in range(1, 8):
        touch(finger, "touchMove", (x + 8 * step, y - 12 * step))
    touch(finger, "touchEnd")
    settle(page)
    assert turned(page, before)
    assert page.evaluate("window.scrollY") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # The pad lies open under the view, and is held by a finger.
    left = page.get_by_role("button", name="Nose left")
    left.scroll_into_view_if_needed()
    before = attitude(page)
    touch(finger, "touchStart", centre(page, left))
    page.wait_for_timeout(400)
    assert page.evaluate(CONTROLS)["yaw"] == -1
    touch(finger, "touchEnd")
    page.wait_for_function(f"() => {FLIGHT}.controls.yaw === 0")
    assert turned(page, before)


def test_waypoints_by_keyboard_and_brought_back(flown):
    for k in ("2", "6"):
        flown.keyboard.press(k)
        arrive(flown, flown.evaluate(MEDOID, int(k)))
        settle(flown)
        flown.keyboard.press("b")
    flown.keyboard.press("Shift+1")
    arrive(flown, flown.evaluate(MEDOID, 2))
    flown.get_by_label("Path", exact=True).select_option("follow")
    flown.get_by_label("Towards").select_option(label="waypoint 2")
    # Another order leaves the destination what it was.
    down = flown.get_by_title("Move waypoint 1 down")
    down.focus()
    flown.keyboard.press("Enter")
    expect(flown.get_by_label("Name of waypoint 1")).to_have_value("waypoint 2")
    expect(flown.get_by_title("Go to waypoint 1 (shift + 2)")).to_be_focused()
    expect(flown.get_by_label("Towards").locator("option:checked")).to_have_text("waypoint 2")
    flown.get_by_title("Delete waypoint 2").click()
    expect(flown.locator(f"{HELM} .waypoints li")).to_have_count(1)
    flown.locator("[data-waypoint=undo]").click()
    expect(flown.get_by_label("Name of waypoint 1")).to_have_value("waypoint 2")
    expect(flown.locator("[data-waypoint=undo]")).to_be_hidden()
    flown.locator("[data-waypoint=tour]").click()
    expect(flown.locator("#odyssey-space .space")).to_have_attribute("data-auto", "flying")
    flown.get_by_label("Discovered").select_option(index=1)
    expect(flown.locator(f"{HELM} .waypoints li")).to_have_count(3)


def test_a_tour_without_waypoints_says_how_to_get_them(flown):
    flown.get_by_label("Path", exact=True).select_option("tour")
    flown.locator("[data-auto=step]").click()
    expect(flown.locator("#odyssey-space .notice")).to_contain_text("at least two waypoints")


def test_less_motion_follows_the_system_and_is_kept(visit, odyssey_studio):
    page = visit(odyssey_studio, reduced_motion="reduce").page
    open_odyssey(page)
    unfold(page, "View")
    less = page.get_by_label("less motion")
    expect(less).to_be_checked()
    page.locator(VIEW).focus()
    page.keyboard.press("3")
    assert page.evaluate(f"() => {FLIGHT}.hop") is None
    arrive(page, page.evaluate(MEDOID, 3))
    # The autopilot goes in steps: between them the ship stands.
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {FLIGHT}.auto.share > 0")
    places = page.evaluate(
        f"""async () => {{
          const places = new Set();
          for (let i = 0; i < 60; i += 1) {{
            await new Promise(requestAnimationFrame);
            places.add({FLIGHT}.ship.position.join());
          }}
          return places.size;
        }}"""
    )
    assert places < 12
    page.keyboard.press("Space")
    less.uncheck()
    open_odyssey(page)
    unfold(page, "View")
    expect(less).not_to_be_checked()


def test_less_motion_follows_a_change_of_the_system(visit, odyssey_studio):
    page = open_odyssey(visit(odyssey_studio, reduced_motion="no-preference").page)
    unfold(page, "View")
    less = page.get_by_label("less motion")
    expect(less).not_to_be_checked()
    page.emulate_media(reduced_motion="reduce")
    expect(less).to_be_checked()
    page.emulate_media(reduced_motion="no-preference")
    expect(less).not_to_be_checked()


def test_128_dimensions_are_flown(visit, tmp_path):
    registry = Registry(tmp_path, pretrained=tmp_path / "none")
    narrow = NetworkConfig(encoder_hidden=(32,), decoder_hidden=(32,))
    changes = {"latent_dim": 128, "epochs": 1, "network": narrow}
    train_recipe(with_overrides(get_recipe("navigator-digits"), **changes), registry, name="wide")
    with open_studio(tmp_path, only="odyssey") as address:
        page = open_odyssey(visit(address).page, "model=wide")
        page.get_by_label("Space", exact=True).select_option("dimensions")
        page.wait_for_function(f"() => {FLIGHT}.space.chosen && {FLIGHT}.stars")
        most = page.evaluate(
            f"""() => {{ const {{ activity, chosen }} = {FLIGHT}.space;
              return chosen.map(d => activity.filter(v => v > activity[d - 1]).length); }}"""
        )
        assert most == [0, 1, 2]
        # The dimension that another direction has changes places with it.
        first, second, _ = page.evaluate(f"() => {FLIGHT}.space.chosen")
        page.get_by_label("Sideways").select_option(str(second))
        page.wait_for_function(f"d => {FLIGHT}.space.chosen[1] === d", arg=first)
        page.locator("[data-auto=step]").click()
        page.wait_for_function(f"() => {FLIGHT}.auto.path")
        page.wait_for_timeout(900)
        link, here = page.evaluate("location.search"), page.evaluate(f"() => [...{FLIGHT}.z]")
        assert len(link) < 6000
        open_odyssey(page, link.replace("?tab=odyssey&", ""))
        page.wait_for_function(f"() => {FLIGHT}.auto.path")
        assert page.evaluate(f"() => [...{FLIGHT}.z]") == pytest.approx(here, abs=1e-3)
