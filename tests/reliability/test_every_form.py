"""What is typed into a field, or what an uploaded file is called, leads nowhere else either."""

import copy
import itertools
import json
import os
import re
from functools import partial
from urllib.parse import quote

import pytest
from gradio.state_holder import SessionState
from gradio.utils import get_upload_folder

from models.registry import NAME
from models.runs import Runs
from tests.models.registries import tree
from tests.reliability.effort import SHARE, figure
from tests.reliability.homes import SENTINEL, calls_out, escapes, watched

SHORT = 2
"""So many of the names each field meets in the short form; all of them in turn"""


@pytest.fixture(scope="module")
def blocks(reliable):
    """The page as Gradio knows it."""
    app, *_ = reliable
    [mounted] = [r.app for r in app.routes if hasattr(getattr(r, "app", None), "get_blocks")]
    return mounted.get_blocks()


def functions(blocks):
    """Every function of the studio that a page can have called, each once for its fields."""
    found = {}
    for fn in blocks.fns.values():
        if fn.fn is not None and fn.inputs:
            found.setdefault((fn.name, tuple(c._id for c in fn.inputs)), fn)
    return list(found.values())


def usual(component):
    """Return what a page would send of a field that nobody has touched."""
    value = component.get_config().get("value")
    return value() if callable(value) else copy.deepcopy(value)


def takes_text(component, value):
    return isinstance(value, str) or (value is None and hasattr(component, "placeholder"))


def test_no_field_of_any_form_leads_out(reliable, blocks):
    _, home, call = reliable
    names, turn = escapes(home), itertools.count()
    before, fields, sent = tree(home.secret), 0, 0
    earlier = {run.config.name for run in Runs(home.workspace).list()}
    with watched(home) as seen:
        for fn in functions(blocks):
            values = [usual(component) for component in fn.inputs]
            for at, component in enumerate(fn.inputs):
                if not takes_text(component, values[at]):
                    continue
                fields += 1
                chosen = names
                if SHARE < 1:
                    chosen = [names[next(turn) % len(names)] for _ in range(SHORT)]
                for name in chosen:
                    given = [*values[:at], name, *values[at + 1 :]]
                    sent += 1
                    answer = asked(call, blocks, fn, given)
                    assert SENTINEL not in answer, (fn.name, name)
                    assert not seen, (fn.name, name, seen)
    assert tree(home.secret) == before
    allowed = {"digits-0", "navigator-digits", "tiny", *filter(NAME.match, names)}
    begun = {run.config.name for run in Runs(home.workspace).list()} - earlier
    # One whose name is taken is numbered.
    assert not {name for name in begun - allowed if re.sub(r"-\d+\Z", "", name) not in allowed}
    assert fields > 10
    figure(9, "fields of forms", fields)
    figure(9, "forms sent", sent)


def asked(call, blocks, fn, given):
    """Call a function with what a page sent, and return all that it says."""
    work = partial(blocks.process_api, fn, given, state=SessionState(blocks))
    try:
        return json.dumps(call.portal.call(work), default=str)
    except Exception as error:
        return str(error)


def multipart(name):
    """The body of an upload of one file called so."""
    head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="'
    named = name.encode().replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
    return head + named + b'"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--edge--\r\n'


def test_no_name_of_an_uploaded_file_leads_out(reliable):
    _, home, call = reliable
    before, place = tree(home.folder), os.path.realpath(get_upload_folder())
    kind = [("Content-Type", "multipart/form-data; boundary=edge")]
    with watched(home) as seen:
        for name in escapes(home):
            answer = call("POST", "/gradio_api/upload", body=multipart(name), headers=kind)
            assert answer.status in (200, 400, 422), (name, answer)
            if answer.status == 200:
                for path in json.loads(answer.body):
                    assert os.path.realpath(path).startswith(f"{place}{os.sep}"), name
                    os.remove(path)
    assert not seen
    assert tree(home.folder) == before
    figure(9, "names of uploaded files", len(escapes(home)))


def test_a_page_cannot_have_the_studio_fetch_for_it(reliable):
    """Gradio has routes that stream what lies at an address; here they are closed."""
    _, _, call = reliable
    address = "http://evil.example/x"
    ways = (f"proxy={address}", f"file={address}", f"file/{address}", f"file=HTTPS://{address}")
    ways += (f"file=%20{address}", f"file=/{address}", f"proxy={quote(address, safe='')}")
    ways += (f"file={quote(address, safe='')}", "file=ftp://evil.example/x", "file=//evil.example")
    with calls_out() as called:
        for way, method in itertools.product(ways, ("GET", "HEAD")):
            answer = call(method, f"/gradio_api/{way}")
            assert answer.status in (403, 404), (way, answer)
    assert not called
