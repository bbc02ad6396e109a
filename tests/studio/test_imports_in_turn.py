"""Files dropped into the studio are imported one by one, and nothing else waits for them."""

import asyncio
import threading
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from models.registry import Registry
from studio import checkpoint_uploads
from studio.checkpoint_uploads import MOST_WAITING, upload_routes
from studio.routes import error_response
from tests.studio.coroutines import run


class Importing:
    """Stands in for the import: what is begun ends once it may."""

    def __init__(self):
        self.begun, self.go = threading.Semaphore(0), threading.Event()
        self.now = self.most = 0
        self.threads = set()

    def __call__(self, registry, source, **named):
        self.now += 1
        self.most = max(self.most, self.now)
        self.threads.add(threading.current_thread().name)
        self.begun.release()
        self.go.wait(30)
        self.now -= 1
        return SimpleNamespace(name=source.name, notes=())


@pytest.fixture
def importing(monkeypatch):
    importing = Importing()
    monkeypatch.setattr(checkpoint_uploads, "import_checkpoint", importing)
    return importing


def test_imports_go_one_by_one_and_too_many_are_told_to_come_back(importing, tmp_path):
    app = FastAPI()
    app.include_router(upload_routes(Registry(tmp_path, pretrained=tmp_path / "none")))
    app.add_exception_handler(ValueError, error_response)

    async def drop(client, number):
        return await client.post(f"/import?file=f{number}.zip", content=b"x")

    async def many():
        transport = ASGITransport(app)
        async with AsyncClient(transport=transport, base_url="http://studio") as client:
            most = 1 + MOST_WAITING
            waiting = [asyncio.create_task(drop(client, number)) for number in range(most + 1)]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            refused = [task.result() for task in waiting if task.done()]
            assert await asyncio.to_thread(importing.begun.acquire, timeout=30)
            importing.go.set()
            answers = await asyncio.gather(*waiting)
            return refused, [answer.status_code for answer in answers], await drop(client, 99)

    (refused,), statuses, later = run(many())
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "try again" in refused.json()["error"]
    assert sorted(statuses) == [200] * 5 + [429]
    assert later.json()["name"] == "f99.zip"
    assert importing.most == 1
    assert {name.partition("_")[0] for name in importing.threads} == {"imports"}
