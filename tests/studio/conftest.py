import pytest
from fastapi.testclient import TestClient

from studio.app import Settings, create_app


@pytest.fixture(scope="session")
def app(trained):
    return create_app(Settings(workspace=trained, pretrained=trained / "none"))


@pytest.fixture
def client(app):
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def connect(client):
    """Open the live route under the client's own host name."""

    def connect(path, **headers):
        return client.websocket_connect(f"ws://127.0.0.1:7860{path}", headers=headers)

    return connect
