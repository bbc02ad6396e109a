import os
import shutil
import threading
import time

import pytest
import torch

from models import registry as registry_module
from models.checkpoint import CheckpointError
from models.registry import PRETRAINED, Registry, default_workspace
from tests.models.registries import damage, listed, tree


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
