"""Eight people at once in one studio: each sees what is theirs, and nobody waits for a lock."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from models.registry import Registry
from studio.live import _pixels, eager
from tests.reliability.effort import figure, times
from tests.reliability.pages import Mover, Teller

SESSIONS = 8
EVENTS = times(20, 200)
ROWS = 150
"""Rows of the shared project that each session labels"""


class Session:
    """One person, who remembers what should be so."""

    def __init__(self, address, number, shared, pictures):
        self.number = number
        self.shared = shared
        self.pictures = pictures
        self.chance = random.Random(number)
        self.checkpoint = ("tiny", "other")[number % 2]
        self.mover = Mover(address, self.checkpoint)
        self.teller = Teller(address, f"session-{number}")
        self.mine = self.teller.project(f"Session {number}")
        self.labels, self.undone, self.given = [], 0, {}

    def live(self):
        """Do one thing after another; each is looked at."""
        try:
            for _ in range(EVENTS):
                self.chance.choice([self.move, self.move, self.label, self.undo, self.share])()
                self.look()
        finally:
            self.mover.close()
        assert self.teller.given(self.mine) == dict(self.now())
        self.teller.close()
        return self.given

    def move(self):
        z = [self.chance.gauss(0, 1) for _ in range(2)]
        seen = self.mover.move(z).astype(int)
        wanted = self.pictures(self.checkpoint, z).astype(int)
        assert seen.shape == wanted.shape
        # Many are decoded together, and the last bit of a sum depends on how many.
        assert np.abs(seen - wanted).max() <= 1, "the picture of somebody else"

    def label(self):
        rows = self.chance.sample(range(1500), 3)
        label = self.chance.randrange(10)
        before = dict(self.now())
        self.teller.label(self.mine, rows, label)
        if {**before, **dict.fromkeys(rows, label)} != before:
            self.labels = self.labels[: len(self.labels) - self.undone]
            self.undone = 0
            self.labels.append((rows, label))

    def undo(self):
        self.teller.undo(self.mine)
        self.undone = min(self.undone + 1, len(self.labels))

    def share(self):
        row = self.number * ROWS + self.chance.randrange(ROWS)
        label = self.chance.randrange(10)
        self.teller.label(self.shared, [row], label)
        self.given[row] = label

    def now(self):
        """What is labelled in this session's own project."""
        found = {}
        for rows, label in self.labels[: len(self.labels) - self.undone]:
            found |= dict.fromkeys(rows, label)
        return found

    def look(self):
        state = self.teller.ask("GET", f"/labels/{self.mine}/state")
        assert state["labelled"] == len(self.now())


def test_each_session_sees_only_its_own(studio_process, studio_workspace):
    address, _ = studio_process
    registry = Registry(studio_workspace, pretrained=studio_workspace / "none")
    models = {name: registry.open(name) for name in ("tiny", "other")}

    def pictures(checkpoint, z):
        return _pixels(eager, models[checkpoint], np.asarray([z], np.float32)).ravel()

    begin = Teller(address, "shared")
    shared = begin.project("Shared")
    begin.close()  # Idle for longer than the studio keeps a connection; the next one is another.
    sessions = [Session(address, number, shared, pictures) for number in range(SESSIONS)]
    with ThreadPoolExecutor(SESSIONS) as pool:
        given = list(pool.map(Session.live, sessions))
    together = {row: label for part in given for row, label in part.items()}
    assert begin.given(shared) == together
    begin.close()
    figure(15, "sessions", SESSIONS)
    figure(15, "events", SESSIONS * EVENTS)
    figure(15, "labels of the shared project", len(together))


def test_the_database_was_never_locked(studio_process, studio_log):
    """Comes after those above: the studio wrote nothing of it into its log."""
    said = studio_log.read_text()
    assert "database is locked" not in said
    assert "Traceback" not in said, said[-3000:]
