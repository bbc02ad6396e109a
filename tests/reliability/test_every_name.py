"""No name leads out of the workspace, whichever route takes it, also one that is made tomorrow."""

import io
import itertools
import json
from urllib.parse import quote

import pytest
from PIL import Image

from tests.models.registries import tree
from tests.reliability.effort import SHARE, figure
from tests.reliability.homes import SENTINEL, escapes, watched
from tests.reliability.walked import WEBSOCKET, body_of, endpoints, plausible, texts_of

SHORT = 2
"""So many of the names each parameter meets in the short form; all of them in turn"""
ENDLESS = ("/gradio_api/heartbeat/{session_hash}", "/gradio_api/queue/data")
"""Streams that only end with their page; asked once with each kind of name"""

KNOWN = {"dataset": "digits", "checkpoint": "teller", "z": [0.0] * 6, "codes": [[0.0] * 6] * 4}
"""What fields of bodies would usually be"""


@pytest.fixture(scope="module")
def bodies(reliable):
    """What some routes want to have in their body, by the end of their path."""
    _, _, call = reliable
    whole = call("GET", "/registry/tiny/zip").body
    picture = io.BytesIO()
    Image.radial_gradient("L").resize((28, 28)).save(picture, "PNG")
    files = {"config.json": b"{}"}
    sizes = json.dumps({name: len(data) for name, data in files.items()}).encode()
    table = b"a,b,kind\n" + b"1,2,left\n2,5,right\n" * 20
    return {
        "/registry/import": whole,
        "/import": b"Serial,label\n1,2\n",
        "/import-folder": sizes + b"\n" + b"".join(files.values()),
        "/tables": table,
        "/check": table,
        "/encode": picture.getvalue(),
        "/fit-picture": picture.getvalue(),
        "/photo": picture.getvalue(),
    }


class Asked:
    """An endpoint with everything as it should be but one name."""

    def __init__(self, endpoint, home, bodies):
        self.endpoint = endpoint
        self.home = home
        last = "/" + endpoint.path.rpartition("/")[2]
        self.data = bodies.get(endpoint.path, bodies.get(last, b""))

    def known(self, name):
        """What a parameter would usually be, if that is known here."""
        path = self.endpoint.path
        checkpoint = "faces" if path.startswith("/faces") else "tiny"
        table = path.startswith("/tables")
        return {
            "name": "iris" if table else "epoch-0001.png" if "samples" in path else checkpoint,
            "model": "flowers" if table else "tiny",
            "project": self.home.project,
            "run_id": self.home.run,
            "ids": self.home.run,
            "file": "x.zip" if path == "/registry/import" else "labels.csv",
            "folder": "mine",
            "to": "new-name",
            "repository": "me/it",
            "tab": "navigator",
            **dict.fromkeys(("a", "b", "at", "z"), "0,0"),
            "rows": "0",
            "row": "0",
            "of": "z1",
            "low": "-1",
            "kind": "mine" if "colour" in path else "gif" if "export" in path else None,
            "recipe": "",
        }.get(name)

    def usual(self):
        query = {}
        for parameter in self.endpoint.query:
            if parameter.required:
                known = self.known(parameter.name)
                found = plausible(parameter.wants, parameter.limits) if known is None else known
                query[parameter.name] = found
        return query

    def path(self, replaced=(None, None)):
        path = self.endpoint.path
        for name in self.endpoint.names:
            value = self.known(name) or "some"
            if name == replaced[0]:
                value = replaced[1]
            for form in (f"{{{name}}}", f"{{{name}:path}}"):
                path = path.replace(form, value)
        return path

    def places(self):
        """Every place of a name: functions that return path, query and body with one in it."""
        query = self.usual()
        for name in self.endpoint.names:
            # Both as a browser writes it and as it is, dots and slashes and all.
            for safe in ("", "/\\%;:$*~"):
                yield lambda e, n=name, s=safe: (self.path((n, quote(e, safe=s))), query, self.data)
        for parameter in self.endpoint.query:
            name = parameter.name
            yield lambda e, n=name: (self.path(), query | {n: e}, self.data)
        for cls in self.endpoint.bodies:
            usual = body_of(cls)
            for name, many in texts_of(cls):
                yield lambda e, n=name, m=many, u=usual: (
                    self.path(),
                    query,
                    json.dumps(u | {n: [e] if m else e}).encode(),
                )


def require_harmless(answer, what):
    assert SENTINEL.encode() not in answer.body, what
    assert b"root:x:0" not in answer.body, what
    assert answer.status not in (0, 500), (what, answer.body[:300])


def test_no_name_of_any_parameter_leads_out(reliable, bodies):
    app, home, call = reliable
    names, turn = escapes(home), itertools.count()
    before, asked, parameters = tree(home.secret), 0, 0
    beside = {path.name for path in home.folder.iterdir()}
    with watched(home) as seen:
        for endpoint in endpoints(app):
            trying = Asked(endpoint, home, bodies)
            for place in trying.places():
                parameters += 1
                few = endpoint.gradio or endpoint.path in ENDLESS or SHARE < 1
                chosen = (
                    names if not few else [names[next(turn) % len(names)] for _ in range(SHORT)]
                )
                for name in chosen:
                    path, query, body = place(name)
                    answer = call(endpoint.method, path, query.items(), body)
                    asked += 1
                    what = f"{endpoint} with {name!r:.60} as {path!r:.80} {query!s:.200}"
                    assert not seen, (what, seen)
                    if endpoint.gradio:
                        assert SENTINEL.encode() not in answer.body, what
                    else:
                        require_harmless(answer, what)
    assert tree(home.secret) == before
    assert {path.name for path in home.folder.iterdir()} == beside
    figure(9, "parameters of routes", parameters)
    figure(9, "requests", asked)
    figure(9, "files reached outside", len(seen), at_most=0)


def test_the_watch_would_notice(reliable):
    _, home, _ = reliable
    with watched(home) as seen:
        (home.workspace / "checkpoints" / "link" / "secret.txt").read_text()
        (home.workspace / "nothing.txt").exists()
        list(home.secret.iterdir())
    assert len(seen) == 2


def test_the_walk_finds_what_is_there(reliable):
    app, _, _ = reliable
    found = {str(endpoint): endpoint for endpoint in endpoints(app)}
    assert {p.name for p in found["POST /registry/import"].query} == {"file", "recipe", "name"}
    assert [cls.__name__ for cls in found["POST /labels/{project}/steps"].bodies] == ["StepRequest"]
    assert [cls.__name__ for cls in found["POST /labels/{project}/undo"].bodies] == ["Keyed"]
    assert f"{WEBSOCKET} /live/{{name}}" in found
    assert found["POST /gradio_api/upload"].gradio
