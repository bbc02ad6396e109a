"""Undo and redo as a person expects them, also after a restart and from two places at once."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from models.labels import LabelStore

ROWS, CLASSES = 6, 3
LABELS = st.none() | st.integers(0, CLASSES - 1)
STEPS = st.lists(
    st.one_of(
        st.dictionaries(st.integers(0, ROWS - 1), LABELS, min_size=1, max_size=4),
        st.sampled_from(["undo", "undo", "redo", "repeat", "reopen", "other"]),
    ),
    max_size=25,
)


class Expected:
    """Labels as whole states: undo goes one back, redo one forth."""

    def __init__(self):
        self.states = [{}]
        self.at = 0

    def label(self, changes):
        now = self.states[self.at] | changes
        now = {sample: label for sample, label in now.items() if label is not None}
        if now != self.states[self.at]:
            self.states[self.at + 1 :] = [now]
            self.at += 1

    def undo(self):
        self.at = max(self.at - 1, 0)

    def redo(self):
        self.at = min(self.at + 1, len(self.states) - 1)


def given_labels(store):
    return {row: label for row, label in enumerate(store.current().tolist()) if label >= 0}


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_undo_and_redo_walk_through_the_states_that_were(steps):
    expected, last = Expected(), None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.sqlite"
        store, other = (LabelStore(path, ROWS, CLASSES) for _ in range(2))
        for number, step in enumerate(steps):
            if isinstance(step, dict):
                expected.label(step)
                last = ("assign", step, "hand", f"key:{number}")
            elif step in ("undo", "redo"):
                getattr(expected, step)()
                last = (step, f"key:{number}")
            elif step == "reopen":
                store.close()
                store = LabelStore(path, ROWS, CLASSES)
                continue
            elif step == "other":
                store, other = other, store
                continue
            elif last is None:
                continue
            method, *arguments = last
            said = getattr(store, method)(*arguments)
            assert said.undo == (expected.at > 0)
            assert said.redo == (expected.at < len(expected.states) - 1)
            assert said.labelled == len(expected.states[expected.at])
            assert given_labels(store) == expected.states[expected.at]
        store.close()
        other.close()
        with LabelStore(path, ROWS, CLASSES) as fresh:
            assert given_labels(fresh) == expected.states[expected.at]
            while fresh.standing().undo:
                expected.undo()
                fresh.undo()
                assert given_labels(fresh) == expected.states[expected.at]
            assert given_labels(fresh) == {}
