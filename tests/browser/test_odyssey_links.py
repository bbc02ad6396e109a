"""What a link to a flight holds, and what the view says of what it cannot hold or be given."""

import json
import shutil

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.odyssey import (
    HELM,
    READY,
    VIEW,
    arrive,
    attitude,
    open_odyssey,
    position,
    root,
    settle,
)
from tests.browser.studios import open_studio

NOTICE = "#odyssey-space .notice span"
FLIGHT = "window.latentFlight.flight('odyssey')"
MEDOID = f"k => Array.from({FLIGHT}.about.medoids[k])"
HERE = f"() => Array.from({FLIGHT}.z)"
PATH = f"""() => {{
  const {{ path, share, plan }} = {FLIGHT}.auto;
  return path && {{ codes: path.codes, share, kind: plan.kind, loop: plan.loop, even: plan.even }};
}}"""
LIVE = "() => document.querySelector('#live-status')?.dataset.state === 'live'"


def query(page):
    """Return the address once it has followed the flight."""
    page.wait_for_timeout(900)
    return page.evaluate("location.search").replace("?tab=odyssey&", "")


def notice(page, text):
    expect(page.locator(NOTICE)).to_contain_text(text, timeout=10_000)


def flies(page):
    """Fly a little, to see that nothing is lost."""
    page.locator(VIEW).focus()
    before = position(page)
    page.keyboard.down("w")
    page.wait_for_function(
        "([s, x]) => document.querySelector(s).dataset.x !== x",
        arg=[VIEW, ",".join(f"{v:.4f}" for v in before)],
    )
    page.keyboard.up("w")
    assert all(np.isfinite(position(page)))


def step_along(page, kind, steps=3):
    page.locator(HELM).get_by_label("Path", exact=True).select_option(kind)
    for _ in range(steps):
        page.locator("[data-auto=step]").click()
        page.wait_for_function(f"() => {FLIGHT}.auto.path")
    page.wait_for_timeout(400)


def drop_at(page, *classes):
    for k in classes:
        page.evaluate(f"k => {FLIGHT}.waypoints.note({FLIGHT}.about.medoids[k], `place ${{k}}`)", k)


def waypoint_file(path, page, waypoints, **changes):
    about = page.evaluate(f"() => {FLIGHT}.waypoints.file()")
    path.write_text(json.dumps(about | {"waypoints": waypoints} | changes))
    return path


@pytest.fixture
def own_studio(odyssey_workspace, tmp_path):
    """A workspace of a test's own, to delete from; yields it and the address of its studio."""
    workspace = tmp_path / "workspace"
    shutil.copytree(odyssey_workspace, workspace)
    with open_studio(workspace) as address:
        yield workspace, address


@pytest.mark.parametrize("kind", ["walk", "follow", "orbit", "spiral", "tour"])
def test_a_link_opens_the_same_path_at_the_same_point(flown, visit, odyssey_studio, kind):
    drop_at(flown, 1, 7, 4)
    flown.keyboard.press("3")
    settle(flown)
    helm = flown.locator(HELM)
    if kind != "tour":
        helm.get_by_label("Path", exact=True).select_option("orbit")
        helm.get_by_label("Towards").select_option(label="place 7")
    helm.get_by_label("loop").uncheck()
    helm.get_by_label("constant image speed").check()
    step_along(flown, kind)
    flown.locator(VIEW).focus()
    flown.keyboard.press("t")
    link = query(flown)
    other = open_odyssey(visit(odyssey_studio).page, link)
    other.wait_for_function(f"() => {FLIGHT}.auto.path")
    first, second = flown.evaluate(PATH), other.evaluate(PATH)
    assert second["codes"] == first["codes"]
    assert second["share"] == pytest.approx(first["share"], abs=1e-6)
    assert [second[part] for part in ("kind", "loop", "even")] == [kind, False, True]
    assert other.evaluate(HERE) == pytest.approx(flown.evaluate(HERE), abs=1e-5)
    assert attitude(other) == pytest.approx(attitude(flown), abs=2e-4)
    assert root(other, "mode") == "tunnel"
    assert root(other, "auto") == "paused"
    # A reload is a link, too.
    other.reload()
    other.wait_for_function(READY)
    other.wait_for_function(f"() => {FLIGHT}.auto.path")
    assert other.evaluate(PATH)["codes"] == first["codes"]
    expect(other.locator(NOTICE)).to_be_hidden()


def test_a_ship_that_left_its_path_is_where_it_was(flown, visit, odyssey_studio):
    step_along(flown, "walk")
    flown.locator(VIEW).focus()
    flown.keyboard.down("w")
    flown.wait_for_timeout(500)
    flown.keyboard.up("w")
    flown.keyboard.down("s")
    settle(flown)
    flown.keyboard.up("s")
    link = query(flown)
    other = open_odyssey(visit(odyssey_studio).page, link)
    other.wait_for_function(f"() => {FLIGHT}.auto.path")
    assert position(other) == pytest.approx(position(flown), abs=2e-4)
    assert other.evaluate(PATH)["codes"] == flown.evaluate(PATH)["codes"]


def test_a_tour_brings_its_waypoints_and_leaves_a_list_alone(flown, visit, odyssey_studio):
    drop_at(flown, 1, 7, 4)
    step_along(flown, "tour")
    link = query(flown)
    fresh = open_odyssey(visit(odyssey_studio).page, link)
    expect(fresh.locator(f"{HELM} .waypoints li")).to_have_count(3)
    expect(fresh.get_by_label("Name of waypoint 2")).to_have_value("place 7")
    owner = open_odyssey(visit(odyssey_studio).page)
    drop_at(owner, 0)
    open_odyssey(owner, link)
    expect(owner.locator(f"{HELM} .waypoints li")).to_have_count(1)
    expect(owner.locator(f"{HELM} .linked")).to_contain_text("3 waypoints")
    owner.locator("[data-waypoint=add-linked]").click()
    expect(owner.locator(f"{HELM} .waypoints li")).to_have_count(4)
    expect(owner.locator(f"{HELM} .linked")).to_be_hidden()


def test_a_tour_too_long_for_an_address_says_what_is_missing(flown, visit, odyssey_studio):
    flown.evaluate(
        f"""() => {{ const {{ waypoints, about }} = {FLIGHT};
          for (let i = 0; i < 64; i += 1) {{
            const name = `a place with quite a long name, the ${{i}}th of them all, ${{i}}`;
            waypoints.list.push({{ name, id: waypoints.fresh(), z: about.medoids[i % 10] }});
          }}
          waypoints.changed(); }}"""
    )
    step_along(flown, "tour")
    link = query(flown)
    assert len(link) < 3000
    same = open_odyssey(flown, link)
    same.wait_for_function(f"() => {FLIGHT}.auto.path")
    other = open_odyssey(visit(odyssey_studio).page, link)
    notice(other, "64 waypoints")
    flies(other)


def test_off_the_flown_plane_the_code_is_kept(visit, odyssey_studio):
    page = open_odyssey(visit(odyssey_studio).page, "model=deep")
    page.keyboard.press("4")
    settle(page)
    before = page.evaluate(HERE)
    assert before == pytest.approx(page.evaluate(MEDOID, 4), abs=1e-4)
    page.locator(HELM).get_by_label("Space").select_option("dimensions")
    page.wait_for_function(f"() => {FLIGHT}.space.chosen && {FLIGHT}.stars")
    # Other directions, the same picture.
    assert page.evaluate(HERE) == pytest.approx(before, abs=1e-4)
    helm = page.locator(HELM)
    wanted = page.evaluate(f"() => [1, 2, 3, 4].find(d => !{FLIGHT}.space.chosen.includes(d))")
    helm.get_by_label("Upwards").select_option(str(wanted))
    page.wait_for_function(f"d => {FLIGHT}.space.chosen[1] === d", arg=wanted)
    page.keyboard.press("Escape")
    flies(page)
    page.keyboard.down("s")
    settle(page)
    page.keyboard.up("s")
    settle(page)
    link, here = query(page), page.evaluate(HERE)
    other = open_odyssey(visit(odyssey_studio).page, link)
    assert other.evaluate(f"() => {FLIGHT}.space.chosen") == page.evaluate(
        f"() => {FLIGHT}.space.chosen"
    )
    assert other.evaluate(HERE) == pytest.approx(here, abs=2e-4)
    expect(other.locator(HELM).get_by_label("Upwards")).to_have_value(str(wanted))


def test_a_link_inside_the_page_opens_the_flight(flown):
    flown.keyboard.press("3")
    settle(flown)
    link = query(flown)
    flown.keyboard.press("8")
    settle(flown)
    flown.evaluate(
        """link => { const a = document.createElement('a'); a.href = `?tab=odyssey&${link}`;
           document.body.append(a); a.click(); }""",
        link,
    )
    arrive(flown, flown.evaluate(MEDOID, 3))


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("model=nothing&x=1,1,1", "'nothing' of this link is not in this studio"),
        ("model=<img src=x onerror=alert(1)>", "is not in this studio"),
        ("model=odyssey&x=1,2", "position has 2 numbers and not 3"),
        ("model=odyssey&x=nan,1,2&q=1,0,0,0", "position cannot be read"),
        ("model=odyssey&x=1e300,1,2", "position cannot be read"),
        ("model=odyssey&x=9e5,1,-9e5", "position lies beyond the border"),
        ("model=odyssey&q=a,b,c,d", "attitude cannot be read"),
        ("model=odyssey&q=0,0,0,0", "attitude is no direction"),
        ("model=odyssey&view=cinema~3~inset", "view 'cinema' is unknown"),
        ("model=odyssey&fly=zigzag~1~0~0.2", "path kind 'zigzag' is unknown"),
        ("model=odyssey&fly=walk~-1~~x", "path cannot be read"),
        ("model=odyssey&fly=follow~1~99~0.2", "destination is not here"),
        ("model=odyssey&fly=tour~1~0~0.2~1~0~0.5&from=0,0,0", "tour has no waypoints"),
        ("model=odyssey&fly=tour~1~0~0.2~1~0~0.5&via=1,2|a;nan,1,1|b", "waypoints cannot be read"),
        ("model=odyssey&fly=tour~1~0~0.2&via=1,2|a;2,1|b", "waypoints are of another model"),
        ("model=odyssey&axes=1,1,9", "axes must be three different latent dimensions"),
        ("model=deep&z=1,2,3", "code has 3 numbers and not 4"),
        ("model=deep&z=9e5,1,1,1", "code lies far outside"),
    ],
)
def test_a_bad_link_is_said_in_a_sentence(visit, odyssey_studio, link, said):
    page = open_odyssey(visit(odyssey_studio).page, link)
    notice(page, said)
    assert all(np.isfinite(position(page)))


def test_what_is_said_of_a_bad_link_stays_to_be_read(visit, odyssey_studio):
    page = open_odyssey(visit(odyssey_studio).page, "model=odyssey&x=1,2")
    notice(page, "position has 2 numbers and not 3")
    page.wait_for_timeout(2500)
    notice(page, "position has 2 numbers and not 3")
    flies(page)
    page.locator("#odyssey-space .notice button").click()
    expect(page.locator(NOTICE)).to_be_hidden()


def test_a_link_to_a_model_of_two_dimensions_says_where_it_opens(visit, own_studio, trained):
    workspace, address = own_studio
    shutil.copytree(trained / "checkpoints" / "tiny", workspace / "checkpoints" / "flat")
    page = open_odyssey(visit(address).page, "model=flat&z=0.5,0.5")
    notice(page, "'flat' of this link has no three dimensions to fly in (it opens in 2-D navigator")
    flies(page)


@pytest.mark.parametrize(
    ("changes", "waypoints", "said"),
    [
        ({"digest": "0", "checkpoint": "<img src=x onerror=alert(1)>"}, [], "of another model"),
        ({}, [{"name": "nowhere", "z": [0, None, 1]}], "waypoint 1 is not 3 numbers"),
        ({}, [{"name": "far", "z": [0, 1e30, 1]}], "waypoint 1 is not 3 numbers"),
        ({}, [None], "waypoint 1 is not 3 numbers"),
        ({"kind": "shopping list"}, [], "it holds no waypoints"),
        ({}, [{"name": str(i), "z": [i / 1e4, 0, 1]} for i in range(3000)], "64 were added"),
        ({"more": "x" * 2_000_001}, [], "larger than 2 MB"),
    ],
    ids=["foreign", "nan", "huge", "null", "other", "thousands", "large"],
)
def test_a_bad_file_of_waypoints(flown, tmp_path, changes, waypoints, said):
    file = waypoint_file(tmp_path / "waypoints.json", flown, waypoints, **changes)
    flown.locator(f"{HELM} input[type=file]").set_input_files(file)
    notice(flown, said)
    flies(flown)


def test_a_file_that_is_not_json_and_evil_names(flown, tmp_path):
    file = tmp_path / "waypoints.json"
    file.write_text('{"kind": ')
    chooser = flown.locator(f"{HELM} input[type=file]")
    chooser.set_input_files(file)
    notice(flown, "it is not JSON")
    evil = "<img src=x onerror=\"document.title='owned'\">"
    chooser.set_input_files(waypoint_file(file, flown, [{"name": evil, "z": [0, 0, 1]}]))
    expect(flown.get_by_label("Name of waypoint 1")).to_have_value(evil)
    flown.keyboard.press("m")
    flown.get_by_label("Path", exact=True).select_option("follow")
    flown.get_by_title(f"Delete {evil}").click()
    flown.wait_for_timeout(300)
    assert flown.title() != "owned"
    assert flown.locator(f"{HELM} img").count() == 0


def test_a_studio_that_restarts_is_flown_on(visit, odyssey_workspace):
    with open_studio(odyssey_workspace, only="odyssey") as address:
        visitor = visit(address)
        page = open_odyssey(visitor.page)
        page.keyboard.press("3")
        settle(page)
        before = position(page)
    notice(page, "The studio does not answer")
    page.keyboard.press("r")
    notice(page, "The studio does not answer; try again")
    flies(page)
    port = int(address.rsplit(":", 1)[1])
    with open_studio(odyssey_workspace, port, only="odyssey"):
        page.wait_for_function(LIVE, timeout=30_000)
        expect(page.locator(NOTICE)).not_to_contain_text("Trying again", timeout=15_000)
        assert position(page) != before
        page.keyboard.press("3")
        arrive(page, page.evaluate(MEDOID, 3))
        page.locator("[data-auto=step]").click()
        page.wait_for_function(f"() => {FLIGHT}.auto.path")
        # Before the second studio ends, or the page would miss that one, too.
        page.close()
    visitor.problems.clear()  # The browser reports every connection that was refused meanwhile.


def test_a_model_deleted_while_flown_is_said_and_another_opens(visit, own_studio):
    workspace, address = own_studio
    page = open_odyssey(visit(address).page, "model=deep")
    page.keyboard.press("4")
    settle(page)
    before = page.evaluate(HERE)
    away = workspace / "deep"
    shutil.move(workspace / "checkpoints" / "deep", away)
    notice(page, "The model 'deep' was deleted from the studio; this is 'odyssey'.")
    page.wait_for_function(READY)
    flies(page)
    # Brought back, it is flown from where it was left.
    shutil.move(away, workspace / "checkpoints" / "deep")
    page.wait_for_timeout(3000)
    page.locator("#model-picker input").click()
    page.get_by_role("option", name="deep").click()
    page.wait_for_function(f"() => {FLIGHT}.about.name === 'deep'")
    assert page.evaluate(HERE) == pytest.approx(before, abs=1e-4)


def test_the_only_model_deleted_leaves_the_ship_where_it_is(visit, own_studio):
    workspace, address = own_studio
    shutil.rmtree(workspace / "checkpoints" / "deep")
    page = open_odyssey(visit(address).page)
    page.keyboard.press("4")
    settle(page)
    before, away = position(page), workspace / "odyssey"
    shutil.move(workspace / "checkpoints" / "odyssey", away)
    notice(page, "The model 'odyssey' was deleted from the studio; choose another one above.")
    assert position(page) == before
    shutil.move(away, workspace / "checkpoints" / "odyssey")
    expect(page.locator(NOTICE)).to_be_hidden(timeout=10_000)
    assert position(page) == before
    flies(page)


@pytest.mark.parametrize("fault", ["throw new Error('no');", "throw new DOMException('full');"])
def test_a_browser_that_keeps_nothing(visit, odyssey_studio, fault):
    page = visit(odyssey_studio).page
    page.add_init_script(
        f"""for (const act of ['getItem', 'setItem']) {{
          const plain = Storage.prototype[act];
          Storage.prototype[act] = function refuse(key, ...rest) {{
            if (key.startsWith('odyssey-')) {{ {fault} }}
            return plain.call(this, key, ...rest);
          }};
        }}"""
    )
    open_odyssey(page)
    page.keyboard.press("b")
    notice(page, "keeps no waypoints")
    expect(page.locator(f"{HELM} .waypoints li")).to_have_count(1)
    page.locator(f"{HELM} summary").get_by_text("View").click()
    page.get_by_label("less motion").check()
    flies(page)


def test_two_tabs_of_a_browser_fly_apart_and_share_waypoints(visit, odyssey_studio):
    visitor = visit(odyssey_studio)
    first = open_odyssey(visitor.page)
    second = open_odyssey(visitor.context.new_page())
    settle(first)
    before, link = position(first), query(first)
    second.keyboard.press("8")
    arrive(second, second.evaluate(MEDOID, 8))
    second.keyboard.press("b")
    expect(first.locator(f"{HELM} .waypoints li")).to_have_count(1)
    assert position(first) == before
    assert query(first) == link
    # The first tab's list has the second's waypoint, and so does not write over it.
    drop_at(first, 2)
    expect(second.locator(f"{HELM} .waypoints li")).to_have_count(2)
