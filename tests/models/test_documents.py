"""The Python examples of the documents do what they say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("flight.md", ["PathFigures", "typical 3"]),
        ("sampling.md", ["tensor([True, True"]),
        ("figures.md", ["z1: 2.73 nats"]),
    ],
)
def test_the_example_of_a_document_runs(tmp_path, document, said):
    text = (ROOT / "docs" / document).read_text()
    (example,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    script = tmp_path / "example.py"
    script.write_text(example)
    result = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    for words in said:
        assert words in result.stdout
