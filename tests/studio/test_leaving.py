"""A visitor who leaves while something is sent has made no mistake, and neither has the studio."""

import logging

import pytest

from tests.studio.coroutines import run

FORM = b"multipart/form-data; boundary=b"


async def begin_and_leave(app, path, query):
    """Send the beginning of a body and go; returns what is answered to nobody."""
    parts = [{"type": "http.request", "body": b"--b\r\n", "more_body": True}]
    answers = []

    async def receive():
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message):
        answers.append(message)

    headers = [(b"host", b"127.0.0.1:7860"), (b"content-length", b"900"), (b"content-type", FORM)]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 5000),
        "server": ("127.0.0.1", 7860),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    await app(scope, receive, send)
    return answers


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/checkpoints/tiny/encode", b""),
        ("/registry/import", b"file=x.zip"),
        ("/registry/import-folder", b"folder=x"),
        ("/tables/check", b""),
        ("/gradio_api/upload", b""),
    ],
)
def test_whoever_leaves_during_an_upload_leaves_nothing(
    app, path, query, caplog, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with caplog.at_level(logging.WARNING):
        run(begin_and_leave(app, path, query))
    assert not caplog.records
    assert list(tmp_path.iterdir()) == []
