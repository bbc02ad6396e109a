"""Studios to put a load on: processes of their own, alone or behind nginx, and what they use."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil

ROOT = Path(__file__).resolve().parents[2]
NGINX_CONF = ROOT / "hosting" / "nginx.conf"
START_SECONDS = 180
UPSTREAM = re.compile(r"(    server 127\.0\.0\.1:\d+;\n)+")
TLS_LISTEN = "listen 443 ssl http2;"


@dataclass(frozen=True, slots=True)
class Served:
    """What browsers go to, and the processes behind it."""

    address: str
    studios: tuple[psutil.Process, ...]
    others: tuple[psutil.Process, ...] = ()
    """nginx"""

    def cpu_seconds(self) -> list[float]:
        """Return what each studio has used so far, and all others together."""
        return [*(_used([studio]) for studio in self.studios), _used(self.others)]

    def resident_mb(self) -> float:
        """Return the memory of all studios together."""
        return sum(studio.memory_info().rss for studio in self.studios) / 1e6


def _used(processes: Sequence[psutil.Process]) -> float:
    every = [one for p in processes for one in (p, *p.children(recursive=True))]
    return sum(sum(one.cpu_times()[:2]) for one in every)


@contextmanager
def studios(count: int, workspace: Path, *options: str, behind: bool = False) -> Iterator[Served]:
    """Start studios on free ports, with nginx before them if wanted; all are stopped afterwards.

    Raises:
        OSError: One did not answer within three minutes.
        ValueError: There is no nginx here.
    """
    with ExitStack() as stack:
        ports = free_ports(count)
        processes = [stack.enter_context(_studio(port, workspace, *options)) for port in ports]
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address, process in zip(addresses, processes, strict=True):
            wait_until_ready(address, process)
        served = tuple(psutil.Process(process.pid) for process in processes)
        if not behind:
            yield Served(addresses[0], served)
            return
        folder = workspace / "nginx"
        address, process = stack.enter_context(nginx(ports, folder))
        wait_until_ready(address, process)
        yield Served(address, served, (psutil.Process(process.pid),))


@contextmanager
def _studio(port: int, workspace: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "studio", "--port", str(port), "--workspace", str(workspace)]
    with _stopped_at_last(subprocess.Popen([*command, *options], cwd=ROOT)) as process:
        yield process


@contextmanager
def nginx(ports: Sequence[int], folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start nginx with the configuration that is shipped, without TLS, before studios.

    Raises:
        ValueError: There is no nginx here.
    """
    [port, plain] = free_ports(2)
    path = write_nginx(folder, ports, port, plain)
    process = subprocess.Popen([find_nginx(), "-p", str(folder), "-c", str(path)], cwd=folder)
    with _stopped_at_last(process):
        yield f"http://127.0.0.1:{port}", process


def find_nginx() -> str:
    """Return where nginx is.

    Raises:
        ValueError: There is none here.
    """
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise ValueError("There is no nginx here; install it, or measure one process.")
    return found


def write_nginx(
    folder: Path, ports: Sequence[int], port: int, plain: int, certificate: Path | None = None
) -> Path:
    """Write a configuration around the shipped one, for ports of this machine.

    Args:
        folder: Where nginx keeps what it needs.
        ports: Of the studios.
        port: Where browsers go.
        plain: Where browsers are sent on from, instead of port 80.
        certificate: Folder of `fullchain.pem` and `privkey.pem`; without it there is no TLS.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shipped = NGINX_CONF.read_text(encoding="utf-8")
    listed = "".join(f"    server 127.0.0.1:{number};\n" for number in ports)
    text = _swapped(shipped, UPSTREAM, listed)
    text = _swapped(text, re.compile(r"listen 80;"), f"listen 127.0.0.1:{plain};")
    text = text.replace("studio.example.org", "127.0.0.1")
    secure = re.compile(re.escape(TLS_LISTEN))
    if certificate is None:
        text = _swapped(text, secure, f"listen 127.0.0.1:{port};")
        text = re.sub(r"^    ssl_.*\n", "", text, flags=re.MULTILINE)
    else:
        text = _swapped(text, secure, f"listen 127.0.0.1:{port} ssl http2;")
        text = text.replace("/etc/ssl/latent-studio", str(certificate))
    (folder / "studio.conf").write_text(text, encoding="utf-8")
    kept = "".join(
        f"    {name}_temp_path {folder / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    path = folder / "nginx.conf"
    # Of root's, its workers would be nobody, who may write into no folder here.
    user = "user root;\n" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    path.write_text(
        f"{user}daemon off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'} warn;\n"
        "events { worker_connections 1024; }\n"
        f"http {{\n    access_log off;\n{kept}    include {folder / 'studio.conf'};\n}}\n",
        encoding="utf-8",
    )
    return path


def _swapped(text: str, pattern: re.Pattern[str], new: str) -> str:
    swapped, count = pattern.subn(lambda _: new, text)
    assert count == 1, f"{NGINX_CONF} has {count} of {pattern.pattern}"
    return swapped


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on just now."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextmanager
def _stopped_at_last(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a studio answers.

    Raises:
        OSError: It ended, or it did not answer within three minutes.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"{address}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise OSError(f"Nothing answers at {address}; what it said above tells why.")
