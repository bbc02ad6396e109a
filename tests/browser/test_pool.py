"""A page that is used again is as good as a new one, or is not used again."""

import pytest

LEFT = "() => [localStorage.length, sessionStorage.length, typeof window.left]"


@pytest.fixture
def plain(pool, address):
    """A studio whose visitors no other test has used."""
    waiting, pool.waiting = pool.waiting, []
    yield address
    pool.close()
    pool.waiting = waiting


def begin(visitor):
    visitor.page.goto(f"{visitor.address}/widgets/map/map.js")
    return visitor.page


def test_nothing_of_the_test_before_is_left(pool, plain):
    first = pool.take(plain)
    page = begin(first)
    page.evaluate("() => { localStorage.a = sessionStorage.a = window.left = 'something'; }")
    page.route("**/map.js", lambda route: route.abort())
    page.set_viewport_size({"width": 400, "height": 300})
    pool.give(first)
    again = pool.take(plain)
    assert again is first
    assert begin(again).evaluate(LEFT) == [0, 0, "undefined"]
    assert again.page.evaluate("innerWidth") == 1280
    again.close()


@pytest.mark.parametrize("how", ["script", "listener", "problem", "closed"])
def test_what_cannot_be_undone_is_not_handed_on(pool, plain, how):
    visitor = pool.take(plain)
    page = begin(visitor)
    if how == "script":
        page.add_init_script("window.left = 1")
    elif how == "listener":
        page.on("request", lambda request: None)
    elif how == "problem":
        with page.expect_console_message():
            page.evaluate("() => { console.error('a fault'); }")
        assert visitor.problems
    else:
        page.close()
    pool.give(visitor)
    assert not pool.waiting


def test_requests_that_leave_the_machine_are_noted_and_fail(pool, plain):
    visitor = pool.take(plain)
    ask = "() => fetch('https://example.org/', { mode: 'no-cors' }).then(() => 'yes', () => 'no')"
    page = begin(visitor)
    with page.expect_event("requestfailed"):
        assert page.evaluate(ask) == "no"
    assert any("left the machine: https://example.org/" in problem for problem in visitor.problems)
    visitor.close()
