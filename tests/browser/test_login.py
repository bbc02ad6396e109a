"""The login in a browser: asked first, plain when wrong, and nothing is lost when it is over."""

import pytest
from playwright.sync_api import expect

from studio.app import Settings, create_app
from studio.doors.accounts import Accounts
from tests.browser.harness import PAINTED, Visitor, serve
from tests.browser.navigator import MAP, arrive, z_of

PASSWORD = "a long secret"


@pytest.fixture(scope="module")
def locked(trained):
    """The address of a studio with a login."""
    settings = Settings(
        workspace=trained,
        pretrained=trained / "none",
        only="navigator",
        accounts=Accounts.of(f"ada:{PASSWORD}"),
    )
    with serve(create_app(settings)) as address:
        yield address


@pytest.fixture(scope="module")
def door(browser, locked):
    """A page that began at the door, shared by the tests, which go on where the last one ended."""
    visitor = Visitor(browser, locked)
    yield visitor.page
    visitor.close()
    assert not [problem for problem in visitor.problems if "status of 401" not in problem]


def log_in(page, password=PASSWORD):
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", password)
    page.click("button")


def test_a_link_is_kept_through_a_wrong_and_a_right_password(door):
    door.goto("/?model=tiny&z=0.5,-0.25")
    assert "/login?next=" in door.url
    log_in(door, "not it")
    expect(door.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    assert door.input_value("[name=username]") == "ada"
    log_in(door)
    door.wait_for_function(PAINTED)
    arrive(door, (0.5, -0.25))


def test_a_logout_elsewhere_shows_a_strip_and_keeps_the_page(door):
    if not door.locator(MAP).count():
        pytest.skip("the login before it failed")
    other = door.context.new_page()
    other.goto("/")
    other.click("#log-out")
    other.wait_for_url("**/login?out=1")
    expect(other.get_by_role("status")).to_have_text("You are logged out.")
    other.close()
    strip = door.locator(".logged-out")
    expect(strip).to_contain_text("You are logged out.")
    expect(door.locator("#live-status")).to_have_text("logged out")
    with door.context.expect_page() as opened:
        strip.get_by_role("link", name="Log in again").click()
    log_in(opened.value)
    opened.value.wait_for_url("**/login/done")
    opened.value.close()
    expect(strip).to_have_count(0)
    expect(door.locator("#live-status")).to_have_attribute("data-state", "live")
    assert z_of(door) == pytest.approx([0.5, -0.25], abs=1e-3)


def test_the_page_needs_no_script(browser, locked):
    context = browser.new_context(base_url=locked, java_script_enabled=False)
    page = context.new_page()
    page.goto("/?tab=navigator")
    log_in(page)
    page.wait_for_url("**/?tab=navigator")
    context.close()
