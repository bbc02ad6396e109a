"""The Hugging Face Hub, with an API object of our own, and really without a network."""

import contextlib
import shutil
import tempfile
import threading
from types import SimpleNamespace

import httpx
import pytest
from huggingface_hub import errors

from models import hub
from models.checkpoint import CheckpointError
from models.manifest import FILES as KNOWN

FILES = [file for file in KNOWN if file != "directions.safetensors"]
"""Those of a checkpoint without attribute directions"""

SECRET = "hf_neverShowThis"


class FakeHub:
    """Keeps repositories in memory, and what was asked of it."""

    def __init__(self, files=None, sizes=None, error=None):
        self.files, self.error = files or {}, error
        self.sizes = sizes or {name: len(content) for name, content in self.files.items()}
        self.asked = []

    def _note(self, name, **what):
        self.asked.append((name, what))
        if self.error:
            raise self.error

    def create_repo(self, repository, **options):
        self._note("create", repository=repository, **options)

    def create_commit(self, repository, operations, commit_message):
        self._note("commit", repository=repository, message=commit_message)
        self.files = {op.path_in_repo: op.path_or_fileobj for op in operations}

    def model_info(self, repository, revision, files_metadata, timeout):
        self._note("info", repository=repository, revision=revision)
        siblings = [SimpleNamespace(rfilename=n, size=s) for n, s in self.sizes.items()]
        return SimpleNamespace(sha="c" * 40, siblings=siblings)

    def hf_hub_download(self, repository, file, revision, local_dir):
        self._note("download", file=file, revision=revision)
        local_dir.mkdir(exist_ok=True)
        (local_dir / file).write_bytes(self.files[file])


@pytest.fixture(autouse=True)
def token(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", SECRET)


@pytest.fixture
def content(registry):
    return {file: (registry.own / "mine" / file).read_bytes() for file in FILES}


def http_error(kind, status):
    request = httpx.Request("GET", "https://huggingface.co/api", headers={"authorization": SECRET})
    return kind(f"{SECRET} {status}", response=httpx.Response(status, request=request))


def test_pushes_every_file_in_one_commit_into_a_private_repository(registry, content):
    fake = FakeHub()
    assert hub.push(registry, "mine", "me/model", api=fake) == "https://huggingface.co/me/model"
    assert fake.files == content
    assert [name for name, _ in fake.asked] == ["create", "commit"]
    assert fake.asked[0][1]["private"] is True


def test_pulls_only_the_known_files_of_one_commit(registry, content):
    fake = FakeHub({**content, ".gitattributes": b"x", "evil.py": b"x"})
    imported = hub.pull(registry, "me/model", revision="main", api=fake)
    assert imported.name == "model"
    downloads = [what for name, what in fake.asked if name == "download"]
    assert {what["file"] for what in downloads} == set(FILES)
    assert {what["revision"] for what in downloads} == {"c" * 40}
    assert registry.open("model").config == registry.open("mine").config
    assert hub.pull(registry, "me/model", name="given", api=fake).name == "given"


def test_what_is_pulled_is_verified(registry, content):
    fake = FakeHub({**content, "model.safetensors": content["model.safetensors"][:-1] + b"\x01"})
    with pytest.raises(CheckpointError, match=r"model\.safetensors is not the file"):
        hub.pull(registry, "me/model", api=fake)
    assert [entry.name for entry in registry.entries()] == ["shipped", "mine"]


def test_what_is_no_checkpoint_is_refused_before_anything_is_fetched(registry, content):
    for files, sizes, cause in (
        ({"pytorch_model.bin": b""}, None, r"it has no manifest\.json"),
        (content, {**dict.fromkeys(FILES, 9), "model.safetensors": 1 << 31}, "over 1 GiB"),
    ):
        fake = FakeHub(files, sizes)
        with pytest.raises(CheckpointError, match=cause):
            hub.pull(registry, "me/model", api=fake)
        assert [name for name, _ in fake.asked] == ["info"]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (http_error(errors.RepositoryNotFoundError, 404), "There is no repository 'me/model'"),
        (http_error(errors.RevisionNotFoundError, 404), "no such branch, tag or commit"),
        (http_error(errors.GatedRepoError, 403), "does not let this token"),
        (http_error(errors.HfHubHTTPError, 401), "There is no repository 'me/model'"),
        (http_error(errors.HfHubHTTPError, 503), r"answered with an error \(503\)"),
        (httpx.ConnectError(SECRET), "cannot be reached"),
        (errors.OfflineModeIsEnabled(SECRET), "cannot be reached"),
        (TimeoutError(SECRET), "cannot be reached"),
    ],
)
def test_each_refusal_is_one_sentence_without_the_token(registry, error, cause, capfd, caplog):
    for act in (
        lambda: hub.push(registry, "mine", "me/model", api=FakeHub(error=error)),
        lambda: hub.pull(registry, "me/model", api=FakeHub(error=error)),
    ):
        with pytest.raises(CheckpointError, match=cause) as caught:
            act()
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
    assert SECRET not in "".join(capfd.readouterr()) + caplog.text


def test_a_hub_that_never_answers_is_given_up(registry, monkeypatch, content):
    monkeypatch.setattr(hub, "ANSWER_SECONDS", 0.05)
    monkeypatch.setattr(FakeHub, "model_info", lambda *a, **k: threading.Event().wait(30))
    with pytest.raises(CheckpointError, match="cannot be reached"):
        hub.pull(registry, "me/model", api=FakeHub(content))


@pytest.mark.parametrize("error", [None, OSError("the connection broke")])
def test_a_download_that_is_given_up_fetches_no_further_file_and_leaves_nothing(
    registry, monkeypatch, content, tmp_path, error
):
    begun, go_on, threads = threading.Event(), threading.Event(), []

    def asked(work, repository, seconds):
        """Wait no longer than for the first file to begin."""
        if seconds != hub.TRANSFER_SECONDS:
            return work()

        def quiet():
            with contextlib.suppress(OSError):
                work()

        threads.append(threading.Thread(target=quiet, daemon=True))
        threads[0].start()
        assert begun.wait(30)
        raise CheckpointError("It takes too long.")

    def download(self, repository, file, revision, local_dir):
        self._note("download", file=file)
        begun.set()
        assert go_on.wait(30)
        local_dir.mkdir(parents=True, exist_ok=True)
        (local_dir / file).write_bytes(self.files[file])
        if error:
            raise error

    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    monkeypatch.setattr(hub, "_asked", asked)
    monkeypatch.setattr(FakeHub, "hf_hub_download", download)
    fake = FakeHub(content)
    with pytest.raises(CheckpointError, match="too long"):
        hub.pull(registry, "me/model", api=fake)
    assert list((tmp_path / "scratch").iterdir()) == []
    go_on.set()
    threads[0].join(30)
    assert not threads[0].is_alive()
    assert len([name for name, _ in fake.asked if name == "download"]) == 1
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_pull_leaves_nothing_beside_the_checkpoint(registry, monkeypatch, content, tmp_path):
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    broken = content | {"model.safetensors": b"x"}
    for files in (content, broken):
        with contextlib.suppress(CheckpointError):
            hub.pull(registry, "me/model", api=FakeHub(files))
        assert list((tmp_path / "scratch").iterdir()) == []


def test_without_a_token_nothing_is_pushed(registry, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    fake = FakeHub()
    with pytest.raises(CheckpointError, match="HF_TOKEN"):
        hub.push(registry, "mine", "me/model", api=fake)
    assert fake.asked == []
    assert not hub.has_token()


@pytest.mark.parametrize(
    "name",
    ["", "model", "a/b/c", "../x", "a/..", "me/..model", "a\\b", "/etc/passwd", "a/b\n", "a b/c"],
)
def test_what_names_no_repository_is_refused_at_once(registry, name):
    fake = FakeHub()
    for act in (hub.pull, lambda r, n, api: hub.push(r, "mine", n, api=api)):
        with pytest.raises(CheckpointError, match="no name of a repository"):
            act(registry, name, api=fake)
    with pytest.raises(CheckpointError, match="no branch, tag or commit"):
        hub.pull(registry, "me/model", revision="../" + name, api=fake)
    assert fake.asked == []


def test_a_damaged_checkpoint_is_not_pushed(registry, tmp_path):
    shutil.copytree(registry.own / "mine", registry.own / "broken")
    (registry.own / "broken" / "README.md").write_text("changed")
    fake = FakeHub()
    with pytest.raises(CheckpointError, match="is damaged"):
        hub.push(registry, "broken", "me/model", api=fake)
    assert fake.asked == []


def test_offline_is_said_in_one_sentence(registry):
    """The real API object; the tests run with HF_HUB_OFFLINE=1."""
    for act in (
        lambda: hub.pull(registry, "me/model"),
        lambda: hub.push(registry, "mine", "me/model"),
    ):
        with pytest.raises(CheckpointError, match="cannot be reached; check the network"):
            act()
