import errno
import os
import stat

import pytest

from models.atomic import remove_folder, write_file, write_folder

FILES = {"a.bin": b"a" * 1000, "b.bin": b"b" * 10, "manifest.json": b"{}"}
ERRORS = [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()]


@pytest.fixture
def fail_at(monkeypatch):
    """Let the n-th fsync raise, which is where a full disk is often first heard of."""

    def arm(number, error):
        real, calls = os.fsync, []

        def fsync(descriptor):
            calls.append(descriptor)
            if len(calls) == number:
                raise error
            real(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)

    return arm


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_interrupted_write_leaves_the_old_file(tmp_path, fail_at, error):
    path = tmp_path / "labels.csv"
    write_file(path, b"old")
    fail_at(1, error)
    with pytest.raises(type(error)):
        write_file(path, b"new and longer")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["labels.csv"]


def test_a_full_disk_is_named(tmp_path, fail_at):
    fail_at(1, ERRORS[0])
    with pytest.raises(OSError, match="No space left on device"):
        write_file(tmp_path / "new", b"data")
    assert names(tmp_path) == []


def test_a_write_replaces_and_keeps_the_mode(tmp_path):
    path = tmp_path / "notes.txt"
    write_file(path, b"one")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o600)
    write_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["notes.txt"]


def test_a_folder_is_written_with_every_file(tmp_path):
    write_folder(tmp_path / "deep" / "run", FILES)
    assert content(tmp_path / "deep" / "run") == FILES
    assert names(tmp_path / "deep") == ["run"]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("number", range(1, len(FILES) + 3))
def test_a_folder_appears_whole_or_not_at_all(tmp_path, fail_at, error, number):
    fail_at(number, error)
    with pytest.raises(type(error)):
        write_folder(tmp_path / "run", FILES)
    # The last sync is that of the parent, when the folder already has its name.
    if number == len(FILES) + 2:
        assert content(tmp_path / "run") == FILES
        assert names(tmp_path) == ["run"]
    else:
        assert names(tmp_path) == []


def test_a_folder_that_exists_is_never_written_over(tmp_path):
    write_folder(tmp_path / "run", FILES)
    with pytest.raises(FileExistsError, match="exists already"):
        write_folder(tmp_path / "run", {"a.bin": b"other"})
    assert content(tmp_path / "run") == FILES
    assert names(tmp_path) == ["run"]


def test_a_removal_cut_short_still_hides_the_folder(tmp_path, monkeypatch):
    write_folder(tmp_path / "run", FILES)
    write_folder(tmp_path / "other", FILES)
    monkeypatch.setattr("shutil.rmtree", lambda *args, **kwargs: None)
    remove_folder(tmp_path / "run")
    assert [name for name in names(tmp_path) if not name.startswith(".")] == ["other"]


def test_a_removed_folder_leaves_nothing(tmp_path):
    write_folder(tmp_path / "run", FILES)
    remove_folder(tmp_path / "run")
    assert names(tmp_path) == []


def test_writers_at_once_do_not_mix(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    path = tmp_path / "state"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: write_file(path, bytes([65 + i]) * 5000), range(16)))
    assert len(set(path.read_bytes())) == 1
    assert len(path.read_bytes()) == 5000
    assert names(tmp_path) == ["state"]
