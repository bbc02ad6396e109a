"""The load test in its smallest form."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_two_browsers_see_pictures_and_make_no_errors(trained, tmp_path):
    output = tmp_path / "load.json"
    options = ["--browsers", "2", "--seconds", "1", "--warm-up", "0", "--model", "tiny"]
    result = subprocess.run(
        [sys.executable, "-m", "tests.load", *options, "--workspace", trained, "--output", output],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    assert "frames/s" in result.stderr
    [measured] = json.loads(output.read_text())["rounds"]
    assert measured["browsers"] == 2
    assert measured["errors"] == 0
    assert 0 < measured["frames_worst"] <= measured["frames_median"]
    assert 0 < measured["trip_p50_ms"] <= measured["trip_p95_ms"]
    assert measured["resident_mb"] > 50
    assert measured["client_cpu"] > 0
