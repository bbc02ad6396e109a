"""kill -9 while labels are given: none that was acknowledged is lost, none is taken twice."""

import os
from itertools import pairwise
from pathlib import Path

import pytest

from models.labels import LabelStore
from tests.reliability.effort import figure, times
from tests.reliability.labels_writer import CLASSES, ROWS, request

KILLS = times(10, 200)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_no_acknowledged_label_is_lost(start, tmp_path):
    path = tmp_path / "labels.sqlite"
    writer = start(Path(__file__).with_name("labels_writer.py"), path, KILLS)
    said, errors = writer.communicate(timeout=60 + 5 * KILLS)
    assert writer.returncode == 0, errors[-2000:]
    lives = [line.split() for line in said.splitlines()]
    assert len(lives) == KILLS
    assert {(lost, whole) for _, lost, whole in lives} == {("0", "ok")}
    counts = [int(acknowledged) for acknowledged, *_ in lives]
    assert all(before < after for before, after in pairwise(counts))
    figure(1, "kills of a store", KILLS)
    figure(1, "requests that it acknowledged", counts[-1])
    figure(1, "lost", sum(int(lost) for _, lost, _ in lives), at_most=0)
    with LabelStore(path, ROWS, CLASSES) as store:
        extra = len(store.history()) - counts[-1]
        assert extra in (0, 1), "at most the last one was kept without a word"
        assert store.current().tolist() == expected(counts[-1] + extra)


def expected(requests):
    """The labels after so many requests, each answered once."""
    states, at = [[-1] * ROWS], 0
    for number in range(requests):
        method, arguments = request(number)
        if method == "undo":
            at = max(at - 1, 0)
        elif method == "redo":
            at = min(at + 1, len(states) - 1)
        else:
            samples, label, *_ = arguments
            now = states[at].copy()
            for sample in samples:
                now[sample] = -1 if label is None else label
            if now != states[at]:
                states[at + 1 :] = [now]
                at += 1
    return states[at]
