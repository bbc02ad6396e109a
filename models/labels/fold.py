"""What a log of labels comes to: the labels that stand, and what may be undone and done again.

Shapes: N samples, K classes.
"""

from __future__ import annotations

import sqlite3

import numpy as np

__all__ = ["NONE", "Fold"]

NONE = -1
"""Stands for no label in arrays"""


class Fold:
    """What a log comes to, up to a step.

    Args:
        rows: N.
        classes: K.
    """

    def __init__(self, rows: int, classes: int) -> None:
        self.classes = classes
        self.labels = np.full(rows, NONE, np.int16)
        """The label of each sample that stands, int16 [N]"""
        self.done: list[int] = []
        """The steps that can be undone, the last one first to go"""
        self.undone: list[int] = []
        """The steps that can be done again"""
        self.last = 0
        """The newest step that is taken in"""

    def counts(self) -> tuple[int, ...]:
        """Return how many labels each class has, [K]."""
        given = self.labels[self.labels != NONE]
        return tuple(np.bincount(given, minlength=self.classes).tolist())

    def advance(self, connection: sqlite3.Connection) -> None:
        """Take in every step that was added since.

        Raises:
            IndexError: The log contradicts itself: it undoes what was never done.
            sqlite3.Error: It cannot be read.
        """
        steps = connection.execute(
            "SELECT id, kind, target FROM steps WHERE id > ? ORDER BY id", (self.last,)
        ).fetchall()
        if not steps:
            return
        events = connection.execute(
            "SELECT step, sample, coalesce(label, -1) FROM events "
            "WHERE step > ? AND step <= ? ORDER BY id",
            (self.last, steps[-1][0]),
        ).fetchall()
        changing = {step for step, *_ in events}
        for step, kind, target in steps:
            if kind == "label" and step in changing:
                self.done.append(step)
                self.undone.clear()
            elif kind == "undo" and target is not None:
                self.undone.append(self.done.pop())
            elif kind == "redo" and target is not None:
                self.done.append(self.undone.pop())
        for _, sample, label in events:
            self.labels[sample] = label
        self.last = steps[-1][0]
