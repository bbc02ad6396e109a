"""What a checkpoint may be called, and how it is called something else."""

import contextlib
import os
import shutil

import pytest

from models.checkpoint import CheckpointError
from models.registry import Registry, require_name
from tests.models.registries import damage, listed, tree

NOT_NAMES = [
    "",
    ".",
    "..",
    "../mine",
    "../../etc/passwd",
    "..\\mine",
    "mine/..",
    "mine/",
    "/mine",
    "/etc/passwd",
    "//server/share",
    "C:\\mine",
    "C:mine",
    "a/b",
    "a\\b",
    "%2e%2e%2fmine",
    "mine%2f..",
    "..%5cmine",
    "%00",
    "mine\0",
    "\0",
    "mine\n",
    "\nmine",
    "mine ",
    " mine",
    "~",
    "~root",
    "$HOME",
    "`id`",
    "mine;ls",
    "-rf",
    "--help",
    ".hidden",
    ".mine.0badcafe.tmp",
    "_mine",
    "*",
    "min?",
    "x" * 65,
    "x" * 100_000,
    "mïne",
    "mine\u202e",
    "．．／mine",
    "[/bold]",
    "<script>",
]


def test_renames_and_removes_ones_own(registry):
    registry.open("mine")
    registry.rename("mine", "yours")
    assert listed(registry) == [("shipped", True, None), ("yours", False, None)]
    assert registry.open("yours").name == "yours"
    with pytest.raises(CheckpointError, match="no checkpoint 'mine'"):
        registry.open("mine")
    registry.remove("yours")
    assert listed(registry) == [("shipped", True, None)]
    assert list(registry.own.iterdir()) == []
    with pytest.raises(CheckpointError, match="no checkpoint 'yours'"):
        registry.remove("yours")


def test_renaming_onto_another_changes_nothing(registry):
    shutil.copytree(registry.own / "mine", registry.own / "other")
    before = tree(registry.workspace)
    for taken in ("other", "shipped", "mine"):
        with pytest.raises(CheckpointError, match="already"):
            registry.rename("mine", taken)
    assert tree(registry.workspace) == before


def test_free_names(registry):
    assert registry.free_name("new") == "new"
    assert registry.free_name("mine") == "mine-2"
    assert registry.free_name("shipped") == "shipped-2"
    shutil.copytree(registry.own / "mine", registry.own / "mine-2")
    assert registry.free_name("mine") == "mine-3"
    longest = "x" * 64
    (registry.own / longest).mkdir()
    assert require_name(registry.free_name(longest)) == "x" * 58 + "-2"


@pytest.mark.parametrize("name", NOT_NAMES, ids=lambda name: ascii(name)[:30])
def test_what_is_no_name_is_refused_everywhere(registry, tmp_path, name):
    before = tree(tmp_path)
    opened = registry.open("mine")
    for call in (
        registry.folder,
        registry.open,
        registry.verify,
        registry.remove,
        registry.free_name,
        lambda name: registry.rename("mine", name),
        lambda name: registry.rename(name, "new"),
        lambda name: registry.save(name, opened.config, opened.model),
    ):
        with pytest.raises(CheckpointError, match="is no checkpoint name") as caught:
            call(name)
        assert len(str(caught.value)) < 250
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["a", "0", "A.b_c-9", "x" * 64, "mine..2", "CON"])
def test_names_that_are_names(name):
    assert require_name(name) == name


def test_links_out_of_the_workspace_are_not_followed(registry, tmp_path):
    outside = shutil.copytree(registry.own / "mine", tmp_path / "outside")
    (registry.own / "link").symlink_to(outside)
    (registry.own / "dangling").symlink_to(tmp_path / "nowhere")
    assert [name for name, _, _ in listed(registry)] == ["shipped", "mine"]
    for call in (registry.open, registry.remove, lambda name: registry.rename(name, "new")):
        with pytest.raises(CheckpointError, match="no checkpoint 'link'"):
            call("link")
    assert registry.free_name("link") == "link-2"
    assert len(tree(outside)) == 5


def test_renaming_brings_the_title_of_the_card_along(registry):
    opened = registry.open("mine")
    registry.save("titled", opened.config, opened.model)
    registry.rename("titled", "retitled")
    card = registry.open("retitled").card
    assert "# retitled" in card.splitlines()
    assert "# titled" not in card.splitlines()
    registry.verify("retitled")


@pytest.mark.parametrize("number", range(1, 8))
def test_a_rename_cut_short_loses_nothing(registry, monkeypatch, number):
    real, calls = os.fsync, []

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == number:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with contextlib.suppress(OSError):
        registry.rename("mine", "yours")
    names = [entry.name for entry in registry.entries() if not entry.shipped]
    assert names in (["mine"], ["mine", "yours"], ["yours"])
    for name in names:
        registry.verify(name)


def test_a_damaged_one_can_be_renamed_and_stays_as_it_is(registry):
    damage(registry.own / "mine")
    before = tree(registry.own / "mine")
    registry.rename("mine", "yours")
    assert tree(registry.own / "yours") == before
    with pytest.raises(CheckpointError, match="is damaged"):
        registry.open("yours")


def test_whoever_renames_second_is_told_and_nothing_is_lost(registry, monkeypatch):
    real = Registry.add

    def slow_add(self, name, files):
        folder = real(self, name, files)
        if name == "second":
            monkeypatch.setattr(Registry, "add", real)
            registry.rename("mine", "first")
        return folder

    monkeypatch.setattr(Registry, "add", slow_add)
    with pytest.raises(CheckpointError, match="no checkpoint 'mine'"):
        registry.rename("mine", "second")
    assert [name for name, _, _ in listed(registry)] == ["shipped", "first"]
    registry.verify("first")


def test_a_name_taken_while_saving_is_refused_and_the_other_stays(registry, monkeypatch):
    opened = registry.open("mine")
    monkeypatch.setattr(Registry, "require_free", lambda self, name: None)
    before = tree(registry.own)
    with pytest.raises(CheckpointError, match="'mine' already"):
        registry.save("mine", opened.config, opened.model)
    with pytest.raises(CheckpointError, match="'mine' already"):
        registry.add("mine", {"config.json": b""})
    assert tree(registry.own) == before
