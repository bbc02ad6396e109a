"""What the container's health check makes of a studio that is well, is not, or is none."""

import http.server
import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from hosting.healthy import trouble
from tests.load.studios import free_ports

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def answering(status, body):
    class Stub(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            data = body.encode() if self.path == "/healthz" else b"{}"
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Stub) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def test_a_studio_that_is_well():
    with answering(200, json.dumps({"status": "ok"})) as port:
        assert trouble(port) == ""


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (503, json.dumps({"status": "failing", "faults": ["The disk is full."]}), "disk is full"),
        (200, json.dumps({"status": "failing"}), "not well"),
        (200, "<html>", "no studio"),
        (303, "", "no studio"),
        (200, "[]", "not well"),
    ],
)
def test_what_is_wrong_is_said(status, body, said):
    with answering(status, body) as port:
        assert said in trouble(port)


def test_the_command_ends_with_1_where_nothing_answers():
    [port] = free_ports(1)
    result = subprocess.run(
        [sys.executable, "-m", "hosting.healthy"],
        cwd=ROOT,
        env=os.environ | {"PORT": str(port)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert f"does not answer on port {port}" in result.stdout
