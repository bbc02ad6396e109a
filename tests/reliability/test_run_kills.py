"""kill -9 while a training saves: it always goes on."""

import os
from pathlib import Path

import pytest

from models.runs.execute import execute
from tests.reliability.effort import figure, times
from tests.small import losses

KILLS = times(6, 100)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_training_killed_in_its_saves_ends_as_if_it_had_not_been(start, runs, registry, whole):
    writer = start(Path(__file__).with_name("run_writer.py"), registry.workspace, KILLS)
    said, errors = writer.communicate(timeout=120 + 20 * KILLS)
    assert writer.returncode == 0, errors[-2000:]
    steps = [int(line) for line in said.split()]
    assert len(steps) == KILLS
    assert steps == sorted(set(steps)), "each life went on where the one before had been"
    [run] = runs.list()
    runs.resume(run)
    execute(run, registry)
    assert losses(run) == whole(KILLS)
    lines = [line["epoch"] for line in run.metrics()[0] if line["kind"] == "epoch"]
    assert lines == list(range(1, KILLS + 1))
    assert "damaged" not in run.log()[0]
    figure(2, "kills of one training in its saves", KILLS)
    assert not list(run.last.parent.glob(".*")), "a checkpoint cut short takes no room for good"
