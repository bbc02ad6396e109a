"""docs/extending.md works: its model trains and its tab opens, in a copy of the studio."""

import os
import shutil
import subprocess
import sys

from tests.pages import ROOT, named_blocks, patched

PAGE = ROOT / "docs" / "extending.md"
CONTRACT = "tests/models/test_recipes_contract.py"
ONLY = "mixture or lonel or tab"


def test_the_model_and_the_tab_of_the_page_work(tmp_path):
    text, place = PAGE.read_text(), tmp_path / "copy"
    for folder in ("models", "studio"):  # With their compiled files, which stay valid.
        shutil.copytree(ROOT / folder, place / folder)
    (place / "pretrained").symlink_to(ROOT / "pretrained")
    shared = [path for path in (ROOT / "tests").glob("*.py") if not path.stem.startswith("test_")]
    for path in (*shared, ROOT / CONTRACT, ROOT / "pyproject.toml"):
        copy = place / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    made = dict(named_blocks(text, "python"))
    for name, code in made.items():
        assert not (place / name).exists(), f"there is a {name} already"
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(code)
    for name, change in named_blocks(text, "diff"):
        (place / name).write_text(patched((place / name).read_text(), change))
    check = [sys.executable, "-m", "ruff", "check", "--no-cache", *made]
    linted = subprocess.run(check, cwd=place, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    tests = [name for name in made if name.startswith("tests/")]
    assert len(tests) == 2
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", ONLY, CONTRACT, *tests],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "failed" not in result.stdout
    assert int(result.stdout.split(" passed")[0].split()[-1]) >= 10
