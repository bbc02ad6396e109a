"""Other sites and foreign names are turned away at every route, and the studio's own page is not.

The routes are found by looking, so one that is made tomorrow is tried, too.
"""

import re

import pytest

from tests.models.registries import tree
from tests.reliability.effort import figure
from tests.reliability.walked import WEBSOCKET, endpoints

CHANGING = ("POST", "PUT", "PATCH", "DELETE", WEBSOCKET)
ORIGINS = ("http://evil.example", "null", "http://127.0.0.1:9999", "http://127.0.0.1.evil.example")
HOSTS = ("evil.example", "evil.example:7860", "127.0.0.1.evil.example", "")
OWN = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def doors(reliable):
    """Every endpoint with a path that names nothing that is there."""
    app, *_ = reliable
    return [(e.method, re.sub(r"{[^}]+}", "nothing-here", e.path), e) for e in endpoints(app)]


def kept(home):
    """What lies in a workspace, without what a project that was opened works out by itself."""
    return {
        name: held for name, held in tree(home.workspace).items() if "/rounds/begin-" not in name
    }


@pytest.mark.parametrize("origin", ORIGINS)
def test_another_site_changes_nothing(reliable, doors, origin):
    _, home, call = reliable
    before = kept(home)
    changing = [door for door in doors if door[0] in CHANGING]
    assert {method for method, *_ in changing} >= {"POST", "PATCH", "DELETE", WEBSOCKET}
    for method, path, endpoint in changing:
        body = b"" if method == WEBSOCKET else b"{}"
        answer = call(method, path, body=body, headers=[("Origin", origin)])
        assert answer.status == 403, endpoint
    assert kept(home) == before
    figure(11, "routes that change something, tried from other sites", len(changing))


@pytest.mark.parametrize("host", HOSTS)
def test_no_route_answers_to_a_foreign_name(reliable, doors, host):
    _, _, call = reliable
    for method, path, endpoint in doors:
        answer = call(method, path, host=host)
        assert answer.status == (403 if method == WEBSOCKET else 400), endpoint
    figure(11, "routes tried under foreign names", len(doors))


def test_the_page_itself_is_let_in(reliable, doors):
    _, home, call = reliable
    for method, path, endpoint in doors:
        if method in CHANGING and path != "/labels/example":
            foreign = call(method, path, headers=[("Origin", ORIGINS[0])])
            answer = call(method, path, headers=[("Origin", OWN)])
            assert answer.body != foreign.body, endpoint
            assert method != WEBSOCKET or answer.status == 101, endpoint
    assert (home.workspace / "checkpoints" / "tiny").is_dir()
