"""`python hosting/requirements.py [NAME ...]`: what a served studio needs, one requirement a line.

An image installs it before the sources come in, so that a changed source installs nothing anew.
The faster decoder is a part of it. With names, only those packages are listed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

__all__ = ["requirements"]

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def requirements(names: list[str]) -> list[str]:
    """Return the requirements of `pyproject.toml`, or those of some packages in their order.

    Raises:
        ValueError: A name is no requirement.
    """
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted: list[str] = [*project["dependencies"], *project["optional-dependencies"]["fast"]]
    by_name = {re.match(r"[A-Za-z0-9._-]+", line)[0]: line for line in wanted}
    if unknown := [name for name in names if name not in by_name]:
        raise ValueError(f"pyproject.toml requires no {unknown[0]}; it has {', '.join(by_name)}.")
    return [by_name[name] for name in names] if names else wanted


if __name__ == "__main__":
    print(*requirements(sys.argv[1:]), sep="\n")
