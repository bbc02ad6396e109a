"""Label files that cannot be used, and disks that cannot take more: said, and nothing is lost."""

import os
import random
import shutil
import sqlite3
from contextlib import closing

import pytest

from models.labels import LabelError, LabelStore, NotKept

ROWS, CLASSES = 20, 3


def reopened(path, rows=ROWS, classes=CLASSES):
    with LabelStore(path, rows, classes) as store:
        return store.current()


def pragma(path, line):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA {line}")


def garbage(path):
    path.write_bytes(b"Serial,label\n1,2\n" * 400)


def someone_elses(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE steps (id)")


def newer(path):
    LabelStore(path, ROWS, CLASSES).close()
    pragma(path, "user_version = 2")


def torn(path):
    with LabelStore(path, ROWS, CLASSES) as store:
        store.label(range(20), 1)
    data = bytearray(path.read_bytes())
    data[4096 * 2 :] = b"\xa5" * (len(data) - 4096 * 2)
    path.write_bytes(data)


def cut_short(path):
    with LabelStore(path, ROWS, CLASSES) as store:
        store.label(range(20), 1)
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (garbage, "is no file of labels"),
        (someone_elses, "is another program's data base"),
        (newer, "has format 2 and this version reads 1; update the studio"),
        (torn, "is damaged"),
        (cut_short, "is damaged"),
        (lambda path: path.mkdir(), "cannot be"),
    ],
)
def test_a_file_that_is_not_whole_or_not_ours_stays_as_it_is(path, make, why):
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(LabelError, match=why):
        LabelStore(path, ROWS, CLASSES)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_labels_are_not_shown_on_other_data(store, path):
    store.close()
    with pytest.raises(LabelError, match="about 20 samples of 3 classes, and the data has 30 of 3"):
        LabelStore(path, 30, CLASSES)


@pytest.mark.parametrize("left", [b"", None], ids=["empty", "without tables"])
def test_what_a_killed_maker_left_behind_becomes_a_label_file(path, left):
    if left is None:
        pragma(path, "journal_mode = WAL")
    else:
        path.write_bytes(left)
    assert len(reopened(path)) == ROWS


def test_random_damage_is_refused_in_a_sentence_or_harmless(path, tmp_path):
    with LabelStore(path, ROWS, CLASSES) as store:
        for number in range(30):
            store.label([number % ROWS], number % CLASSES, key=str(number))
    whole, draws, refused = path.read_bytes(), random.Random(0), []
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(draws.choice([1, 8, 64])):
            data[draws.randrange(len(data))] = draws.randrange(256)
        path.write_bytes(data)
        try:
            with LabelStore(path, ROWS, CLASSES) as store:
                store.current()
                store.label([1], 2)
                store.undo()
                store.history()
        except LabelError as error:
            refused.append(str(error))
        for beside in tmp_path.glob("labels.sqlite-*"):
            beside.unlink()
    assert len(refused) > 20
    assert all(line.endswith(".") and len(line) < 400 for line in refused)


def test_an_undo_that_never_could_have_been_is_damage(store, path):
    store.label([1], 1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for _ in range(2):
            other.execute(
                "INSERT INTO steps (time, kind, target, source) VALUES (0, 'undo', 1, '')"
            )
    with pytest.raises(LabelError, match="contradicts itself"):
        store.current()


@pytest.fixture
def no_more_room(path):
    """Let no file grow, as on a full disk."""
    resource = pytest.importorskip("resource")
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill():
        wal = path.with_name(f"{path.name}-wal")
        size = max(file.stat().st_size for file in (path, wal) if file.exists())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    yield fill
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


def test_a_full_disk_refuses_the_step_and_keeps_every_other(store, labels, path, no_more_room):
    store.label([1], 2, key="1")
    no_more_room()
    kept, why = 1, ""
    while not why:
        try:
            store.label([kept % 10], kept % 3, key=str(kept + 1))
            kept += 1
        except NotKept as error:
            why = str(error)
    assert "full" in why
    assert len(store.history()) == kept, "it can still be read, and holds what was acknowledged"
    resource = pytest.importorskip("resource")
    resource.setrlimit(resource.RLIMIT_FSIZE, resource.getrlimit(resource.RLIMIT_FSIZE)[1:] * 2)
    step = store.label([19], 0, key=str(kept + 1))
    assert step.samples == (19,), "the same request, made again, is kept"
    assert len(store.history()) == kept + 1


def test_another_process_that_holds_the_file_for_too_long_is_named(store, path, monkeypatch):
    with store._ready() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotKept, match="Another process has been writing"):
            store.label([1], 2, key="a")
        other.execute("ROLLBACK")
    assert store.label([1], 2, key="a").samples == (1,)


@pytest.mark.skipif(not hasattr(os, "geteuid") or not os.geteuid(), reason="root may do anything")
def test_a_file_that_may_not_be_written_is_refused(store, path):
    store.close()
    path.chmod(0o400)
    with pytest.raises(LabelError):
        LabelStore(path, ROWS, CLASSES)


def test_a_project_deleted_under_an_open_store_is_said(store, path):
    store.label([1], 1)
    store.close()
    shutil.rmtree(path.parent)
    with pytest.raises(NotKept, match=r"see whether its folder is there"):
        store.current()
