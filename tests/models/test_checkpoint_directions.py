"""Attribute directions on their way through training, checkpoints and commands."""

import dataclasses
import json
import shutil

import pytest
import safetensors.torch
import torch
from typer.testing import CliRunner

from models import cli
from models.checkpoint import CheckpointError, load_checkpoint, verify, with_directions
from models.data import catalogue
from models.data.faces.synthetic import load_synthetic
from models.latent.attributes import MAIN
from models.manifest import seal
from models.networks import NetworkConfig
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs.execute import train_recipe


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """A few drawn faces."""
    return load_synthetic(tmp_path_factory.mktemp("faces"), validation=10, count=260, test=60)


@pytest.fixture(autouse=True)
def only_those(faces, monkeypatch):
    monkeypatch.setitem(catalogue._LOADERS, "faces-synthetic", lambda wish: faces)
    monkeypatch.setattr("models.quality.SAMPLES", 200)


@pytest.fixture(scope="module")
def trained(faces, tmp_path_factory):
    recipe = with_overrides(
        get_recipe("faces-synthetic"),
        epochs=1,
        latent_dim=8,
        network=NetworkConfig(
            kind="convolutional",
            channels=(4, 4, 4, 4),
            encoder_hidden=(),
            decoder_hidden=(),
            head="shuffled",
            principal=16,
        ),
    )
    small = dataclasses.replace(recipe, thumbnails=5, codes=50)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(catalogue._LOADERS, "faces-synthetic", lambda wish: faces)
        patch.setattr("models.quality.SAMPLES", 200)
        patch.setattr("models.attributes.learn_attributes.__kwdefaults__", {"faces": 4})
        return train_recipe(small, Registry(tmp_path_factory.mktemp("drawn")), name="drawn")


@pytest.fixture
def workspace(trained, tmp_path):
    shutil.copytree(trained, tmp_path / "checkpoints" / "drawn")
    return tmp_path


@pytest.fixture
def folder(workspace):
    return workspace / "checkpoints" / "drawn"


def invoke(workspace, *arguments):
    command = [*map(str, arguments), "--workspace", str(workspace)]
    result = CliRunner().invoke(cli.app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_training_leaves_directions_with_their_measures(folder, faces):
    checkpoint = load_checkpoint(folder)
    found = checkpoint.directions
    assert set(MAIN) <= set(found.names) <= set(faces.attribute_names)
    assert checkpoint.config.attribute_names == found.names
    assert found.dimensions == 8
    assert found.effects.shape == (2, 2, len(found.names), len(found.names))
    male = found.names.index("Male")
    assert found.auc[0, male] > 0.7
    assert found.effects[0, 0, male, male] > 0
    metrics = checkpoint.config.metrics
    assert metrics["direction_auc"]["Male"] == pytest.approx(float(found.auc[0, male]), abs=1e-4)
    assert set(metrics["cross_effects"]["raw"]) == set(MAIN)
    assert {"reconstruction", "ssim", "frechet"} <= metrics.keys()
    card = (folder / "README.md").read_text()
    assert f"| Male | {metrics['direction_auc']['Male']:.3f} |" in card
    assert "What else a step changes (conditional)" in card


def without_directions(folder):
    """Make it a checkpoint as they were before there were directions."""
    (folder / "directions.safetensors").unlink()
    config = json.loads((folder / "config.json").read_text())
    del config["attribute_names"]
    (folder / "config.json").write_text(json.dumps(config))
    sign(folder)


def sign(folder):
    files = {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "manifest.json"}
    (folder / "manifest.json").write_bytes(seal(files)["manifest.json"])


def test_an_older_checkpoint_has_none(folder):
    without_directions(folder)
    checkpoint = load_checkpoint(folder)
    assert checkpoint.directions is None
    assert checkpoint.config.attribute_names == ()


@pytest.mark.parametrize("content", [b"", b"not tensors", b"\x00" * 64])
def test_garbage_in_place_of_directions_is_refused(folder, content):
    (folder / "directions.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is damaged: directions\.safetensors"):
        load_checkpoint(folder)
    sign(folder)
    with pytest.raises(CheckpointError, match=r"unreadable directions\.safetensors"):
        load_checkpoint(folder)


@pytest.mark.parametrize(
    ("name", "tensor", "words"),
    [
        ("auc", None, "lack auc"),
        ("auc", torch.zeros(2, 1), "auc should be"),
        ("mean", torch.tensor(1.0), "mean should be"),
        ("covariance", torch.full((8, 8), float("nan")), "covariance should be finite"),
        ("normal.normals", torch.zeros(0, 8), "normals should be"),
        ("effects", torch.zeros(2, 2, 1, 1, dtype=torch.complex64), "effects should be"),
    ],
)
def test_broken_directions_are_refused(folder, name, tensor, words):
    state = safetensors.torch.load_file(folder / "directions.safetensors")
    del state[name]
    if tensor is not None:
        state[name] = tensor
    safetensors.torch.save_file(state, folder / "directions.safetensors")
    sign(folder)
    with pytest.raises(CheckpointError, match=f"unusable directions: .*{words}"):
        load_checkpoint(folder)


def test_directions_of_another_model_are_refused(folder, workspace):
    small = safetensors.torch.load_file(folder / "directions.safetensors")
    cut = {name: t[..., :7].contiguous() for name, t in small.items() if "normals" in name}
    cut = {name: t / t.norm(dim=1, keepdim=True) for name, t in cut.items()}
    both = {"mean": small["mean"][:7], "covariance": small["covariance"][:7, :7].contiguous()}
    both["balanced"] = small["balanced"][:, :28].contiguous()
    safetensors.torch.save_file(small | cut | both, folder / "directions.safetensors")
    sign(folder)
    with pytest.raises(CheckpointError, match="directions of 7 dimensions for a model of 8"):
        load_checkpoint(folder)


def test_other_directions_leave_the_weights_as_they_are(folder):
    files = verify(folder)
    found = load_checkpoint(folder).directions
    changed = with_directions(files, "other", dataclasses.replace(found, effects=None))
    assert changed["model.safetensors"] == files["model.safetensors"]
    assert changed["atlas.safetensors"] == files["atlas.safetensors"]
    assert b"# other" in changed["README.md"]
    assert changed.keys() == files.keys()
    metrics = json.loads(changed["config.json"])["metrics"]
    assert "direction_auc" in metrics
    assert "cross_effects" not in metrics, "those were of other directions"


def test_the_command_shows_what_is_kept(workspace, folder):
    shown = json.loads(invoke(workspace, "attributes", "drawn", "--json"))
    found = load_checkpoint(folder).directions
    male, young = (found.names.index(name) for name in ("Male", "Young"))
    assert shown["normal"]["auc"]["Male"] == pytest.approx(float(found.auc[0, male]), abs=1e-4)
    assert shown["means"]["conditional"]["Male"]["Young"] == pytest.approx(
        float(found.effects[1, 1, male, young]), abs=1e-3
    )
    assert shown["kept"]["Male"] == ["Smiling", "Eyeglasses", "Young"]
    assert "Eyeglasses" in invoke(workspace, "attributes", "drawn")


def test_the_command_learns_for_a_model_that_has_none(workspace, folder, capsys, monkeypatch):
    without_directions(folder)
    argv = ["models", "attributes", "drawn", "--workspace", str(workspace)]
    monkeypatch.setattr("sys.argv", argv)
    with pytest.raises(SystemExit):
        cli.main()
    assert "attributes drawn --learn" in capsys.readouterr().err
    invoke(workspace, "attributes", "drawn", "--save", "taught")
    taught = load_checkpoint(workspace / "checkpoints" / "taught")
    assert set(MAIN) <= set(taught.directions.names)
    assert taught.config.metrics["direction_auc"].keys() == set(taught.directions.names)
    assert load_checkpoint(folder).directions is None


def test_the_bench_prints_json_for_each_model(workspace):
    printed = invoke(workspace, "bench", "faces", "--name", "drawn", "--moved", 3)
    result = json.loads(printed)["models"]["drawn"]
    assert set(result["attributes"]) == set(MAIN)
    assert result["attributes"]["Male"]["moved"]["faces"] == 3
    wanted = {row["what"]: row["wanted"] for row in result["criteria"]}
    assert wanted["AUC Young"] == ">= 0.97", "drawn faces are judged by the truth"
    assert "SSIM, next to components" in wanted
    assert result["decode_ms"].keys() == {"1", "9", "64"}
