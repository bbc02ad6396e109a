"""Checkpoints and weights from elsewhere: what is taken, and what each refusal says."""

import dataclasses
import json
import os
import shutil
import stat
import zipfile

import pytest
import safetensors.torch
import torch

from models.checkpoint import CheckpointError
from models.exporting import export_folder, export_zip, write_zip
from models.importing import import_checkpoint, pickled, plain_name
from models.manifest import FILES as KNOWN
from models.recipes import get_recipe
from models.vae import VAE

FILES = [file for file in KNOWN if file != "directions.safetensors"]
"""Those of a checkpoint without attribute directions"""

RECIPE = "navigator-digits"


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(0)
    return VAE(get_recipe(RECIPE).model).state_dict()


@pytest.fixture
def save(tmp_path):
    def save(state, name="old.pth", **options):
        torch.save(state, tmp_path / name, **options)
        return tmp_path / name

    return save


@pytest.fixture
def refuse(registry):
    """Import what must be refused; return the sentence."""

    def refuse(path, **options):
        before = sorted(os.listdir(registry.own))
        with pytest.raises(CheckpointError) as caught:
            import_checkpoint(registry, path, **options)
        assert sorted(os.listdir(registry.own)) == before, "nothing is left behind"
        message = str(caught.value)
        assert message.endswith(".")
        assert "\n" not in message
        assert len(message) < 900
        return message

    return refuse


def pack(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


class Compared(int):
    """A number that counts how often it is compared."""

    count = 0

    def __gt__(self, other):
        Compared.count += 1
        return int(self) > other


def test_each_number_of_a_pickle_is_looked_at_a_few_times_at_most(save, state, monkeypatch):
    count = 300
    program = [
        *(("BININT", Compared(number), None) for number in range(count)),
        *[("BINPERSID", None, None)] * count,
    ]
    monkeypatch.setattr(pickled, "_instructions", lambda file: program)
    monkeypatch.setattr(Compared, "count", 0)
    assert pickled.read_pth(save(state), "it")[0].keys() == state.keys()
    assert Compared.count <= 3 * count


@pytest.mark.parametrize("before", [(), (("MARK", None, None),)])
def test_the_largest_number_since_a_mark_is_a_tensors_size(save, state, monkeypatch, before):
    huge, small = ("BININT", 10**9, None), ("BININT", 1, None)
    reading = [huge, *before, small, ("BINPERSID", None, None)]
    monkeypatch.setattr(pickled, "_instructions", lambda file: reading)
    path = save(state)
    if before:
        pickled.read_pth(path, "it")
        return
    with pytest.raises(CheckpointError, match="a tensor of 1,000,000,000 numbers"):
        pickled.read_pth(path, "it")


def test_a_zip_goes_round(registry, tmp_path):
    path = write_zip(registry, "mine", tmp_path)
    digest = registry.open("mine").digest
    registry.remove("mine")
    imported = import_checkpoint(registry, path)
    assert imported.name == "mine"
    assert registry.open("mine").digest == digest


def test_a_folder_goes_round_and_a_taken_name_gets_a_number(registry, tmp_path):
    mine = registry.open("mine")
    registry.save("titled", mine.config, mine.model, mine.atlas)
    folder = export_folder(registry, "titled", tmp_path / "out")
    imported = import_checkpoint(registry, folder)
    assert imported.name == "titled-2"
    assert "# titled-2" in registry.open("titled-2").card.splitlines()
    assert registry.open("titled-2").config == mine.config
    assert import_checkpoint(registry, folder.parent).name == "titled-3", "it lies one folder down"
    with pytest.raises(CheckpointError, match="'titled' already"):
        import_checkpoint(registry, folder, name="titled")


def test_a_zip_is_the_same_bytes_each_time_and_packs_nothing(registry, tmp_path):
    path = write_zip(registry, "mine", tmp_path)
    assert path.read_bytes() == export_zip(registry, "mine")
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == sorted(f"mine/{file}" for file in FILES)
        assert {m.compress_type for m in archive.infolist()} == {zipfile.ZIP_STORED}
    with pytest.raises(CheckpointError, match=r"'mine\.zip' in .* already"):
        write_zip(registry, "mine", tmp_path)


def test_an_export_is_whole_or_not_there(registry, tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for export in (export_folder, write_zip):
        with pytest.raises(OSError, match="No space left"):
            export(registry, "mine", tmp_path / "out")
        assert os.listdir(tmp_path / "out") == []


def test_damaged_ones_are_not_exported(registry, tmp_path):
    weights = registry.own / "mine" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1])
    for export in (export_folder, write_zip):
        with pytest.raises(CheckpointError, match="is damaged"):
            export(registry, "mine", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_zip_made_by_another_program_is_taken(registry, tmp_path):
    mine = registry.own / "mine"
    members = [(f"{file}", (mine / file).read_bytes()) for file in FILES]
    path = tmp_path / "packed.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*members, ("__MACOSX/._config.json", b"x")]:
            archive.writestr(name, content)
    assert import_checkpoint(registry, path).name == "packed"


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("../config.json", "belongs to no checkpoint"),
        ("/etc/passwd", "belongs to no checkpoint"),
        ("a/b/config.json", "belongs to no checkpoint"),
        ("..\\config.json", "belongs to no checkpoint"),
        ("C:/config.json/../x", "belongs to no checkpoint"),
        ("run.sh", "belongs to no checkpoint"),
        ("other/config.json", "twice"),
    ],
)
def test_a_zip_may_hold_only_the_known_files(registry, refuse, tmp_path, name, cause):
    members = [(f"mine/{f}", (registry.own / "mine" / f).read_bytes()) for f in FILES]
    assert cause in refuse(pack(tmp_path / "x.zip", [*members, (name, b"x")]))


def test_files_of_two_folders_are_not_mixed(registry, refuse, tmp_path):
    members = [(f"{i}/{f}", (registry.own / "mine" / f).read_bytes()) for i, f in enumerate(FILES)]
    assert "several folders" in refuse(pack(tmp_path / "x.zip", members))


def test_a_link_in_a_zip_is_refused(registry, refuse, tmp_path):
    link = zipfile.ZipInfo("mine/config.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "is a link" in refuse(pack(tmp_path / "x.zip", [(link, "/etc/passwd")]))


def test_a_truncated_a_foreign_and_an_empty_zip_are_refused(registry, refuse, tmp_path):
    whole = write_zip(registry, "mine", tmp_path / "out").read_bytes()
    path = tmp_path / "x.zip"
    for content in (whole[: len(whole) // 2], whole[:-10], b"%PDF-1.7 nothing", b""):
        path.write_bytes(content)
        assert "no zip file, or was cut off" in refuse(path)
    assert "holds no checkpoint" in refuse(pack(path, []))


def test_a_zip_whose_content_was_changed_is_refused(registry, refuse, tmp_path):
    mine = registry.own / "mine"
    members = {f"mine/{f}": (mine / f).read_bytes() for f in FILES}
    members["mine/model.safetensors"] = members["mine/model.safetensors"][:-1] + b"\x01"
    assert "its checksum differs" in refuse(pack(tmp_path / "x.zip", members.items()))
    del members["mine/model.safetensors"]
    assert "model.safetensors is missing" in refuse(pack(tmp_path / "y.zip", members.items()))


def test_an_atlas_that_the_manifest_does_not_list_is_refused(registry, refuse, tmp_path):
    mine = registry.own / "mine"
    members = {f"mine/{f}": (mine / f).read_bytes() for f in FILES}
    manifest = json.loads(members["mine/manifest.json"])
    del manifest["atlas.safetensors"]
    members["mine/manifest.json"] = json.dumps(manifest).encode()
    assert "does not list 'atlas.safetensors'" in refuse(pack(tmp_path / "x.zip", members.items()))


def test_links_and_folders_without_a_checkpoint_are_refused(registry, refuse, tmp_path):
    (tmp_path / "empty").mkdir()
    assert "manifest.json is missing" in refuse(tmp_path / "empty")
    (tmp_path / "link").symlink_to(registry.own / "mine")
    assert "no file or folder" in refuse(tmp_path / "link")
    assert "no file or folder" in refuse(tmp_path / "nothing")
    shutil.copytree(registry.own / "mine", tmp_path / "copy")
    (tmp_path / "copy" / "model.safetensors").unlink()
    (tmp_path / "copy" / "model.safetensors").symlink_to("/etc/passwd")
    assert "is a link" in refuse(tmp_path / "copy")


@pytest.mark.parametrize("legacy", [False, True])
def test_old_weights_become_a_checkpoint(registry, save, state, legacy):
    path = save(state, _use_new_zipfile_serialization=not legacy)
    imported = import_checkpoint(registry, path, recipe=RECIPE)
    opened = registry.open(imported.name)
    assert imported.name == "old"
    assert opened.config.recipe == RECIPE
    assert opened.config.licence == "unknown"
    assert len(opened.atlas) > 1000, "the digits need no download"
    assert opened.config.class_names == tuple("0123456789")
    assert "imported from `old.pth` (sha256 " in opened.card
    assert "elbo" not in opened.config.metrics, "measured only if asked"
    for key, tensor in opened.model.state_dict().items():
        assert torch.equal(tensor, state[key])


def test_weights_are_measured_if_asked(registry, save, state):
    imported = import_checkpoint(registry, save(state), recipe=RECIPE, measure=True)
    assert registry.open(imported.name).config.metrics["elbo"] < 0
    assert "Measured on the test split of digits." in imported.notes


@pytest.mark.parametrize(
    ("wrap", "note"),
    [
        (lambda s: {"state_dict": s, "epoch": 3}, "Taken out of 'state_dict'."),
        (lambda s: {"model_state_dict": s}, "Taken out of 'model_state_dict'."),
        (lambda s: {"model": s, "args": {"lr": 0.1}}, "Taken out of 'model'."),
        (lambda s: {f"module.{k}": v for k, v in s.items()}, "'module.' was taken off every name."),
        (
            lambda s: {f"_orig_mod.model.{k}": v for k, v in s.items()},
            "'_orig_mod.' was taken off every name.",
        ),
        (lambda s: {k: v.half() for k, v in s.items()}, "They fit recipe 'navigator-digits'."),
        (lambda s: {k: v.double() for k, v in s.items()}, "They fit recipe 'navigator-digits'."),
    ],
)
def test_wrappings_are_taken_off_and_told(registry, save, state, wrap, note):
    assert note in import_checkpoint(registry, save(wrap(state))).notes


def test_another_latent_size_is_read_from_the_weights(registry, save):
    config = dataclasses.replace(get_recipe(RECIPE).model, latent_dim=8)
    imported = import_checkpoint(registry, save(VAE(config).state_dict()), recipe=RECIPE)
    assert registry.open(imported.name).config.model.latent_dim == 8
    assert "Latent size 8, read from the weights; the recipe has 2." in imported.notes


def test_a_latent_size_that_the_weights_contradict_is_told(save, state, refuse):
    eight = VAE(dataclasses.replace(get_recipe(RECIPE).model, latent_dim=8)).state_dict()
    mixed = {key: (eight if key.startswith("encoder") else state)[key] for key in state}
    message = refuse(save(mixed), recipe=RECIPE)
    assert "latent size could be 2, 8" in message
    assert "(16, 256) instead of (4, 256)" in message


def test_buffers_that_older_models_lack_are_zero(registry, save, state):
    old = {key: value for key, value in state.items() if key not in ("offset", "mean_example")}
    imported = import_checkpoint(registry, save(old), recipe=RECIPE)
    assert "offset is not in the file and was taken as zero." in imported.notes
    assert not registry.open(imported.name).model.offset.any()


def test_weights_of_another_recipe_are_named(save, refuse):
    other = VAE(get_recipe("navigator-mnist").model).state_dict()
    message = refuse(save(other), recipe=RECIPE)
    assert "do not fit recipe 'navigator-digits': missing decoder.0.weight" in message
    assert "unknown decoder.0.frequencies" in message
    assert "encoder.1.weight has the shape (512, 784) instead of (256, 784)" in message
    assert "They fit navigator-mnist." in message


def test_weights_that_fit_nothing_are_told_the_recipes(save, refuse):
    message = refuse(save({"fc1.weight": torch.zeros(400, 784)}))
    assert "fit no recipe as they are; say which it is: " in message
    assert "There is no recipe" in refuse(save({"a": torch.zeros(1)}), recipe="nothing")


def test_nan_is_refused_and_named(save, state, refuse):
    message = refuse(save({**state, "offset": state["offset"] * float("nan")}), recipe=RECIPE)
    assert "offset holds NaN or infinite values" in message


def test_a_tensor_far_larger_than_its_numbers_takes_no_memory(save, refuse, state):
    huge = {**state, "offset": torch.zeros(1).expand(1 << 40)}
    assert "offset has the shape (1099511627776,)" in refuse(save(huge), recipe=RECIPE)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ({"a": 1}, "something else than tensors by name ('a')"),
        ([torch.zeros(1)], "holds no state dict"),
        (torch.zeros(1), "holds no state dict"),
        ({}, "holds no state dict"),
        ({1: torch.zeros(1)}, "something else than tensors by name (1)"),
    ],
)
def test_what_is_no_state_dict_is_refused(save, refuse, content, cause):
    assert cause in refuse(save(content), recipe=RECIPE)


def test_safetensors_become_a_checkpoint(registry, refuse, state, tmp_path):
    path = tmp_path / "new weights.safetensors"
    safetensors.torch.save_file(state, path)
    assert import_checkpoint(registry, path, recipe=RECIPE, name="given").name == "given"
    assert import_checkpoint(registry, path).name == "new-weights"
    path.write_bytes(path.read_bytes()[:-5])
    assert "no safetensors file, or was cut off" in refuse(path, recipe=RECIPE)


def test_without_the_data_set_there_is_no_atlas_and_a_note(registry, save, tmp_path):
    weights = VAE(get_recipe("navigator-mnist").model).state_dict()
    imported = import_checkpoint(registry, save(weights), recipe="navigator-mnist")
    assert registry.open(imported.name).atlas is None
    assert any("'mnist' is not on this machine" in note for note in imported.notes)


def test_other_kinds_of_files_are_refused(refuse, tmp_path):
    for name in ("x.pkl", "x.npz", "x", "x.joblib", "x.pt2"):
        (tmp_path / name).write_bytes(b"x")
        assert "of no kind that can be imported" in refuse(tmp_path / name)


def test_plain_names():
    assert plain_name("My Model (1)") == "My-Model-1"
    assert plain_name("../../x") == "x"
    assert plain_name("...") == "imported"
    assert len(plain_name("x" * 300)) == 58
