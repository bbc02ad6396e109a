"""Beyond every ceiling there is an answer that says so, and below it nothing changes."""

import asyncio
import socket
import threading
from contextlib import asynccontextmanager

import pytest
from fastapi.testclient import TestClient
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from studio.doors.limits import Limited, Limits
from studio.doors.punctual import punctual
from studio.live import DecodeService
from studio.waiting import Busy
from tests.studio.coroutines import run
from tests.studio.doors.visitors import doors_app, log_in, socket_of, visitor


class Held:
    """An app whose requests are answered once they are let go."""

    def __init__(self):
        self.inside = threading.Semaphore(0)
        self.go = threading.Event()

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.inside.release()
            await asyncio.to_thread(self.go.wait, 30)
            await Response("here")(scope, receive, send)


async def reads(scope, receive, send):
    """Say how long the body is."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    await Response(str(size))(scope, receive, send)


def limited(app, client=("192.0.2.1", 5000), **limits):
    return TestClient(Limited(app, Limits(**limits)), client=client)


def test_a_body_is_counted_whether_or_not_it_says_its_size():
    client = limited(reads, body_bytes=1000, gradio_bytes=10, upload_bytes=20, import_bytes=5000)
    assert client.post("/x", content=b"x" * 1000).text == "1000"

    def pieces():
        yield from [b"x" * 400] * 3

    for content in (b"x" * 1001, pieces()):
        answer = client.post("/x", content=content)
        assert answer.status_code == 413
        assert "send less at once" in answer.json()["error"]
    assert client.post("/gradio_api/queue/join", content=b"x" * 11).status_code == 413
    assert client.post("/gradio_api/upload", content=b"x" * 11).text == "11"
    assert client.post("/registry/import", content=b"x" * 4000).text == "4000"


def test_a_body_that_does_not_come_is_given_up():
    async def asks():
        answers = []

        async def never():
            await asyncio.Event().wait()

        async def send(message):
            answers.append(message)

        scope = {"type": "http", "path": "/x", "method": "POST", "headers": []}
        await Limited(reads, Limits(body_seconds=0.01))(scope, never, send)
        return answers[0]["status"]

    assert run(asks()) == 408


def test_the_form_of_a_login_has_so_many_seconds_in_all():
    async def asks():
        answers = []

        async def trickles():
            await asyncio.sleep(0.001)
            return {"type": "http.request", "body": b"", "more_body": True}

        async def send(message):
            answers.append(message)

        scope = {"type": "http", "path": "/login", "method": "POST", "headers": []}
        limits = Limits(login_seconds=0.01, body_seconds=1000)
        asking = Limited(reads, limits)(scope, trickles, send)
        await asyncio.wait_for(asking, 30)
        return answers[0]["status"], answers[1]["body"]

    status, said = run(asks())
    assert status == 408
    assert b"send it again" in said


def test_the_form_of_a_login_is_short():
    client = limited(reads, login_bytes=20_000)
    assert client.post("/login", content=b"x" * 20_000).text == "20000"
    answer = client.post("/login", content=b"x" * 20_001)
    assert answer.status_code == 413
    assert "20 kB" in answer.json()["error"]
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(("limit", "status"), [("logins", 503), ("logins_each", 429)])
def test_logins_take_no_place_of_other_requests(limit, status):
    held = Held()

    async def app(scope, receive, send):
        await (held if scope["path"] == "/login" else reads)(scope, receive, send)

    client = limited(app, requests=2, requests_each=2, **{limit: 2})
    threads = [threading.Thread(target=client.post, args=("/login",)) for _ in range(2)]
    for thread in threads:
        thread.start()
        assert held.inside.acquire(timeout=30)
    assert client.post("/x", content=b"x").text == "1"
    full = client.post("/login")
    assert full.status_code == status
    assert int(full.headers["retry-after"]) > 0
    assert "too many logins" in full.json()["error"].lower()
    held.go.set()
    for thread in threads:
        thread.join()
    assert client.post("/login").status_code == 200


def test_addresses_and_headers_have_a_size():
    client = limited(reads, url_bytes=1000, header_bytes=1000)
    assert client.get("/" + "x" * 500).status_code == 200
    assert client.get("/" + "x" * 1000).status_code == 414
    assert client.get("/?q=" + "x" * 1000).status_code == 414
    assert client.get("/", headers={"X": "x" * 1000}).status_code == 431


@pytest.mark.parametrize(
    ("limits", "path", "status"),
    [
        ({"requests_each": 2}, "/x", 429),
        ({"requests": 2}, "/x", 503),
        ({"pages": 2}, "/gradio_api/heartbeat/abc", 503),
    ],
)
def test_too_many_requests_at_once_are_told_to_come_back(limits, path, status):
    held = Held()
    client = limited(held, **limits)
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.get(path).status_code))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        assert held.inside.acquire(timeout=30)
    full = client.get("/" if "pages" in limits else path)
    assert full.status_code == status
    assert int(full.headers["retry-after"]) > 0
    assert full.json()["error"]
    held.go.set()
    for thread in threads:
        thread.join()
    assert answers == [200, 200]
    assert client.get(path).status_code == 200


def test_too_many_live_views_are_closed_with_a_sentence(trained):
    app = doors_app(trained, accounts=None, limits=Limits(sockets_each=1, sockets=2))
    with visitor(app) as client:
        with socket_of(client):
            with socket_of(client) as second, pytest.raises(WebSocketDisconnect) as closed:
                second.receive_text()
            assert closed.value.code == 4429
            assert "your address" in closed.value.reason
        with socket_of(client) as again:
            again.send_bytes(b"")
            assert "error" in again.receive_json()


def test_the_decode_thread_is_not_asked_for_more_than_it_can_wait_for(registry):
    async def ask():
        service = DecodeService(most_waiting=2)
        checkpoint = registry.open("tiny")
        import numpy as np

        z = np.zeros((1, 2), np.float32)
        asked = (service.decode(checkpoint, z) for _ in range(4))
        return await asyncio.gather(*asked, return_exceptions=True)

    answers = run(ask())
    refused = [answer for answer in answers if isinstance(answer, Busy)]
    assert len(refused) == 2
    assert "try again" in str(refused[0])


def test_the_newest_logins_stay(trained):
    app = doors_app(trained, limits=Limits(sessions=1))
    with visitor(app) as one, visitor(app) as two:
        log_in(one)
        log_in(two)
        assert one.get("/house/stamp").status_code == 401
        assert two.get("/house/stamp").status_code == 200


def test_a_stream_is_not_held_up_by_being_counted():
    async def streams(scope, receive, send):
        async def parts():
            yield b"a"
            yield b"b"

        await StreamingResponse(parts())(scope, receive, send)

    assert limited(streams).get("/x").text == "ab"


def test_limits_are_positive():
    with pytest.raises(ValueError, match="sockets must be above 0"):
        Limits(sockets=0)


@asynccontextmanager
async def punctually(app):
    """Serve an app with little patience, and give its address."""
    import uvicorn

    config = uvicorn.Config(app, http=punctual(0.2), log_config=None, lifespan="off")
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen()
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield bound.getsockname()
    finally:
        server.should_exit = True
        await serving


def test_whoever_does_not_finish_a_request_is_dropped():
    async def main():
        async with punctually(reads) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            dropped = await asyncio.wait_for(reader.read(), 30)
            writer.close()
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answered = await asyncio.wait_for(reader.read(), 30)
            writer.close()
        return dropped, answered

    dropped, answered = run(main())
    assert dropped == b""
    assert answered.startswith(b"HTTP/1.1 200")


def test_a_body_that_nobody_reads_is_answered_at_once_and_not_waited_for_long():
    async def refuses(scope, receive, send):
        await Response("Log in first.", 401)(scope, receive, send)

    async def main():
        async with punctually(refuses) as address:
            reader, writer = await asyncio.open_connection(*address)
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")

            async def trickle():
                while True:
                    writer.write(b"x")
                    await asyncio.sleep(0.02)

            trickling = asyncio.create_task(trickle())
            try:
                return await asyncio.wait_for(reader.read(), 30)
            finally:
                trickling.cancel()
                writer.close()

    answered = run(main())
    assert answered.startswith(b"HTTP/1.1 401")
    assert answered.endswith(b"Log in first.")
