"""Foreign pages and foreign names are turned away before any route is asked."""

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from studio.doors.guard import Guard
from studio.doors.places import Proxied, plain_root

FOREIGN = ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1.evil.example"]
POSTS = [
    "/checkpoints/tiny/encode",
    "/gradio_api/upload",
    "/gradio_api/component_server",
    "/gradio_api/queue/join",
    "/login",
]


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", POSTS)
def test_posts_of_other_sites_are_refused(client, path, origin):
    answer = client.post(path, headers={"Origin": origin}, content=b"x")
    assert answer.status_code == 403
    assert "Another site" in answer.json()["error"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_of_other_sites_are_refused(client, method):
    assert client.request(method, "/x", headers={"Origin": FOREIGN[0]}).status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "127.0.0.1:"),
        *("127.0.0.1:7860.evil.example", "evil.example:80@127.0.0.1", "user@127.0.0.1:7860"),
        *("127.0.0.1 evil.example", "127.0.0.1:7860/x", "127.0.0.1:port", "127.0.0.1:123456"),
        *("127.0.0.1, evil.example", "[::1]evil.example", "[::1", "192.168.0.7"),
    ],
)
def test_foreign_host_is_refused(client, host):
    assert client.get("/healthz", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "LOCALHOST"])
def test_own_names_are_served(client, host):
    assert client.get("/healthz", headers={"Host": host}).json()["status"] == "ok"


def test_own_origin_may_post(client):
    headers = {"Origin": "http://127.0.0.1:7860"}
    answer = client.post("/checkpoints/tiny/encode", headers=headers, content=b"not a picture")
    assert answer.status_code == 422


@pytest.mark.parametrize("origin", FOREIGN)
def test_websocket_of_other_sites_is_refused(connect, origin):
    with (
        pytest.raises(WebSocketDisconnect),
        connect("/live/tiny", Origin=origin),
    ):
        pass


def test_websocket_under_a_foreign_host_is_refused(client):
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://evil.example/live/tiny"),
    ):
        pass


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_parts_of_the_studio_are_not_loaded_by_other_sites(client, site):
    embedded = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors"}
    assert client.get("/checkpoints/tiny/points", headers=embedded).status_code == 403
    followed = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client.get("/", headers=followed).status_code == 200
    assert client.get("/", headers=followed | {"Sec-Fetch-Dest": "document"}).status_code == 200
    for part in ("iframe", "frame", "object", "embed", "image"):
        framed = followed | {"Sec-Fetch-Dest": part}
        answer = client.get("/checkpoints/tiny/points", headers=framed)
        assert answer.status_code == 403
        assert "may not load parts" in answer.json()["error"]
        own = framed | {"Sec-Fetch-Site": "same-origin"}
        assert client.get("/checkpoints/tiny/points", headers=own).status_code == 200
    foreign = {"Origin": "http://evil.example"}
    assert client.get("/checkpoints/tiny/points", headers=foreign).status_code == 403


def test_two_host_headers_are_refused(client):
    hosts = [("Host", "127.0.0.1:7860"), ("Host", "evil.example")]
    assert client.get("/healthz", headers=hosts).status_code == 400


def test_no_other_site_may_frame_the_studio(client):
    headers = client.get("/").headers
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("studio.example.org", 200), ("192.168.0.7:7860", 200), ("[fe80::1]:7860", 200)),
        *(("evil.example", 400), ("192.168.0.7.evil.example", 400), ("192.168.0.999", 400)),
    ],
)
def test_names_that_are_allowed_and_addresses(host, status):
    guard = Guard(answers, hosts=frozenset({"studio.example.org"}), addresses=True)
    client = TestClient(guard)
    assert client.get("/", headers={"Host": host}).status_code == status


async def answers(scope, receive, send):
    await Response("here")(scope, receive, send)


def test_a_proxy_is_believed_if_it_is_ours():
    async def says(scope, receive, send):
        request = Request(scope)
        said = f"{request.client.host} {request.url.scheme} {'x-forwarded-host' in request.headers}"
        await Response(said)(scope, receive, send)

    sent = {
        "X-Forwarded-For": "192.0.2.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    for peer, said in [("127.0.0.1", "192.0.2.9 https"), ("192.0.2.1", "192.0.2.1 http")]:
        client = TestClient(Proxied(says), client=(peer, 5000))
        assert client.get("/", headers=sent).text == f"{said} False"


@pytest.mark.parametrize("path", ["studio", "/a b", "/../x", "//x", "/a?b", "http://x/studio"])
def test_a_sub_path_is_a_path(path):
    with pytest.raises(ValueError, match="no path that a proxy"):
        plain_root(path)
    assert plain_root("/studio/") == "/studio"
    assert plain_root("/") == ""
