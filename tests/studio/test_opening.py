"""Opening the studio: ports, addresses, tabs, and what is said when something is wrong."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from models.bench.live import running_studio
from studio.__main__ import bind
from studio.app import Settings, create_app

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "studio", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"COLUMNS": "200"},
    )


@pytest.fixture
def taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_taken_port_is_named_with_a_free_one(taken):
    result = run("--port", str(taken))
    assert result.returncode == 1
    assert f"Port {taken} is taken" in result.stderr
    free = int(result.stderr.split("--port ")[1].split()[0])
    assert free > taken
    with bind("127.0.0.1", free) as listening:
        assert listening.getsockname()[1] == free
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])
def test_only_loopback_is_listened_on(host):
    result = run("--host", host)
    assert result.returncode == 1
    assert "only on this machine" in result.stderr


def test_help_names_every_option():
    text = run("--help").stdout
    for option in ("--host", "--port", "--only", "--workspace", "--device", "--auth"):
        assert option in text
    for option in ("--auth-file", "--allow-host", "--root-path"):
        assert option in text


def test_an_unknown_tab_is_answered_with_the_known_ones(trained):
    with pytest.raises(ValueError, match="navigator"):
        create_app(Settings(workspace=trained, only="cockpit"))


def test_one_tab_alone(trained):
    app = create_app(Settings(workspace=trained, pretrained=trained / "none", only="navigator"))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        assert client.get("/").status_code == 200


def test_the_command_opens_a_studio_that_answers(trained):
    with running_studio(trained) as address:
        about = httpx.get(f"{address}/checkpoints/tiny").json()
        assert about["name"] == "tiny"
        assert httpx.get(f"{address}/healthz").json()["status"] == "ok"
