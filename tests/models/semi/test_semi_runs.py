"""Recipes that learn from few labels, from the command line to the checkpoint."""

import dataclasses
import functools
import sys

import pytest
import torch
from typer.testing import CliRunner

from models import cli
from models.data import DataError
from models.recipes import get_recipe, with_overrides
from models.registry import Registry
from models.runs import Runs
from models.semi.layout import fit_chart
from models.semi.outputs import accuracy, look
from models.ssvae import SSVAE
from models.training.outcome import build_atlas
from models.training.recipe import given_labels, load_data

SMALL = (
    *("--set", "network.channels=4,8", "--set", "network.decoder_hidden=16"),
    *("--set", "semi.label_free_epochs=1", "--epochs", "2", "--threads", "1", "--half"),
)


@pytest.fixture(autouse=True)
def quick_maps(monkeypatch):
    quick = functools.partial(fit_chart, landmarks=60)
    monkeypatch.setattr("models.training.outcome.fit_chart", quick)


def train(workspace, *arguments):
    command = ["train", *map(str, arguments), "--workspace", str(workspace)]
    result = CliRunner().invoke(cli.app, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def refused(workspace, monkeypatch, capsys, *arguments):
    command = ["models", "train", *map(str, arguments), "--workspace", str(workspace)]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit):
        cli.main()
    return capsys.readouterr().err


def test_a_file_of_labels_becomes_a_checkpoint_that_tells_classes(tmp_path, digits):
    (tmp_path / "labels.csv").write_text("Serial,label\n3,4\n7,nan\n9,4\n1000,1\n")
    train(tmp_path, "ssvae-digits", *SMALL, "--labels", tmp_path / "labels.csv")
    (run,) = Runs(tmp_path).list()
    assert run.labels.read_text().split() == ["Serial,label", "3,4", "9,4", "1000,1"]
    assert "--labels" in run.config.command
    checkpoint = Registry(tmp_path).open("ssvae-digits")
    metrics, atlas = checkpoint.config.metrics, checkpoint.atlas
    assert metrics["num_labels"] == 3
    assert "| Labels it learned from | 3 |" in checkpoint.card
    assert isinstance(checkpoint.model, SSVAE)
    data = load_data(run.config.recipe, tmp_path)
    found = accuracy(checkpoint.model, data.test.images, data.test.labels)
    assert metrics["test_accuracy"] == pytest.approx(found)
    assert checkpoint.model.charted
    assert look(checkpoint.model, data.test.images).xy.std() > 0.1
    # What it learned from is there for whoever has no data: with pictures, rows and true labels.
    assert sorted(atlas.rows[atlas.given >= 0].tolist()) == [3, 9, 1000]
    assert (atlas.given[3:] == -1).all()
    assert torch.equal(data.train.images[atlas.rows[:20].long()], atlas.thumbnails[:20])
    assert torch.equal(data.train.labels[atlas.rows.long()], atlas.labels.long())


def test_without_a_file_some_labels_of_each_class_are_drawn(tmp_path, digits):
    recipe = with_overrides(get_recipe("ssvae-digits"), **{"semi.labels_per_class": 2})
    given = given_labels(recipe, digits, tmp_path / "none.csv")
    assert given[given >= 0].bincount().tolist() == [2] * 10
    assert torch.equal(given[given >= 0], digits.train.labels[given >= 0])
    assert given_labels(get_recipe("navigator-digits"), digits, tmp_path / "none.csv") is None


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("3,4\n1540,1\n", "line 3"),
        ("3,4\n3,1\n", "line 3"),
        ("2,1\n3,cat\n", "line 3"),
        ("3,10\n", "line 2"),
    ],
)
def test_a_wrong_line_stops_before_the_training_and_is_named(
    tmp_path, monkeypatch, capsys, lines, complaint
):
    (tmp_path / "labels.csv").write_text(f"Serial,label\n{lines}")
    said = refused(
        tmp_path, monkeypatch, capsys, "ssvae-digits", "--labels", tmp_path / "labels.csv"
    )
    assert complaint in said
    assert not Runs(tmp_path).list()


def test_labels_are_refused_where_nothing_is_learned_from_them(tmp_path, monkeypatch, capsys):
    (tmp_path / "labels.csv").write_text("Serial,label\n3,4\n")
    arguments = ("navigator-digits", "--labels", tmp_path / "labels.csv")
    said = refused(tmp_path, monkeypatch, capsys, *arguments)
    assert "navigator-digits learns nothing from labels" in said


def test_labels_are_refused_where_rows_have_other_numbers(tmp_path, monkeypatch, capsys):
    """Those that are held out of the small digits are drawn, and the others move up."""
    (tmp_path / "labels.csv").write_text("Serial,label\n3,4\n")
    arguments = ("--labels", tmp_path / "labels.csv", "--validation", 5000)
    said = refused(tmp_path, monkeypatch, capsys, "ssvae-digits", *arguments)
    assert "digits draws those that are held out" in said
    assert not Runs(tmp_path).list()
    held = with_overrides(get_recipe("ssvae-digits"), validation=6000)
    data = load_data(held, tmp_path)
    given = given_labels(held, data, tmp_path / "none.csv")
    atlas = build_atlas(SSVAE(held.model).eval(), data, held, given=given)
    assert atlas.rows is None, "a project would take them for other pictures"


def test_data_of_other_classes_are_refused(tmp_path):
    recipe = with_overrides(get_recipe("ssvae-digits"), classes=7)
    with pytest.raises(DataError, match="digits has 10 classes, and the model tells 7"):
        load_data(recipe, tmp_path)


def test_an_atlas_of_few_codes_keeps_every_labelled_example(digits):
    recipe = get_recipe("ssvae-digits")
    few = dataclasses.replace(recipe, codes=40, thumbnails=20)
    given = torch.full((len(digits.train),), -1)
    given[torch.tensor([5, 600, 1400])] = torch.tensor([1, 2, 3])
    model = SSVAE(recipe.model).eval()
    atlas = build_atlas(model, digits, few, given=given)
    assert len(atlas) == 40
    assert sorted(atlas.rows[:3].tolist()) == [5, 600, 1400]
    assert sorted(atlas.given[:3].tolist()) == [1, 2, 3]
    assert len(atlas.rows.unique()) == 40
