import contextlib
import hashlib
import os
import shutil
import threading
import time

import pytest
import torch

from models import registry as registry_module
from models.checkpoint import CheckpointError
from models.registry import PRETRAINED, Registry, default_workspace, require_name

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


def tree(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def listed(registry):
    return [(entry.name, entry.shipped, entry.error) for entry in registry.entries()]


def damage(folder, file="model.safetensors"):
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / file).write_bytes(data)


def test_lists_shipped_ones_first_and_says_which(registry):
    assert listed(registry) == [("shipped", True, None), ("mine", False, None)]
    for entry in registry.entries():
        assert entry.config.recipe == "navigator-digits"
        assert registry.is_intact(entry)


def test_an_empty_or_absent_workspace_is_no_error(tmp_path):
    registry = Registry(tmp_path / "none", pretrained=tmp_path / "neither")
    assert registry.entries() == []
    with pytest.raises(CheckpointError, match="no checkpoint 'mine'; `python -m models"):
        registry.open("mine")
    assert not (tmp_path / "none").exists(), "looking creates nothing"


def test_opens_once_and_notices_another_file(registry):
    first = registry.open("mine")
    assert registry.open("mine") is first
    assert not first.model.training
    registry.remove("mine")
    shutil.copytree(registry.pretrained / "shipped", registry.own / "mine")
    os.utime(registry.own / "mine" / "manifest.json", ns=(1, 1))
    again = registry.open("mine")
    assert again is not first
    assert again.digest == first.digest


def test_opens_from_many_threads_at_once(registry):
    opened = []
    threads = [
        threading.Thread(target=lambda: opened.append(registry.open("mine"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    assert len(set(map(id, opened))) == 1


def test_keeps_no_more_open_than_it_says(registry, monkeypatch):
    monkeypatch.setattr("models.opened.OPEN_AT_ONCE", 2)
    for name in ("b", "c"):
        shutil.copytree(registry.own / "mine", registry.own / name)
    first = registry.open("mine")
    registry.open("b")
    assert registry.open("mine") is first
    registry.open("c")
    assert registry.open("mine") is first, "used last but one"
    assert len(registry._opened) == 2


@pytest.fixture
def loaded(monkeypatch):
    """A machine with a second device; the devices that checkpoints were loaded for."""
    devices, load = [], registry_module.load_checkpoint

    def noted(folder, device):
        devices.append(device)
        return load(folder, "cpu")

    monkeypatch.setattr(registry_module, "load_checkpoint", noted)
    monkeypatch.setattr(registry_module, "choose_device", torch.device)
    return devices


def test_every_device_has_a_copy_of_its_own(registry, loaded):
    here, there = registry.open("mine"), registry.open("mine", "cuda")
    assert here is not there
    assert registry.open("mine") is registry.open("mine", "cpu") is here
    assert registry.open("mine", "cuda") is there
    assert loaded == ["cpu", "cuda"]


def test_no_copy_outlives_its_checkpoint(registry, loaded):
    for device in (None, "cuda"):
        registry.open("mine", device)
    registry.open("shipped", "cuda")
    registry.remove("mine")
    assert len(registry._opened) == 1
    registry.open("shipped", "cuda")
    assert loaded == ["cpu", "cuda", "cuda"]


def test_a_device_that_is_not_there_is_refused_and_nothing_kept(registry, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="no cuda device on this machine"):
        registry.open("mine", "cuda")
    with pytest.raises(ValueError, match="'abacus' is no device"):
        registry.open("mine", "abacus")
    assert len(registry._opened) == 0


def test_a_saved_checkpoint_is_listed_and_a_taken_name_refused(registry):
    opened = registry.open("mine")
    folder = registry.save("new", opened.config, opened.model, opened.atlas)
    assert folder == registry.own / "new"
    assert [name for name, _, _ in listed(registry)] == ["shipped", "mine", "new"]
    for taken in ("shipped", "mine", "new"):
        with pytest.raises(CheckpointError, match=f"a checkpoint '{taken}' already"):
            registry.save(taken, opened.config, opened.model)


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


def test_shipped_ones_cannot_be_changed(registry):
    before = tree(registry.pretrained)
    with pytest.raises(CheckpointError, match="shipped with the studio"):
        registry.rename("shipped", "mine-now")
    with pytest.raises(CheckpointError, match="shipped with the studio"):
        registry.remove("shipped")
    assert tree(registry.pretrained) == before


def test_opening_and_listing_write_nothing(registry, tmp_path):
    before = tree(tmp_path)
    for entry in registry.entries():
        registry.is_intact(entry)
        registry.open(entry.name)
        registry.verify(entry.name)
    assert tree(tmp_path) == before


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


def test_a_damaged_one_is_listed_with_its_error_and_hides_no_other(registry):
    shutil.copytree(registry.own / "mine", registry.own / "broken")
    (registry.own / "broken" / "config.json").write_text("{")
    (registry.own / "empty").mkdir()
    entries = {entry.name: entry for entry in registry.entries()}
    assert list(entries) == ["shipped", "broken", "empty", "mine"]
    assert "Checkpoint 'broken' has an unreadable config.json" in entries["broken"].error
    assert entries["empty"].error == "Checkpoint 'empty' is incomplete: config.json is missing."
    assert entries["mine"].error is None
    assert [registry.is_intact(entry) for entry in entries.values()] == [True, False, False, True]


def test_damage_in_the_weights_is_found_on_opening(registry):
    damage(registry.own / "mine")
    (entry,) = (entry for entry in registry.entries() if entry.name == "mine")
    assert not registry.is_intact(entry)
    for call in (registry.open, registry.verify):
        with pytest.raises(CheckpointError, match=r"'mine' is damaged: model\.safetensors"):
            call("mine")
    assert registry.open("shipped").name == "shipped"


def test_a_shipped_name_is_never_shadowed(registry):
    shutil.copytree(registry.own / "mine", registry.own / "shipped")
    assert listed(registry) == [("shipped", True, None), ("mine", False, None)]
    assert registry.folder("shipped").parent == registry.pretrained


def test_two_workspaces_share_only_what_is_shipped(registry, tmp_path):
    other = Registry(tmp_path / "other", pretrained=registry.pretrained)
    opened = registry.open("shipped")
    other.save("theirs", opened.config, opened.model)
    assert [name for name, _, _ in listed(other)] == ["shipped", "theirs"]
    assert [name for name, _, _ in listed(registry)] == ["shipped", "mine"]
    assert len(tree(registry.pretrained)) == 5


def test_where_things_lie_by_default(monkeypatch, tmp_path):
    assert str(default_workspace()) == "workspace"
    monkeypatch.setenv("STUDIO_WORKSPACE", str(tmp_path))
    assert default_workspace() == tmp_path
    assert PRETRAINED.name == "pretrained"
    assert (PRETRAINED.parent / "models").is_dir()


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


def test_sizes_and_states(registry):
    shipped, mine = registry.entries()
    assert mine.size == sum(p.stat().st_size for p in mine.folder.iterdir())
    assert registry.state(mine).state == "unchecked"
    registry.open("mine")
    assert registry.state(mine).state == "intact"
    damage(mine.folder)
    assert registry.state(mine).state == "unchecked", "the files are others now"
    with pytest.raises(CheckpointError):
        registry.verify("mine")
    assert registry.state(mine).state == "damaged"
    assert "model.safetensors" in registry.state(mine).reason
    assert not registry.is_intact(mine)
    assert registry.is_intact(shipped)


def test_files_that_do_not_change_are_hashed_once(registry, monkeypatch):
    (_, mine) = registry.entries()
    for path in mine.folder.iterdir():
        os.utime(path)
    time.sleep(0.15)
    assert registry.is_intact(mine)
    monkeypatch.setattr("models.integrity.verify", lambda folder: pytest.fail("read again"))
    assert registry.is_intact(mine)
    assert registry.state(mine).state == "intact"


def test_leftovers_of_killed_writers_are_swept_after_an_hour(registry):
    own, opened = registry.own, registry.open("mine")
    for name in (".old.0badcafe.tmp", ".new.0badcafe.tmp", ".notes", ".odd.tmp"):
        (own / name).mkdir()
        (own / name / "model.safetensors").write_bytes(b"half")
    for name in (".old.0badcafe.tmp", ".notes", ".odd.tmp"):
        for path in (own / name / "model.safetensors", own / name):
            os.utime(path, (1, 1))
    registry.entries()
    assert (own / ".old.0badcafe.tmp").exists(), "looking changes nothing"
    registry.save("another", opened.config, opened.model)
    hidden = {path.name for path in own.iterdir() if path.name.startswith(".")}
    assert hidden == {".new.0badcafe.tmp", ".notes", ".odd.tmp"}
