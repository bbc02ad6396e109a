"""kill -9 during checkpoint writes: what is listed is whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.registry import Registry
from tests.reliability.effort import figure, times

KILLS = times(15, 100)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A registry whose checkpoints were written by processes that were killed."""
    workspace = tmp_path_factory.mktemp("killed")
    registry = Registry(workspace, pretrained=workspace / "none")
    registry.own.mkdir()
    writer = Path(__file__).with_name("checkpoint_writer.py")
    subprocess.run(
        [sys.executable, str(writer), str(registry.own), str(KILLS)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=True,
        timeout=60 + KILLS,
    )
    return registry


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_every_listed_checkpoint_is_whole(registry):
    entries = registry.entries()
    assert len(entries) >= KILLS, "each process had written one before it was killed"
    for entry in entries:
        assert entry.error is None
        assert registry.open(entry.name).config.recipe == "kills"
    figure(2, "kills of a writer of checkpoints", KILLS)
    figure(2, "checkpoints listed and loaded", len(entries))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_what_was_cut_short_is_hidden_and_in_nobodys_way(registry):
    listed = {entry.name for entry in registry.entries()}
    for path in registry.own.iterdir():
        hidden = path.name.startswith(".") and path.name.endswith(".tmp")
        assert path.name in listed or hidden or path.name == "newest"
    opened = registry.open(min(listed))
    registry.save("after", opened.config, opened.model)
    assert registry.open("after").name == "after"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_file_replaced_again_and_again_holds_one_version(registry):
    text = (registry.own / "newest").read_text()
    name = text[: len("run-0000-0000")]
    assert text == name * 1000
    assert (registry.own / name).is_dir(), "it never names a checkpoint that is not there"
