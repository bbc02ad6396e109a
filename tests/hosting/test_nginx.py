"""The configuration for nginx before stand-ins for two studios; skipped where there is no nginx."""

import subprocess
import threading
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from websockets.sync.client import connect

from studio.__main__ import bind
from tests.load.studios import find_nginx, free_ports, nginx, wait_until_ready, write_nginx

MB = 1_000_000

try:
    NGINX = find_nginx()
except ValueError:
    pytest.skip("there is no nginx here", allow_module_level=True)


@contextmanager
def stand_in():
    """Serve something that tells which of them it is and what it was asked; yields its port."""
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]

    async def tell(request):
        size = sum([len(chunk) async for chunk in request.stream()])
        return JSONResponse({"port": port, "size": size, **request.headers})

    async def live(socket):
        await socket.accept()
        await socket.send_json({"port": port, "origin": socket.headers.get("origin")})
        await socket.close()

    routes = [
        Route("/{path:path}", tell, methods=["GET", "POST"]),
        WebSocketRoute("/live/{name}", live),
    ]
    config = uvicorn.Config(Starlette(routes=routes), log_level="error", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with ExitStack() as stack:
        ports = [stack.enter_context(stand_in()) for _ in range(2)]
        folder = tmp_path_factory.mktemp("nginx")
        address, process = stack.enter_context(nginx(ports, folder))
        wait_until_ready(address, process)
        yield address


def test_the_configuration_is_one(tmp_path, address):
    path = write_nginx(tmp_path / "nginx", [7861, 7862], *free_ports(2))
    checked = subprocess.run(
        [NGINX, "-t", "-p", tmp_path, "-c", path], capture_output=True, text=True, timeout=30
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr


def test_a_browser_keeps_its_seat_and_there_is_one_at_each_studio(address):
    found = set()
    for _ in range(40):
        with httpx.Client(base_url=address) as browser:
            first = browser.get("/")
            assert "studio_seat=" in first.headers["set-cookie"]
            seats = {first.json()["port"]}
            for _ in range(3):
                again = browser.get("/registry")
                assert "set-cookie" not in again.headers
                seats.add(again.json()["port"])
            cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        live = address.replace("http", "ws", 1) + "/live/one"
        with connect(live, additional_headers={"Cookie": cookie}) as socket:
            assert f'"port":{seats.copy().pop()},' in socket.recv()
        assert len(seats) == 1
        found |= seats
        if len(found) == 2:
            break
    assert len(found) == 2


def test_the_studio_is_told_who_asks_and_nobody_can_pretend(address):
    pretended = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "gopher"}
    told = httpx.get(address, headers=pretended).json()
    assert told["host"] == address.removeprefix("http://")
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "http"


def test_only_a_checkpoint_may_be_large(address):
    body = bytes(69 * MB)
    small = httpx.post(f"{address}/labels/x/import", content=body[: 64 * MB])
    assert small.json()["size"] == 64 * MB
    refused = httpx.post(f"{address}/checkpoints/x/encode", content=body)
    assert refused.status_code == 413
    assert "larger than the studio takes" in refused.json()["error"]
    for part in ("import", "import-folder"):
        assert httpx.post(f"{address}/registry/{part}", content=body).json()["size"] == len(body)
