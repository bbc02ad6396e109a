"""What the labeler's page asks, for tests."""

import itertools
import uuid

import numpy as np
from fastapi.testclient import TestClient

from studio.app import Settings, create_app
from tests.labelers import NAME, until


def opened(workspace):
    """Return a studio on a workspace, to be entered."""
    app = create_app(Settings(workspace=workspace, pretrained=workspace / "none"))
    return TestClient(app, base_url="http://127.0.0.1:7860")


def refusal(answer, status=422):
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"]
    return answer.json()["error"]


class Page:
    """One project's routes."""

    def __init__(self, client, project):
        self.client = client
        self.id = project
        self._me, self._count = uuid.uuid4(), itertools.count(1)

    @classmethod
    def new(cls, client, name=None, dataset="digits", checkpoint=NAME, **more):
        body = {"name": name or uuid.uuid4().hex, "dataset": dataset, "checkpoint": checkpoint}
        answer = client.post("/labels", json=body | more)
        assert answer.status_code == 200, answer.text
        return cls(client, answer.json()["id"])

    def key(self):
        return f"{self._me}:{next(self._count)}"

    def get(self, path="", **query):
        return self.client.get(f"/labels/{self.id}{path and '/'}{path}", params=query)

    def post(self, path, body=None, **query):
        sent = {"content" if isinstance(body, bytes) else "json": body}
        return self.client.post(f"/labels/{self.id}/{path}", params=query, **sent)

    def label(self, samples, label, **more):
        body = {"key": self.key(), "samples": samples, "label": label} | more
        answer = self.post("steps", body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def turn(self, what):
        answer = self.post(what, {"key": self.key()})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self):
        return self.get("state").json()

    def colour(self, kind):
        return np.frombuffer(self.get(f"colour/{kind}").content, np.uint8)

    def points(self):
        data = self.get("points").content
        count = int(np.frombuffer(data[:4], "<u4")[0])
        return np.frombuffer(data[4:], "<f4").reshape(count, 2)

    def ready(self):
        """Wait until everything is looked at and told; return how it stands."""

        def caught_up():
            state = self.state()
            done = state["ready"]["map"] == state["ready"]["graph"] == 1
            told = not state["labelled"] or state["told"] != "nothing"
            return state if done and told else None

        return until(caught_up)
