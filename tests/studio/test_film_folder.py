"""What killed studios leave behind, and what must be left alone."""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from models import hub
from studio.checkpoint_uploads import UPLOADS
from studio.film_folder import OLD_SECONDS, PREFIX, YOUNG_SECONDS, FilmFolder, remove_leftovers

STUDIO = """
import tempfile, sys
tempfile.tempdir = sys.argv[1]
from studio.film_folder import FilmFolder
folder = FilmFolder()
folder.path("film").write_bytes(b"film")
print(folder.path("film").parent, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@contextmanager
def studio(temporary):
    """Another process that keeps films."""
    process = subprocess.Popen(
        [sys.executable, "-c", STUDIO, str(temporary)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process, Path(process.stdout.readline().strip())


def aged(folder, seconds):
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_only_the_folder_of_a_killed_studio_goes(temporary):
    with studio(temporary) as (living, kept), studio(temporary) as (killed, left):
        assert (left / "film").is_file()
        for folder in (kept, left):
            aged(folder, 2 * YOUNG_SECONDS)
        remove_leftovers()
        assert kept.is_dir()
        assert left.is_dir()
        killed.kill()
        killed.wait()
        remove_leftovers()
        assert (kept / "film").is_file()
        assert not left.exists()
        living.communicate("\n")
        assert not kept.exists()


def test_young_folders_and_those_without_a_lock_are_left_until_they_are_old(temporary):
    folder = temporary / f"{PREFIX}earlier"
    folder.mkdir()
    for age in (0, 2 * YOUNG_SECONDS):
        aged(folder, age)
        remove_leftovers()
        assert folder.is_dir()
    aged(folder, 2 * OLD_SECONDS)
    remove_leftovers()
    assert not folder.exists()


def test_files_that_arrived_at_a_killed_studio_go_when_they_are_old(temporary):
    prefixes = (UPLOADS, hub.SCRATCH, "latent-studio-")
    old, young, mine = (temporary / f"{prefix}folder" for prefix in prefixes)
    for folder, age in ((old, 2 * OLD_SECONDS), (young, 0), (mine, 2 * OLD_SECONDS)):
        folder.mkdir()
        (folder / "body").touch()
        aged(folder, age)
    remove_leftovers(UPLOADS, hub.SCRATCH)
    assert not old.exists()
    assert young.is_dir()
    assert mine.is_dir()


def test_links_and_other_things_are_left_alone(temporary):
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine").touch()
    (temporary / f"{PREFIX}link").symlink_to(elsewhere)
    (temporary / f"{PREFIX}file").touch()
    for path in temporary.iterdir():
        then = time.time() - 2 * OLD_SECONDS
        os.utime(path, (then, then), follow_symlinks=False)
    remove_leftovers()
    assert len(list(temporary.iterdir())) == 3
    assert (elsewhere / "mine").is_file()


def test_a_closed_folder_is_gone_and_made_anew_when_needed():
    folder = FilmFolder()
    first = folder.path("film")
    first.touch()
    folder.close()
    assert not first.parent.exists()
    second = folder.path("film")
    second.touch()
    assert second.parent != first.parent
    folder.close()
