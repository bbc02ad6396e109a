"""A workspace beside which lie things that are nobody's business, and who has looked at them."""

import contextlib
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from models.labels.projects import Projects
from models.registry import Registry
from tests.labelers import make_teller
from tests.studio.faces import make_faces
from tests.studio.run_folders import make_run
from tests.studio.tables import begin_model

SENTINEL = "nobodys-business-7f3a"
"""Stands in every file that no answer may hold"""


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with a workspace, shipped checkpoints, and secrets."""

    folder: Path
    project: str
    run: str

    @property
    def workspace(self):
        return self.folder / "workspace"

    @property
    def pretrained(self):
        return self.folder / "pretrained"

    @property
    def secret(self):
        return self.folder / "secret"

    def outside(self, path):
        """Whether a path, links followed, is of this home and nobody's business."""
        real = os.path.realpath(path)
        if real in ("/etc/passwd", "/etc/shadow", "/etc/hostname"):
            return True
        below = [real == str(p) or real.startswith(f"{p}{os.sep}") for p in (self.folder,)]
        ours = [
            real == str(p) or real.startswith(f"{p}{os.sep}")
            for p in (self.workspace, self.pretrained)
        ]
        return any(below) and not any(ours)


def make_home(folder, trained):
    """Fill a folder; every secret would be whole, were it only reached."""
    folder = Path(os.path.realpath(folder))
    workspace = folder / "workspace"
    shutil.copytree(trained / "checkpoints", workspace / "checkpoints")
    shutil.copytree(trained / "checkpoints" / "tiny", folder / "pretrained" / "shipped")
    registry = make_teller(workspace)
    make_faces(workspace)
    begin_model(registry, "iris", "flowers")
    project = Projects(workspace, registry).create("Mine", "digits", "teller")
    run = make_run(workspace)
    _make_secrets(folder, registry, project, run)
    return Home(folder, project.id, run.name)


def _make_secrets(home, registry, project, run):
    secret = home / "secret"
    whole = registry.open("tiny")
    told = Registry(home / "told", pretrained=home / "none")
    told.save("secret", _telling(whole.config), whole.model, whole.atlas)
    told.folder("secret").rename(secret)
    shutil.rmtree(home / "told")
    for source in (project.folder, run):
        shutil.copytree(source, secret, dirs_exist_ok=True)
    for place in (home, secret, secret / "samples"):
        for name in ("secret.txt", "secret.csv", ".env", "epoch-0001.png"):
            (place / name).write_text(f"{SENTINEL},kind\n" + "1,2\n" * 20)
    for file in ("run.json", "project.json", "status.json"):
        facts = json.loads((secret / file).read_text())
        (secret / file).write_text(json.dumps(facts | {"name": SENTINEL, "message": SENTINEL}))
    work = home / "workspace"
    (work / "datasets" / "tables").mkdir(parents=True, exist_ok=True)
    for place in ("checkpoints", "runs", "labels", "exports", "films", "datasets"):
        (work / place).mkdir(exist_ok=True)
        (work / place / "link").symlink_to(secret)
    (work / "datasets" / "tables" / "link.csv").symlink_to(secret / "secret.csv")
    (work / "runs" / run.name / "samples" / "epoch-0099.png").symlink_to(secret / "secret.txt")
    hidden = run.name.replace("navigator-digits-000000", "linked-abcdef")
    (work / "runs" / hidden).symlink_to(secret)


def _telling(config):
    import dataclasses

    return dataclasses.replace(config, terms=SENTINEL, licence=SENTINEL)


def escapes(home):
    """Return more than forty names that lead out, or would if somebody were careless."""
    secret, inside = str(home.secret), "tiny"
    plain = [
        *("..", "../", "../..", "../../secret", "../../../secret", "../../../../secret"),
        *("../secret", "./../../secret", f"{inside}/../../../secret", f"{inside}/.."),
        *("../../secret/secret.txt", "../../../secret.csv", "../../secret/secret"),
        *("....//....//secret", "..;/..;/secret", "..\\..\\secret", "..\\", f"{inside}\\..\\.."),
        *(secret, f"{secret}/secret.txt", f"/{secret}", f"file://{secret}/secret.txt"),
        *("/etc/passwd", "../../../../../../../../etc/passwd", "//etc/passwd", "/"),
        *("%2e%2e%2f%2e%2e%2fsecret", "..%2f..%2fsecret", "%252e%252e%252f..%252fsecret"),
        *("..%5c..%5csecret", "%00", "..%c0%af..%c0%afsecret", "．．／．．／secret"),
        *(f"../../secret\0{inside}", f"{inside}\0", "\0", f"{inside}\n", "\n../../secret"),
        *("link", "link.csv", "link/secret.txt", f"{inside}/link", "TINY", "Tiny", "LINK"),
        *("~", "~root", "~/.ssh/id_rsa", "$HOME", "C:\\Windows\\win.ini", "C:secret", "CON"),
        *("\\\\server\\share", ".", "", ".hidden", ".env", "-rf", "--help", "*", "x" * 300),
    ]
    assert len(set(plain)) >= 40
    return plain


WATCHED = {
    *("open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.rmdir"),
    *("os.symlink", "os.link", "os.chmod", "os.truncate", "os.utime", "sqlite3.connect"),
    *("shutil.copyfile", "shutil.rmtree", "shutil.move"),
}
_watchers = []


def _hear(event, arguments):
    if _watchers and event in WATCHED:
        for path in arguments[:2]:
            if isinstance(path, str | bytes | os.PathLike):
                with contextlib.suppress(TypeError, ValueError):
                    for watcher in _watchers:
                        watcher(event, os.fsdecode(path))


@contextlib.contextmanager
def watched(home):
    """Yield a list of what was opened, listed or changed in the home where nobody should."""
    if not getattr(_hear, "hears", False):
        sys.addaudithook(_hear)  # Such a hook stays for good, so there is one.
        _hear.hears = True
    found = []

    def watcher(event, path):
        if "\0" not in path and home.outside(path):
            found.append(f"{event} {path}")

    _watchers.append(watcher)
    try:
        yield found
    finally:
        _watchers.remove(watcher)


LOCAL = ("127.0.0.1", "localhost", "::1", "None")


@contextlib.contextmanager
def calls_out():
    """Yield a list of the other hosts that this process looks up or connects to meanwhile."""
    found = []

    def hear(event, arguments):
        host = None
        if event == "socket.getaddrinfo":
            host = str(arguments[0])
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
        if listening and host is not None and host not in LOCAL:
            found.append(host)

    listening = True
    sys.addaudithook(hear)  # It stays for good, but listens no longer than this.
    try:
        yield found
    finally:
        listening = False
