"""Fetching a data set with torchvision, in bounded time and without leaving half a set behind."""

import http.client
import queue
import socket
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from models.data.dataset import DataError
from models.data.mnist import IdxSet
from models.data.vision import import_torchvision

__all__ = ["STALL_S", "download", "first_line", "socket_timeout"]

_ANSWER_WITHIN_S = 15.0
STALL_S = 30.0


def download(idx_set: IdxSet, root: Path) -> None:
    """Download `idx_set` into `root`, with torchvision's progress bar.

    The files are fetched and verified in a temporary folder beside their place and moved there
    whole, so a download cut off half way is never found as a data set.

    Raises:
        DataError: There is no network, the download broke off, or what came is not the original.
    """
    source = getattr(import_torchvision().datasets, idx_set.folder)
    if not any(_answers(mirror) for mirror in source.mirrors):
        raise DataError(idx_set.absent(root, "its server cannot be reached"))
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=root) as folder:
            with socket_timeout(STALL_S):
                source(folder, download=True)
            idx_set.read(Path(folder), validation=0)
            for file in idx_set.files:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / file).replace(root / file)
    except (RuntimeError, OSError, EOFError, http.client.HTTPException) as error:
        raise DataError(
            idx_set.absent(root, f"the download failed ({first_line(error)})")
        ) from error


def _answers(url: str) -> bool:
    """Whether a server says anything at all, even an error, within a few seconds.

    In a thread, because a name that does not resolve and a host with eight dead addresses each take
    far longer than any timeout that a socket can be given.
    """
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_ask(url)), daemon=True).start()
    try:
        return answers.get(timeout=_ANSWER_WITHIN_S)
    except queue.Empty:
        return False


def _ask(url: str) -> bool:
    request = urllib.request.Request(url, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=_ANSWER_WITHIN_S).close()
    except urllib.error.HTTPError:
        return True
    except (OSError, http.client.HTTPException):
        return False
    return True


@contextmanager
def socket_timeout(seconds: float) -> Iterator[None]:
    """Let torchvision's downloads, which take no timeout, give up on a silent server."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def first_line(error: Exception) -> str:
    """The first line of a message that may be a page long."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(":.")
