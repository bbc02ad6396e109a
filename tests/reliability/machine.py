"""What a figure depends on: the machine and the versions, without any of its paths or names."""

import os
import platform
import re
import sqlite3
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.browser.harness import CHROMIUM

PACKAGES = ("torch", "gradio", "fastapi", "numpy", "pillow", "safetensors", "pydantic", "av")


def machine():
    """Return date, machine, versions and load as lines for people."""
    memory = psutil.virtual_memory().total / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    versions += [f"{name} {version(name)}" for name in PACKAGES]
    versions.append(_chromium())
    return {
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{_processor()}, {cores} cores, {memory:.0f} GiB, {platform.system()}",
        "versions": ", ".join(versions),
        "load": f"{psutil.getloadavg()[0]:.1f}",
    }


def _processor():
    try:
        found = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def _chromium():
    try:
        said = subprocess.run([CHROMIUM, "--version"], capture_output=True, text=True, timeout=60)
    except OSError:
        return "no Chromium"
    return " ".join(said.stdout.split()[:2]) or "Chromium"
