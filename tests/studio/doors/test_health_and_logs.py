"""The health route says what is wrong, and the log is one that a machine can read."""

import asyncio
import io
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from models.runs import Runs
from models.runs.queue import Queue
from studio.doors import health as looking
from studio.doors.health import Health
from studio.doors.logs import JsonLines, RequestLog, TextLines, configure, unforeseen
from studio.live import DecodeService
from tests.studio.coroutines import run


@pytest.fixture
def health(tmp_path):
    queue = Queue(Runs(tmp_path))
    queue.start()
    yield Health(service=DecodeService(), queue=queue, workspace=tmp_path, title="Latent Studio")
    queue.close()


def ask(health):
    app = FastAPI()
    app.include_router(health.router())
    return TestClient(app).get("/healthz")


def test_a_sound_studio_says_no_more_than_that(health):
    answer = ask(health)
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "studio": "Latent Studio"}


def test_a_full_disk_a_dead_queue_and_a_dead_thread_are_named(health, monkeypatch):
    monkeypatch.setattr(looking, "LEAST_FREE_BYTES", 1 << 62)
    health.queue.close()
    health.service._thread.shutdown()
    answer = ask(health)
    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    faults = " ".join(answer.json()["faults"])
    for word in ("disk", "queue", "decodes"):
        assert word in faults
    assert str(health.workspace) not in faults


def test_a_folder_that_cannot_be_written_to_is_named(health, monkeypatch):
    def refuse(**_):
        raise OSError

    monkeypatch.setattr(looking.tempfile, "TemporaryFile", refuse)
    assert "cannot be written" in ask(health).json()["faults"][0]


def test_a_disk_that_does_not_answer_is_named_and_the_rest_is_looked_at(health, monkeypatch):
    answers = threading.Event()

    def hangs(workspace):
        answers.wait(30)
        return []

    monkeypatch.setattr(looking, "disk_faults", hangs)
    monkeypatch.setattr(looking, "PATIENCE_S", 0.1)
    health.queue.close()
    answer = ask(health)
    answers.set()
    assert answer.status_code == 503
    assert answer.json()["faults"][:2] == [
        "The disk does not answer.",
        "The queue of trainings is not looked after.",
    ]


def test_the_look_at_the_disk_waits_for_nothing_else(health):
    async def beside_work():
        loop, go = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        working = loop.run_in_executor(None, go.wait, 60)
        try:
            async with asyncio.timeout(30):
                return await health.faults()
        finally:
            go.set()
            await working

    assert run(beside_work()) == []


def test_one_look_serves_all_who_ask_within_a_second(health, monkeypatch):
    monkeypatch.setattr(looking, "KEPT_S", 1000)
    health._looked = -1e9
    assert ask(health).status_code == 200
    health.queue.close()
    assert ask(health).status_code == 200


@pytest.fixture
def written():
    """What is written to the log of one app, with each formatter."""
    loggers = (logging.getLogger(), logging.getLogger("studio.requests"))
    kept = [(logger, logger.level, logger.handlers[:]) for logger in loggers]

    def write(kind, act):
        configure(kind, requests=True)
        stream = io.StringIO()
        (handler,) = logging.getLogger().handlers
        assert isinstance(handler.formatter, JsonLines if kind == "json" else TextLines)
        handler.setStream(stream)
        act()
        return stream.getvalue()

    yield write
    for logger, level, handlers in kept:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def failing_app():
    app = FastAPI()
    app.add_middleware(RequestLog)
    app.add_exception_handler(Exception, unforeseen)

    @app.get("/fail/{name}")
    def fail(name: str):
        raise RuntimeError(f"nobody foresaw\n{name}")

    return app


def test_json_lines_say_who_asked_what_and_nothing_secret(written):
    client = TestClient(failing_app(), raise_server_exceptions=False)
    sent = {"Authorization": "Basic c2VjcmV0", "Cookie": "studio-session-1=secret"}
    answers = []

    def act():
        answers.append(client.get("/fail/a%0Ab?token=secret", headers=sent))

    text = written("json", act)
    assert "secret" not in text
    assert "c2VjcmV0" not in text
    request, error = (json.loads(line) for line in text.splitlines())
    assert error["level"] == "error"
    assert "RuntimeError" in error["traceback"]
    assert error["id"] in answers[0].json()["error"]
    assert request["path"] == "/fail/a\nb"
    assert (request["method"], request["status"]) == ("GET", 500)
    assert {"time", "ms", "address", "event"} <= request.keys()


def test_nobody_writes_lines_of_their_own_into_the_log(written):
    client = TestClient(failing_app(), raise_server_exceptions=False)
    lines = written("text", lambda: client.get("/fail/a%0A2026 info admin%1b[2J")).splitlines()
    assert not [line for line in lines if line.startswith("2026 info admin")]
    assert "\x1b" not in "".join(lines)
    assert all(line.startswith(("20", "    ")) for line in lines)
