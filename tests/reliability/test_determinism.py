"""One seed and one checkpoint give the same, whichever process works on it."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.conftest import ROOT
from tests.reliability.effort import figure, times
from tests.reliability.same_again import done


@pytest.fixture(scope="module")
def both(trained, tmp_path_factory):
    """What this process and one of another hash seed, folder and time zone come to."""
    count = times(1, 10)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    script = Path(__file__).with_name("same_again.py")
    words = [str(script), str(elsewhere / "work"), str(trained / "checkpoints"), str(count)]
    settings = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TZ": "Pacific/Apia"}
    other = subprocess.Popen(
        [sys.executable, *words],
        cwd=elsewhere,
        env=os.environ | settings | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    here = done(tmp_path_factory.mktemp("here"), trained / "checkpoints", count)
    said, errors = other.communicate(timeout=600)
    assert other.returncode == 0, errors[-2000:]
    return here, json.loads(said)


def test_the_same_seed_gives_the_same_losses(both):
    here, there = (found["losses"] for found in both)
    assert here == there
    assert len({json.dumps(run) for run in here}) == len(here), "another seed gives others"
    figure(16, "trainings that were repeated", len(here))
    figure(16, "losses that are the same strings", sum(len(r) for run in here for r in run))


def test_the_same_code_gives_the_same_bytes(both):
    here, there = (found["pictures"] for found in both)
    assert here == there
    assert len(set(here)) == len(here)
    figure(16, "pictures of the same bytes", len(here))


def test_the_same_seed_gives_the_same_weights(both):
    here, there = (found["weights"] for found in both)
    assert here == there
    assert all(len(digest) == hashlib.sha256().digest_size * 2 for digest in here)
