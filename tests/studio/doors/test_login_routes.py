"""Without a login nothing of the studio answers; with it everything does, until it is over."""

import asyncio
import base64
import struct

import pytest
from starlette.routing import Mount, WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from studio.doors.accounts import Accounts
from studio.doors.guesses import Guesses, TooManyGuesses
from studio.doors.login import OPEN, Keeper
from studio.doors.login_page import same_site
from tests.studio.coroutines import run
from tests.studio.doors.visitors import PASSWORD, USER, doors_app, log_in, socket_of, visitor

PAGE = {"Accept": "text/html"}


def routes_of(router, before=""):
    """Every path of an app with its methods, also of routers and apps within it."""
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner, before)
        elif isinstance(route, Mount):
            yield f"{before}{route.path}/x", {"GET"}
            if hasattr(route.app, "routes"):
                yield from routes_of(route.app, before + route.path)
        elif isinstance(route, WebSocketRoute):
            yield before + route.path, {"WEBSOCKET"}
        else:
            path = before + route.path
            yield path, set(getattr(route, "methods", None) or {"WEBSOCKET"})


def filled(path):
    return path.replace(":path", "").replace("{", "").replace("}", "")


def test_nothing_but_the_door_answers_a_stranger(locked, stranger):
    walked = {(filled(path), method) for path, methods in routes_of(locked) for method in methods}
    paths = {path for path, _ in walked}
    known = {"/", "/live/name", "/gradio_api/queue/join", "/gradio_api/upload", "/config"}
    assert known <= paths, "the walk misses routes"
    assert len(walked) > 100
    open_paths = set()
    for path, method in walked:
        if method == "WEBSOCKET":
            with socket_of(stranger, path) as socket, pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
            assert closed.value.code == 4401
            continue
        answer = stranger.request(method, path)
        if answer.status_code != 401:
            open_paths.add(path)
        elif method != "HEAD" and path != "/login":  # That one looks at a password.
            assert "Nobody is logged in" in answer.json()["error"], path
        if method == "GET":
            led = stranger.get(path, headers=PAGE)
            assert led.status_code == 303 or path in OPEN, path
    assert open_paths == OPEN


@pytest.mark.parametrize(
    "path",
    ["/healthz/../config", "/login/../config", "//config", "/login/x", "/LOGIN", "/%6cogin/../x"],
)
def test_no_other_spelling_of_a_path_is_open(stranger, path):
    scheme, host = str(stranger.base_url).split("://")
    answer = stranger.get(f"{scheme}://{host.rstrip('/')}{path}")
    assert answer.status_code == 401


def test_a_browser_is_led_to_the_page_and_back(stranger):
    led = stranger.get("/?tab=navigator&model=tiny", headers=PAGE)
    assert led.status_code == 303
    assert led.headers["location"] == "/login?next=%2F%3Ftab%3Dnavigator%26model%3Dtiny"
    shown = stranger.get(led.headers["location"])
    assert shown.status_code == 200
    assert 'value="/?tab=navigator&amp;model=tiny"' in shown.text
    assert "<script" not in shown.text
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    assert stranger.get("/login.css").headers["content-type"].startswith("text/css")
    back = log_in(stranger, next="/?tab=navigator&model=tiny")
    assert back.status_code == 303
    assert back.headers["location"] == "/?tab=navigator&model=tiny"
    assert stranger.get("/", headers=PAGE).status_code == 200
    assert stranger.get("/login").status_code == 303
    assert "goes on where it was" in stranger.get("/login/done").text


@pytest.mark.parametrize(
    "path",
    [
        *("https://evil.example", "//evil.example", "/\\evil.example", "\\/evil", "/a\\b"),
        *("javascript:alert(1)", "", "evil", "/" + "x" * 5000, "/\t/evil.example", "/a\r\nb: c"),
    ],
)
def test_only_paths_of_the_studio_are_gone_to(path):
    assert same_site(path) == "/"


def test_a_wrong_password_is_said_plainly_and_never_repeated(stranger):
    wrong = log_in(stranger, password="not it <b>")
    assert wrong.status_code == 401
    assert "The name or the password is wrong." in wrong.text
    assert "not it" not in wrong.text
    unknown = log_in(stranger, user='<i>"eve', password=PASSWORD)
    assert "The name or the password is wrong." in unknown.text
    assert "&lt;i&gt;&quot;eve" in unknown.text
    assert stranger.post("/login", data={"username": USER}).json()["error"]
    assert stranger.post("/login", content=b"x" * 30_000).status_code == 413
    assert stranger.get("/config").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(locked):
    with visitor(locked) as client:
        cookie = log_in(client).headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=lax", "Path=/;"):
        assert part in cookie
    assert "Secure" not in cookie
    token = cookie.split("=", 1)[1].split(";")[0]
    assert len(token) >= 43
    with visitor(locked, client=("127.0.0.1", 5000)) as client:
        client.headers["X-Forwarded-Proto"] = "https"
        assert "Secure" in log_in(client).headers["set-cookie"]
    with visitor(locked, client=("192.0.2.7", 5000)) as client:
        client.headers["X-Forwarded-Proto"] = "https"
        assert "Secure" not in log_in(client).headers["set-cookie"]


def test_programs_show_name_and_password_or_post_the_form(locked, stranger):
    assert stranger.get("/config", auth=(USER, PASSWORD)).status_code == 200
    assert stranger.get("/config", auth=(USER, "wrong")).status_code == 401
    assert stranger.get("/config", headers={"Authorization": "Basic ???"}).status_code == 401
    assert "Basic" in stranger.get("/config").headers["www-authenticate"]
    browser = {"User-Agent": "Mozilla/5.0"}
    assert "www-authenticate" not in stranger.get("/config", headers=browser).headers
    with visitor(locked) as client:
        posted = client.post("/login", data={"username": USER, "password": PASSWORD})
        assert posted.json() == {"success": True}
        assert client.get("/config").status_code == 200


def test_the_live_view_works_once_logged_in_and_closes_with_the_login(member):
    with socket_of(member) as socket:
        socket.send_bytes(struct.pack("<I2f", 7, 0.0, 0.0))
        assert socket.receive_bytes()[:4] == struct.pack("<I", 7)
        gone = member.post("/logout")
        assert gone.status_code == 303
        assert gone.headers["location"] == "/login?out=1"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
        assert closed.value.code == 4401
    assert "You are logged out." in member.get("/login?out=1").text
    assert member.get("/config").status_code == 401


def test_a_token_is_worth_nothing_after_logout(locked, member):
    kept = dict(member.cookies)
    member.post("/logout")
    with visitor(locked, cookies=kept) as thief:
        assert thief.get("/config").status_code == 401


def test_guesses_are_limited(trained):
    app = doors_app(trained)
    with visitor(app) as client:
        for _ in range(10):
            assert log_in(client, password="wrong").status_code == 401
        full = log_in(client)
        assert full.status_code == 429
        assert int(full.headers["retry-after"]) > 0
        assert "Too many passwords were tried" in full.text
        assert client.get("/config", auth=(USER, "wrong")).status_code == 429
        assert client.get("/config").status_code == 401
    with visitor(app, client=("192.0.2.7", 5000)) as other:
        assert log_in(other).status_code == 303


def basic(password, address="192.0.2.1"):
    """A program's request."""
    shown = base64.b64encode(f"{USER}:{password}".encode())
    headers = [(b"authorization", b"Basic " + shown)]
    return {"type": "http", "headers": headers, "client": (address, 5000)}


def test_the_first_requests_of_a_program_at_once_take_one_guess():
    keeper = Keeper(
        accounts=Accounts.of(f"{USER}:{PASSWORD}"),
        guesses=Guesses(most=10, every_s=1e9, every_in_all_s=1e9),
    )

    async def at_once(passwords, address="192.0.2.1"):
        asked = (keeper.knows(basic(password, address)) for password in passwords)
        return await asyncio.gather(*asked, return_exceptions=True)

    async def ask():
        assert await at_once([PASSWORD] * 30) == [USER] * 30
        assert await at_once(["wrong"] * 30) == [None] * 30
        answers = await at_once([f"wrong {i}" for i in range(30)])
        assert answers.count(None) == 9
        assert sum(isinstance(answer, TooManyGuesses) for answer in answers) == 21
        assert not keeper._looking
        # What one address has shown can be tried for nothing by no other.
        assert await at_once([f"wrong {i}" for i in range(10)], "192.0.2.2") == [None] * 10
        (answer,) = await at_once([PASSWORD], "192.0.2.2")
        assert isinstance(answer, TooManyGuesses)
        assert await at_once([PASSWORD] * 2) == [USER] * 2

    run(ask())


def test_another_site_cannot_log_anybody_in_or_out(stranger):
    for path in ("/login", "/logout"):
        answer = stranger.post(path, headers={"Origin": "http://evil.example"})
        assert answer.status_code == 403


@pytest.mark.parametrize("strips", [True, False], ids=["the proxy strips it", "it is passed on"])
def test_behind_a_proxy_with_a_sub_path(trained, strips):
    app = doors_app(trained, root_path="/studio", hosts=frozenset({"studio.example.org"}))

    async def proxied(scope, receive, send):
        if strips and scope["type"] in ("http", "websocket"):
            assert scope["path"].startswith("/studio")
            path = scope["path"].removeprefix("/studio") or "/"
            scope = scope | {"path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    with visitor(proxied, "https://studio.example.org/studio") as client:
        led = client.get("/?tab=navigator", headers=PAGE)
        assert led.headers["location"] == "/studio/login?next=%2F%3Ftab%3Dnavigator"
        assert client.get("/login").text.count("/studio/login") >= 2
        back = log_in(client, next="/?tab=navigator")
        assert back.headers["location"] == "/studio/?tab=navigator"
        assert "Path=/studio;" in back.headers["set-cookie"]
        assert "Secure" in back.headers["set-cookie"]
        assert client.get("/config").json()["root"] == "https://studio.example.org/studio"
        assert client.get("/house/stamp").status_code == 200
        with socket_of(client, "/live/tiny") as socket:
            socket.send_bytes(struct.pack("<I2f", 7, 0.0, 0.0))
            assert len(socket.receive_bytes()) > 4
        assert client.get("/healthz").status_code == 200


def test_two_accounts_come_in(trained):
    app = doors_app(trained, accounts=Accounts.of("ada:first secret", "bob:second secret"))
    for user, password in [("ada", "first secret"), ("bob", "second secret")]:
        with visitor(app) as client:
            assert log_in(client, user, password).status_code == 303
            assert client.get("/house/stamp").status_code == 200
