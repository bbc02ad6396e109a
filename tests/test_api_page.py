"""docs/api.md tells the truth: its examples run, and its signatures are those of the code."""

import importlib
import inspect
import os
import re
import subprocess
import sys

import pytest

from tests.pages import ROOT, blocks

PAGE = ROOT / "docs" / "api.md"
TEXT = PAGE.read_text()
SIGNATURE = re.compile(r"`(models\.[\w.]+)\(([^`]*)\)`")


def named(dotted):
    """The class, function or method of a dotted name."""
    place, *names = dotted.split(".")
    found = importlib.import_module(place)
    for name in names:
        place += f".{name}"
        if not hasattr(found, name):
            importlib.import_module(place)
        found = getattr(found, name)
    return found


@pytest.mark.parametrize(("dotted", "given"), SIGNATURE.findall(TEXT))
def test_a_signature_of_the_page_is_that_of_the_code(dotted, given):
    parameters = inspect.signature(named(dotted)).parameters
    wanted = [f"{'**' if p.kind is p.VAR_KEYWORD else ''}{name}" for name, p in parameters.items()]
    shown = [name.strip() for name in given.split(",") if name.strip()]
    assert [name for name in shown if name != "*"] == wanted
    keywords = [name for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY]
    after = shown[shown.index("*") + 1 :] if "*" in shown else []
    assert after == keywords


def test_the_page_names_enough():
    assert len(SIGNATURE.findall(TEXT)) >= 25


def test_the_examples_of_the_page_are_one_program_that_runs(tmp_path):
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(TEXT, "python")))
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "finished" in result.stdout
    assert (tmp_path / "path.gif").read_bytes().startswith(b"GIF8")
