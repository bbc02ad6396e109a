"""Whatever route serves files, none of them are the repository's, a label's, a person's own."""

import itertools
from pathlib import Path
from urllib.parse import quote

from tests.reliability.conftest import ROOT
from tests.reliability.effort import SHARE, figure
from tests.reliability.homes import SENTINEL
from tests.reliability.walked import endpoints

SERVERS = (
    "/gradio_api/file={path_or_url:path}",
    "/gradio_api/file/{path:path}",
    "/static/{path:path}",
    "/assets/{path:path}",
    "/svelte/{path:path}",
    "/widgets/{path:path}",
    "/films/{film_id}/file",
    "/runs/{run_id}/samples/{name}",
    "/labels/{project}/export/{file}",
    "/registry/{name}/zip",
)
"""Known to serve files; any other route with a path in its path is asked, too"""


def nobodys(home, person):
    """Files that no page may have."""
    work = home.workspace
    ours = ("pyproject.toml", "README.md", "studio/app.py", "models/vae.py", "tests/conftest.py")
    ours += (".gitignore", "pretrained/iris/config.json", "studio/guard.py", "Makefile")
    git = [path for path in (ROOT / ".git/config", ROOT / ".git/HEAD") if path.is_file()]
    own = [work / "labels" / home.project / name for name in ("labels.sqlite", "project.json")]
    own += [work / "runs" / home.run / name for name in ("run.json", "log.txt", "metrics.jsonl")]
    own += [work / "checkpoints" / "tiny" / name for name in ("model.safetensors", "config.json")]
    theirs = [home.folder / name for name in ("secret.txt", ".env")]
    system = [Path("/etc/passwd"), Path("/etc/hostname"), Path("/proc/self/environ")]
    return [*(ROOT / name for name in ours), *git, *own, *theirs, *person, *system]


def ways(file):
    """Return how somebody may ask for a file."""
    whole = str(file)
    yield whole
    yield whole.lstrip("/")
    up = "../" * 12
    yield up + whole.lstrip("/")
    yield "..%2f" * 12 + quote(whole.lstrip("/"), safe="")
    yield quote(whole, safe="")
    yield f"file://{whole}"
    yield f"//{whole}"
    yield "x/" + up + whole.lstrip("/")
    if file.is_relative_to(ROOT):  # The studio may have been started there.
        yield file.relative_to(ROOT).as_posix()
        yield f"./{file.relative_to(ROOT).as_posix()}"
        yield f"../../{file.relative_to(ROOT).as_posix()}"


def servers(app):
    found = {e.path for e in endpoints(app) if e.method == "GET"}
    assert set(SERVERS) <= found
    return [*SERVERS, *sorted(p for p in found if ":path}" in p and p not in SERVERS)]


def filled(path, home, way):
    """Return a route's path with a file in the place of its last name."""
    known = {"{run_id}": home.run, "{project}": home.project}
    start, _, rest = path.rpartition("{")
    for name, value in known.items():
        if name in start:
            start = start.replace(name, value)
    return start + way + rest.partition("}")[2]


def test_no_file_of_the_machine_is_served(reliable, tmp_path, monkeypatch):
    app, home, call = reliable
    person = tmp_path / "person"
    (person / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(person))
    for name in (".ssh/id_rsa", ".bashrc", "notes.txt"):
        (person / name).write_text(SENTINEL)
    files = nobodys(home, [p for p in person.rglob("*") if p.is_file()])
    asked, served = 0, []
    for server, file in itertools.product(servers(app), files):
        try:
            content = file.read_bytes()
        except OSError:
            continue
        for way in list(ways(file))[:: 1 if SHARE == 1 else 3]:
            answer = call("GET", filled(server, home, way))
            asked += 1
            held = content[:200] and content[:200] in answer.body
            if held or SENTINEL.encode() in answer.body:
                served.append((server, way))
    assert not served, served[:5]
    figure(10, "files asked for", len(files))
    figure(10, "requests", asked)
    figure(10, "served", len(served), at_most=0)


def test_the_working_directory_is_no_place_to_serve_from(reliable, tmp_path, monkeypatch):
    """Some versions of Gradio served whatever lies where they were started."""
    _, _, call = reliable
    (tmp_path / "mine.txt").write_text(SENTINEL)
    monkeypatch.chdir(tmp_path)
    for path in ("mine.txt", str(tmp_path / "mine.txt")):
        answer = call("GET", f"/gradio_api/file={path}")
        assert answer.status in (403, 404), answer
        assert SENTINEL.encode() not in answer.body


def test_a_file_that_is_to_be_served_is(reliable):
    """What is refused above is refused for what it is, not because nothing is served at all."""
    app, home, call = reliable
    assert b"export" in call("GET", "/widgets/live/live.js").body
    assert call("GET", f"/runs/{home.run}/samples/epoch-0001.png").status == 200
    assert call("GET", f"/labels/{home.project}/export/labels.csv").status == 200
    assert call("GET", "/registry/tiny/zip").status == 200
    assert len(endpoints(app)) > 100
