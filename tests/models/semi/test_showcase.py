"""The showcase and `infer`: every file is written, and says what the model says."""

import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from models import data
from models.cli import app
from models.data import DataError
from models.registry import Registry
from models.semi.infer import infer, write_inferred
from models.semi.showcase import course_of
from models.vae import VAE, VAEConfig

FIGURES = (
    *("stage1_latent", "stage2_latent", "stage3_latent", "stage2_recon"),
    *("stage3_predictions", "stage3_certainty", "comparison"),
)
STAGES = ("stage2_unsupervised", "stage3_semi_supervised")


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """The folder of a showcase of a few small digits; its numbers."""
    folder = tmp_path_factory.mktemp("showcase") / "artifacts" / "showcase"
    small = ("--dataset", "digits", "--images", 150, "--labels", 2, "--threads", 1)
    short = ("--unlabelled-epochs", 1, "--labelled-epochs", 1, "--precision", "fp32")
    said = run("showcase", "ssvae", "--output", folder, *small, *short, "--json")
    return folder, json.loads(said)


def test_a_showcase_writes_seven_figures_and_two_checkpoints(shown):
    folder, _ = shown
    written = {path.name for path in folder.iterdir()}
    assert written == {*(f"{name}.png" for name in FIGURES), *STAGES, "figures.json"}
    for name in FIGURES:
        with Image.open(folder / f"{name}.png") as picture:
            assert min(picture.size) > 500
            colours = picture.convert("RGB").getcolors(1 << 24)
        assert len(colours) > 500, f"{name} has something on it"


def test_the_stages_of_a_showcase_can_be_opened(shown, tmp_path):
    folder, numbers = shown
    registry = Registry(tmp_path, pretrained=folder)
    first, last = (registry.open(name) for name in STAGES)
    assert "test_accuracy" not in first.config.metrics
    assert last.config.metrics["num_labels"] == numbers["labels"] == 20
    assert last.config.metrics["test_accuracy"] == pytest.approx(
        numbers["test_accuracy"][2], abs=1e-4
    )
    given = last.atlas.given >= 0
    assert int(given.sum()) == 20
    true = data.load("digits", validation=0).train.labels
    assert torch.equal(last.atlas.given[given].long(), true[last.atlas.rows[given].long()])


def test_infer_writes_what_the_model_says_as_plain_arrays(shown, tmp_path):
    folder, numbers = shown
    output = tmp_path / "latent.npz"
    checkpoints = tmp_path / "checkpoints"
    checkpoints.mkdir()
    place = ("--workspace", tmp_path)
    (folder / STAGES[1]).rename(checkpoints / "mine")
    try:
        said = json.loads(
            run("infer", "mine", "--output", output, "--threads", 1, *place, "--json")
        )
    finally:
        (checkpoints / "mine").rename(folder / STAGES[1])
    assert said["accuracy"] == pytest.approx(numbers["test_accuracy"][2], abs=1e-4)
    with np.load(output, allow_pickle=False) as arrays:
        found = dict(arrays)
    test = data.load("digits", validation=0).test
    count = len(test)
    assert {name: (str(a.dtype), a.shape) for name, a in found.items()} == {
        "input": ("uint8", (count, 1, 28, 28)),
        "latent": ("float32", (count, 16)),
        "tsne": ("float32", (count, 2)),
        "reconstructed": ("uint8", (count, 1, 28, 28)),
        "labels": ("int64", (count,)),
        "pred_classes": ("int64", (count,)),
        "pred_certainty": ("float32", (count,)),
    }
    assert (found["input"] == test.images.numpy()).all()
    assert (found["labels"] == test.labels.numpy()).all()
    assert np.isfinite(found["tsne"]).all()
    assert ((found["pred_certainty"] >= 0.1) & (found["pred_certainty"] <= 1)).all()
    with pytest.raises(ValueError, match="exists already"):
        run("infer", "mine", "--output", output, *place)


def test_any_model_can_be_asked_and_one_without_classes_says_so(registry, tmp_path):
    output = tmp_path / "latent.npz"
    small = ("--split", "train", "--limit", 30, "--threads", 1, "--workspace", registry.workspace)
    said = json.loads(run("infer", "mine", "--output", output, *small, "--json"))
    assert "mine has no classifier" in said["remark"]
    assert said["accuracy"] is None
    with np.load(output, allow_pickle=False) as arrays:
        assert (arrays["pred_classes"] == -1).all()
        assert np.isnan(arrays["pred_certainty"]).all()
        assert (arrays["tsne"] == arrays["latent"]).all(), "two dimensions are a map already"


def test_a_latent_of_one_dimension_is_drawn_on_a_line(digits):
    model = VAE(VAEConfig(shape=digits.shape, latent_dim=1)).eval()
    said = infer(model, digits.test.take(slice(5)))
    assert (said.tsne[:, 0] == said.latent[:, 0]).all()
    assert (said.tsne[:, 1] == 0).all()


def test_a_failed_write_leaves_the_old_file(digits, tmp_path, monkeypatch):
    model = VAE(VAEConfig(shape=digits.shape, latent_dim=2)).eval()
    path = tmp_path / "latent.npz"
    path.write_bytes(b"old")

    def full(file, **arrays):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="No space"):
        write_inferred(path, infer(model, digits.test.take(slice(5))))
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["latent.npz"]


def test_only_data_sets_with_a_course_have_a_showcase():
    with pytest.raises(DataError, match="no showcase of 'celeba'; choose one of mnist"):
        course_of("celeba")


def test_a_figure_is_drawn_of_names_of_any_length_and_of_unknown_classes():
    from models.semi import figures
    from models.semi.canvas import Stage

    xy = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    names = ("a very long name of a class", "$x^{$", "<b>", *map(str, range(20)))
    stage = Stage("t", "s", xy, np.full(40, -1), names)
    told, sure = np.arange(40) % len(names), np.linspace(0.1, 1, 40)
    pictures = np.zeros((40, 3, 8, 8), np.uint8)
    for drawn in (
        figures.latent(stage),
        figures.predictions(stage, told),
        figures.certainty(stage, told, sure, pictures),
        figures.reconstructions(pictures, pictures, told, names, title="t", sentence="s"),
    ):
        Image.open(io.BytesIO(drawn)).verify()
