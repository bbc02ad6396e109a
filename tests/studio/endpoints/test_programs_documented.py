"""What docs/programs.md says: its table is what is offered, and its examples run."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.labelers import NAME

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "programs.md").read_text()
ROW = re.compile(
    r"^\| [^|]+ \| `(/\w+)` \| ([^|]+) \| [^|]+ \| (reads|changes) \| (yes|no) \|$", re.M
)
SAID = ("flowers iris 2", "(28, 28)", "2 2", "finished my-iris")


def test_the_table_lists_what_is_offered(offered):
    listed = {name: told.replace("`", "") for name, told, _, _ in ROW.findall(DOCUMENT)}
    assert listed == {
        name: ", ".join(
            one["parameter_name"] + "?" * one["parameter_has_default"] for one in told["parameters"]
        )
        or "-"
        for name, told in offered["named_endpoints"].items()
    }


def test_those_that_change_something_are_told_apart():
    changing = {name for name, _, effect, tool in ROW.findall(DOCUMENT) if effect == "changes"}
    assert changing == {"/label", "/train", "/stop_run"}
    assert changing == {name for name, _, effect, tool in ROW.findall(DOCUMENT) if tool == "no"}


def test_the_examples_run(address, tmp_path):
    examples = "\n".join(re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL))
    script = tmp_path / "examples.py"
    here = examples.replace("http://127.0.0.1:7860", address).replace("navigator-mnist", NAME)
    script.write_text(here)
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert result.returncode == 0, result.stderr
    for words in SAID:
        assert words in result.stdout


def test_every_function_is_described(offered):
    for name, told in offered["named_endpoints"].items():
        assert told["description"].endswith("."), name
        assert len(told["description"]) > 25, name
