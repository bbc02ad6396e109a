"""A sweep on a local Ray, where the extra `[sweep]` is installed."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not importlib.util.find_spec("ray"), reason="Ray is not installed")
def test_ray_trains_every_point_and_a_failing_one_costs_only_its_row(tmp_path):
    words = ["sweep", "navigator-digits", "--set", "beta=1,1e39", "--epochs", "1", "--ray"]
    done = subprocess.run(
        [sys.executable, "-m", "models", *words, "--json", "--workspace", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    good, bad = json.loads(done.stdout)
    assert (good["state"], bad["state"]) == ("finished", "failed")
    assert (tmp_path / "checkpoints" / good["checkpoint"] / "manifest.json").is_file()
    assert "The loss became" in bad["error"]
