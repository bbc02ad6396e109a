"""Labels that are kept: what a step says, repeated requests, threads, other processes, the log."""

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from models.labels import LabelError, LabelStore

ROOT = Path(__file__).parents[3]


def test_a_label_is_in_the_file_when_the_step_comes_back(store, path):
    step = store.label([3, 5], 2)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT * FROM current ORDER BY sample").fetchall() == [(3, 2), (5, 2)]
    assert (step.samples, step.labels, step.counts) == ((3, 5), (2, 2), (0, 0, 2))
    assert (step.labelled, step.undo, step.redo) == (2, True, False)


def test_the_file_is_written_as_safely_as_sqlite_can(store):
    with store._ready() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"


def test_only_what_changes_is_a_change(store, labels):
    store.label([1, 2], 0)
    step = store.label([1, 2, 3], 0)
    assert step.samples == (3,)
    assert store.label([1], None).labels == (None,)
    assert labels(store) == {2: 0, 3: 0}
    assert store.label([9], None).samples == ()


def test_a_step_that_changed_nothing_is_none_to_undo(store, labels):
    store.label([1], 0)
    store.undo()
    store.label([4], None)
    assert store.redo().samples == (1,), "it did not empty what can be done again either"


def test_a_lasso_is_undone_at_once(store, labels):
    store.label([1], 1)
    store.label(range(10), 2, source="lasso")
    step = store.undo()
    assert dict(zip(step.samples, step.labels, strict=True))[1] == 1
    assert labels(store) == {1: 1}
    assert labels(LabelStore(store.path, store.rows, store.classes)) == {1: 1}


def test_samples_can_get_labels_of_their_own_in_one_step(store, labels):
    store.label([0], 1)
    step = store.assign({0: None, 1: 1, np.int64(2): np.int16(2)}, source="import")
    assert labels(store) == {1: 1, 2: 2}
    assert step.counts == (0, 1, 1)
    store.undo()
    assert labels(store) == {0: 1}


def test_a_repeated_request_changes_nothing_and_is_told_the_same(store, labels):
    first = store.label([1], 2, key="page:1")
    store.label([1], 0, key="page:2")
    again = store.label([1], 2, key="page:1")
    assert (again.id, again.samples, again.labels) == (first.id, (1,), (2,))
    assert labels(store) == {1: 0}
    undone = store.undo(key="page:3")
    assert store.undo(key="page:3").id == undone.id
    assert labels(store) == {1: 2}
    assert len(store.history()) == 3


def test_an_undo_that_found_nothing_finds_nothing_when_it_is_repeated(store, labels):
    assert store.undo(key="a").samples == ()
    store.label([1], 2)
    assert store.undo(key="a").samples == ()
    assert labels(store) == {1: 2}


def test_a_key_is_not_taken_for_another_kind_of_step(store):
    store.label([1], 2, key="a")
    with pytest.raises(LabelError, match="'a' was used for another step"):
        store.undo(key="a")


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda s: s.label([20], 0), "no sample 20; they are numbered 0 to 19"),
        (lambda s: s.label([-1], 0), "no sample -1"),
        (lambda s: s.label([1.0], 0), "no sample 1.0"),
        (lambda s: s.label([True], 0), "no sample True"),
        (lambda s: s.label(["1"], 0), "no sample '1'"),
        (lambda s: s.label([1], 3), "no class 3; they are numbered 0 to 2"),
        (lambda s: s.label([1], "0"), "no class '0'"),
        (lambda s: s.label([], 0), "choose at least one"),
        (lambda s: s.label([1], 0, source="magic"), "no source; choose one of hand"),
        (lambda s: s.label([1], 0, key=""), "1 to 120 characters"),
        (lambda s: s.label([1], 0, key="x" * 121), "1 to 120 characters"),
    ],
)
def test_a_wrong_request_changes_nothing_and_says_why(store, ask, why):
    with pytest.raises(LabelError, match=why):
        ask(store)
    assert store.history() == []


def test_the_log_tells_who_did_what(store):
    store.label([1, 2], 0, source="lasso")
    store.label([1], 1, source="queue")
    store.undo()
    kinds = [(s.kind, s.target, s.source, s.changed, s.labelled) for s in store.history()]
    assert kinds == [
        ("label", None, "lasso", 2, 2),
        ("label", None, "queue", 1, 2),
        ("undo", 2, "queue", 1, 2),
    ]
    seen = store.events()
    assert [(e.sample, e.before, e.label) for e in seen] == [
        (1, None, 0),
        (2, None, 0),
        (1, 0, 1),
        (1, 1, 0),
    ]
    assert store.events(since=seen[2].id) == seen[3:]
    assert store.last_event(1) == seen[3]
    assert store.last_event(9) is None


@pytest.mark.parametrize(
    "crime",
    [
        "DELETE FROM events",
        "UPDATE events SET label = 0",
        "INSERT OR REPLACE INTO events VALUES (1, 1, 1, 0, NULL)",
        "DELETE FROM steps",
        "UPDATE steps SET kind = 'undo'",
        "INSERT OR REPLACE INTO steps VALUES (7, 0, 'label', NULL, 'hand', 'a')",
        "UPDATE about SET rows = 5",
        "INSERT OR REPLACE INTO about VALUES (1, 5, 5)",
    ],
)
def test_the_log_only_grows_whoever_writes(store, path, crime):
    store.label([1], 2, key="a")
    with (
        closing(sqlite3.connect(path)) as other,
        pytest.raises(sqlite3.IntegrityError, match=r"added|once"),
    ):
        other.execute(crime)


def test_threads_share_a_store(store, labels):
    """Each labels samples of its own, every request twice."""

    def work(worker):
        for number in range(25):
            for _ in range(2):
                store.label([worker * 5 + number % 5], number % 3, key=f"{worker}:{number}")
            store.current()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = store.history()
    assert len(history) == 100
    assert history[-1].labelled == 20
    assert labels(LabelStore(store.path, store.rows, store.classes)) == labels(store)


READER = """
import sys
from pathlib import Path
from models.labels import LabelStore
assert "torch" not in sys.modules, "keeping labels needs no torch"
store = LabelStore(Path(sys.argv[1]), 20, 3)
for line in sys.stdin:
    if line.startswith("label"):
        store.label([19], 1, key=line)
    print(store.current()[:3].tolist(), store.standing().undo, flush=True)
"""


def test_another_process_sees_and_adds_to_the_same_labels(store, path, labels):
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )

    def ask(what):
        process.stdin.write(f"{what}\n")
        process.stdin.flush()
        return process.stdout.readline().strip()

    try:
        assert ask("?") == "[-1, -1, -1] False"
        for number in range(3):
            store.label([number], number)
        assert ask("?") == "[0, 1, 2] True"
        ask("label")
        assert labels(store)[19] == 1
        store.undo()
        assert 19 not in labels(store), "the last step of all is undone, whoever made it"
    finally:
        process.communicate(timeout=30)


def test_a_step_that_another_process_takes_in_between_is_heeded(store, labels):
    """It comes after this one has read the log, and before it may write."""
    store.label([5], 0)
    faster = [LabelStore(store.path, store.rows, store.classes)]

    def take_it(statement):
        if statement.startswith("BEGIN") and faster:
            faster.pop().label([1], 2)

    with store._ready() as connection:
        connection.set_trace_callback(take_it)
    assert store.undo().samples == (1,), "the newest step of all"
    assert labels(store) == {5: 0}


def test_what_is_labelled_after_others_came_and_went_is_in_the_file(store, labels):
    """Another store here, as a list of projects opens, and one of a process that trains."""
    store.label([1], 0)
    with LabelStore(store.path, store.rows, store.classes) as counting:
        assert counting.counts() == (1, 0, 0)
    seen = "from pathlib import Path; import sys; from models.labels import LabelStore\n"
    seen += f"with LabelStore(Path(sys.argv[1]), {store.rows}, {store.classes}) as store:\n"
    seen += "    print(store.current().tolist().index(0), sum(store.counts()))"
    command = [sys.executable, "-c", seen, str(store.path)]

    def told():
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert told() == "1 1\n"
    store.label([2], 2)
    assert told() == "1 2\n", "it is where others look, not in a log that they have removed"
