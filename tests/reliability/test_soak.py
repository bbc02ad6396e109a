"""A studio that is used for long does not grow: neither its memory nor its open files."""

import os
import random

import psutil
import pytest

from tests.reliability.conftest import until
from tests.reliability.effort import figure, times
from tests.reliability.pages import Mover, Teller

MOVES, LABELS = times(300, 10_000), times(50, 1000)
WARM = 5
"""One in so many of them comes before anything is measured"""
MB = 50


def use(address, checkpoint, project, moves, labels, chance):
    """Move and label in turns, as several people would."""
    mover, teller = Mover(address, checkpoint), Teller(address, f"page-{chance.random()}")
    try:
        for number in range(moves):
            mover.move([chance.gauss(0, 2), chance.gauss(0, 2)])
            if number * labels // moves != (number + 1) * labels // moves:
                teller.label(project, [chance.randrange(1500)], chance.randrange(10))
                teller.ask("GET", f"/labels/{project}/state")
    finally:
        mover.close()
        teller.close()


def at_rest(studio, files=None):
    """Return memory in MB and open files of a studio that nobody uses at the moment."""
    if files is not None:
        until(lambda: studio.num_fds() <= files)
    return studio.memory_info().rss / 1e6, studio.num_fds()


@pytest.mark.skipif(os.name == "nt", reason="this system counts open files in another way")
def test_neither_memory_nor_files_grow(studio_process):
    address, process = studio_process
    studio, chance = psutil.Process(process.pid), random.Random(0)
    begin = Teller(address, "begin")
    project = begin.project("soak")
    begin.close()
    use(address, "tiny", project, MOVES // WARM, LABELS // WARM, chance)
    until(lambda: not open_sockets(studio))
    before, files = at_rest(studio)
    use(address, "tiny", project, MOVES, LABELS, chance)
    until(lambda: not open_sockets(studio))
    after, now = at_rest(studio, files)
    figure(14, "moves", MOVES)
    figure(14, "labels", LABELS)
    figure(14, "growth of memory", max(0.0, after - before), "MB", at_most=MB)
    figure(14, "more open files", now - files, at_most=0)
    assert after - before < MB
    assert now <= files


def open_sockets(studio):
    """The connections of pages that a studio still holds."""
    return [c for c in studio.net_connections("tcp") if c.status == psutil.CONN_ESTABLISHED]
