"""Checkpoints to and from the Hugging Face Hub, in the layout that they have on disk.

The token comes from the environment (`HF_TOKEN`) at each call; it is neither kept nor shown. What
is pulled is a stranger's: only a checkpoint's files are fetched, and verified like an import.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from models.checkpoint import CheckpointError, verify
from models.importing import Imported
from models.importing.importer import plain_name, register
from models.manifest import FILES, MAX_FILE_BYTES, REQUIRED
from models.registry import Registry

__all__ = ["has_token", "pull", "push"]

TOKEN = "HF_TOKEN"
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}\Z")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}(/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){0,3}\Z")
ANSWER_SECONDS = 30.0
TRANSFER_SECONDS = 900.0
SCRATCH = "latent-studio-pull-"
"""What the folders of files that are pulled begin with"""

T = TypeVar("T")


def has_token() -> bool:
    """Tell whether a token is in the environment, without showing it."""
    return bool(os.environ.get(TOKEN, "").strip())


def push(
    registry: Registry, name: str, repository: str, *, private: bool = True, api: Any = None
) -> str:
    """Upload a checkpoint, in one commit, and return the address of its page.

    Args:
        registry: Where it lies.
        name: Which one.
        repository: `owner/name`; it is made if it is not there.
        private: Whether a new repository can be seen by its owner alone.
        api: What speaks to the Hub; by default `huggingface_hub.HfApi`.

    Raises:
        CheckpointError: It is missing or damaged, there is no token, or the Hub is out of reach or
            refuses; one sentence says which.
    """
    _require_repository(repository)
    files = verify(registry.folder(name))
    if not has_token():
        raise CheckpointError(
            f"To push, the Hub must know who you are: put a token with write access into the "
            f"environment as {TOKEN} and start again."
        )

    def upload() -> str:
        from huggingface_hub import CommitOperationAdd

        hub = api or _api()
        hub.create_repo(repository, private=private, repo_type="model", exist_ok=True)
        added = [CommitOperationAdd(file, content) for file, content in sorted(files.items())]
        hub.create_commit(repository, added, commit_message=f"Add {name} from Latent Studio")
        return f"https://huggingface.co/{repository}"

    return _asked(upload, repository, TRANSFER_SECONDS)


def pull(
    registry: Registry,
    repository: str,
    *,
    revision: str | None = None,
    name: str | None = None,
    api: Any = None,
) -> Imported:
    """Download a checkpoint, verify it, and register it.

    Args:
        registry: Where it goes.
        repository: `owner/name`.
        revision: A branch, tag or commit; by default the main branch.
        name: Its name here; by default the repository's, with a number if that is taken.
        api: What speaks to the Hub; by default `huggingface_hub.HfApi`.

    Raises:
        CheckpointError: It is none, damaged or not there, the name is taken, or the Hub is out of
            reach; one sentence says which.
        OSError: The workspace cannot be written.
    """
    _require_repository(repository)
    if revision and not REVISION.match(revision):
        raise CheckpointError(f"{revision!r:.80} is no branch, tag or commit.")
    if name is not None:
        registry.require_free(name)
    hub = api or _asked(_api, repository, ANSWER_SECONDS)
    own_name = plain_name(repository.partition("/")[2])
    commit, files = _asked(lambda: _listed(hub, repository, revision), repository, ANSWER_SECONDS)

    scratch, over = Path(tempfile.mkdtemp(prefix=SCRATCH)), threading.Event()
    folder = scratch / own_name

    def download() -> None:
        try:
            for file in files:
                if over.is_set():
                    return
                hub.hf_hub_download(repository, file, revision=commit, local_dir=folder)
        finally:
            # Nobody waits any more, and the last file may have made the folder anew.
            if over.is_set():
                shutil.rmtree(scratch, ignore_errors=True)

    try:
        _asked(download, repository, TRANSFER_SECONDS)
        imported = register(registry, verify(folder), own_name, name)
    finally:
        over.set()
        shutil.rmtree(scratch, ignore_errors=True)
    notes = (f"Pulled from {repository} at {commit[:12]}.", *imported.notes)
    return Imported(imported.name, imported.folder, notes)


def _listed(hub: Any, repository: str, revision: str | None) -> tuple[str, list[str]]:
    """Return the commit, and which of a checkpoint's files are in it."""
    info = hub.model_info(
        repository, revision=revision, files_metadata=True, timeout=ANSWER_SECONDS
    )
    sizes = {s.rfilename: s.size or 0 for s in info.siblings or () if s.rfilename in FILES}
    missing = [file for file in ("manifest.json", *REQUIRED) if file not in sizes]
    if missing:
        raise CheckpointError(
            f"'{repository}' is no checkpoint of Latent Studio: it has no {missing[0]}."
        )
    if sum(sizes.values()) > MAX_FILE_BYTES:
        raise CheckpointError(f"'{repository}' is refused: its files are over 1 GiB.")
    return str(info.sha), sorted(sizes)


def _api() -> Any:
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    # False, because None would look for a token that some other program has stored.
    return HfApi(token=os.environ.get(TOKEN, "").strip() or False, library_name="latent-studio")


def _asked(work: Callable[[], T], repository: str, seconds: float) -> T:
    """Run what speaks to the Hub, for so long at most, and say its errors in our words."""
    answers: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception as error:  # Handed to the one who waits.
            errors.append(error)

    thread = threading.Thread(target=run, name="hub", daemon=True)
    thread.start()
    thread.join(seconds)
    if answers:
        return answers[0]
    if errors and isinstance(errors[0], CheckpointError):
        raise errors[0]
    # Without the cause: a library's message may hold more of the request than people should see.
    raise CheckpointError(_sentence(errors[0] if errors else TimeoutError(), repository)) from None


def _sentence(error: Exception, repository: str) -> str:
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.RevisionNotFoundError):
        return f"'{repository}' has no such branch, tag or commit."
    if isinstance(error, errors.GatedRepoError) or status == 403:
        return f"The Hub does not let this token at '{repository}'; give it the rights it needs."
    if isinstance(error, errors.RepositoryNotFoundError) or status in (401, 404):
        seen = f"that the token in {TOKEN} may see" if has_token() else "that is public"
        return f"There is no repository '{repository}' on the Hugging Face Hub {seen}."
    if isinstance(error, errors.HFValidationError):
        return f"'{repository}' is no name of a repository; write owner/name."
    if status is not None:
        return f"The Hugging Face Hub answered with an error ({status}); try again later."
    if isinstance(error, ImportError):
        return "The package huggingface_hub is missing; install it to reach the Hub."
    return (
        "The Hugging Face Hub cannot be reached; check the network (and that HF_HUB_OFFLINE is "
        "not set), then try again."
    )


def _require_repository(repository: str) -> None:
    if not REPOSITORY.match(repository) or ".." in repository or "--" in repository:
        raise CheckpointError(f"{repository!r:.80} is no name of a repository; write owner/name.")
