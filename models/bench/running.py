"""A studio in a process of its own, and requests to it: benches know it as a visitor does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psutil

__all__ = [
    "ROOT",
    "Opened",
    "opened_studio",
    "running_studio",
    "surroundings",
    "wait_until_ready",
]

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
ANSWER_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Opened:
    """A studio that is open.

    Args:
        address: Where, without a slash at the end.
        process: The one that serves it.
    """

    address: str
    process: psutil.Process

    def get(self, path: str) -> bytes:
        """Return what a route answers.

        Raises:
            OSError: It refuses; the message names the route and the status.
        """
        return _answer(Request(f"{self.address}{path}"))

    def post(self, path: str, body: bytes) -> bytes:
        """Return what a route answers to JSON."""
        sent = Request(f"{self.address}{path}", body, {"Content-Type": "application/json"})
        return _answer(sent)

    def memory(self) -> int:
        """Return the resident memory of the studio, in bytes."""
        return int(self.process.memory_info().rss)

    def open_files(self) -> int:
        """Return how many file descriptors (handles on Windows) it holds."""
        windows = sys.platform == "win32"
        return int(self.process.num_handles() if windows else self.process.num_fds())


def _answer(request: Request) -> bytes:
    try:
        with urlopen(request, timeout=ANSWER_SECONDS) as answer:
            data: bytes = answer.read()
            return data
    except HTTPError as error:
        where = request.full_url.split("/", 3)[-1]
        raise OSError(f"The studio answered /{where} with status {error.code}.") from None


def surroundings() -> dict[str, str]:
    """Return the environment that benches start Python in: byte code is kept, nothing is sent."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "GRADIO_ANALYTICS_ENABLED": "False"}


@contextmanager
def opened_studio(workspace: Path) -> Iterator[Opened]:
    """Start a studio on a free port and stop it afterwards; it may not answer yet.

    Raises:
        OSError: It did not start.
    """
    command = [sys.executable, "-m", "studio", "--port", "0", "--workspace", str(workspace)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = next((text for text in process.stdout if "http://" in text), "")
            if not line:
                raise OSError("The studio did not start; try `python -m studio` to see why.")
            address = "http://" + line.split("http://")[1].split()[0].rstrip("/")
            yield Opened(address, psutil.Process(process.pid))
        finally:
            process.terminate()


@contextmanager
def running_studio(workspace: Path) -> Iterator[str]:
    """Start a studio on a free port and yield its address once it answers.

    Raises:
        OSError: It did not answer within a minute.
    """
    with opened_studio(workspace) as studio:
        wait_until_ready(studio)
        yield studio.address


def wait_until_ready(studio: Opened) -> None:
    """Wait for the first healthy answer.

    Raises:
        OSError: There was none within a minute.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urlopen(f"{studio.address}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise OSError(f"The studio at {studio.address} did not answer within {START_SECONDS} seconds.")
