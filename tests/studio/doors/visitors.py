"""A studio with a login, and those who come to it."""

import re

from fastapi.testclient import TestClient

from studio.app import Settings, create_app
from studio.doors.accounts import Accounts

USER, PASSWORD = "ada", "a long secret"


def doors_app(workspace, **settings):
    """A studio with a login and one tab."""
    asked = {"accounts": Accounts.of(f"{USER}:{PASSWORD}"), "only": "navigator"} | settings
    return create_app(Settings(workspace=workspace, pretrained=workspace / "none", **asked))


def visitor(app, base="http://127.0.0.1:7860", **options):
    return TestClient(app, base_url=base, follow_redirects=False, **options)


def log_in(client, user=USER, password=PASSWORD, **form):
    headers = {"Accept": "text/html"}
    form = {"username": user, "password": password} | form
    return client.post("/login", data=form, headers=headers)


def socket_of(client, path="/live/tiny", **headers):
    address = re.sub("^http", "ws", str(client.base_url)).rstrip("/")
    return client.websocket_connect(f"{address}{path}", headers=headers)
